import re
from html import unescape

import pytest

from tests.factories import as_file, milestone, roadmap
from tests.snapshot import load_once


@pytest.fixture(autouse=True)
def _roadmap(db, now, time_machine, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    time_machine.move_to(now, tick=False)
    load_once(
        as_file(
            roadmap(milestone("PR-01"), milestone("PR-02", due="2026-Q1"), milestone("PR-S24", series="PR-S", edition=2024, due="2024"))
        ),
        now=now,
    )


@pytest.fixture
def as_user(client):
    def enter(user):
        client.logout()
        client.force_login(user)
        client.get("/methodology/?lang=en")
        return client

    return enter


def form_of(page, number=0):
    """What a browser would send of a page's n-th POST form, unchanged."""
    html = page.content.decode()
    forms = [body for tag, body in re.findall(r"<form([^>]*)>(.*?)</form>", html, re.DOTALL) if "post" in tag and "logout" not in tag]
    body = re.sub(r"<template.*?</template>", "", forms[number], flags=re.DOTALL)
    data = {}
    for tag in re.findall(r"<input[^>]+>", body):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attributes.get("type")
        if "name" not in attributes or kind in {"submit", "file"} or (kind in {"checkbox", "radio"} and " checked" not in tag):
            continue
        data[attributes["name"]] = unescape(attributes.get("value", "on" if kind == "checkbox" else ""))
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', body, re.DOTALL):
        data[name] = unescape(inner)
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', inner)
        data[name] = unescape(chosen[0]) if chosen else ""
    return data


def text(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))
