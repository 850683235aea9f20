"""``make screenshot``: the picture of the dashboard in the README, taken of a ``make run`` that is up.

Runs in the dev venv, for its playwright; the browser is the machine's own.
"""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from tools import environment
from tools.basics import ROOT, Refusal, finish, say
from tools.machine import chromium
from tools.run import address_in

PICTURE = ROOT / "docs" / "img" / "dashboard.png"
BROWSER_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> int:
    lock = environment.var_dir() / "run.lock"
    address = address_in(lock.read_text(encoding="utf-8")) if lock.exists() else ""
    browser_path = chromium()
    if not address.startswith("http"):
        raise Refusal("Start `make run` first, in another terminal.")
    if not browser_path:
        raise Refusal("No chromium is installed; on Debian: `apt-get install chromium-headless-shell`.")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en")
        page.goto(f"{address}/", wait_until="networkidle")
        page.screenshot(path=PICTURE)
        browser.close()
    say(f"Wrote {PICTURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    finish(main)
