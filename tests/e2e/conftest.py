"""A real browser over the live site, and a way to open pages in it that notes every fault."""

import os

import pytest
from playwright.sync_api import sync_playwright

from tests.machine import needs
from tools.machine import chromium

FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"


@pytest.fixture(scope="module")
def browser():
    needs("chromium")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright runs a loop of its own in this thread
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS.split())
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(browser, live_server, rk2030):
    contexts = []

    def make(language="en", theme="light", width=1280, **options):
        context = browser.new_context(
            color_scheme=theme, viewport={"width": width, "height": 900}, locale=language,
            extra_http_headers={"Accept-Language": language}, base_url=live_server.url, **options,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda message: page.faults.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith((live_server.url, "data:")) else page.faults.append(request.url))
        return page

    yield make
    for context in contexts:
        context.close()
