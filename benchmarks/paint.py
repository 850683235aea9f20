"""``python -m benchmarks.paint``: what a first view weighs, and when a phone has painted it, over a site that runs:
``STATIC_STORAGE=compressed make run``, as in production.

Its own program, since it needs Chromium and the demonstration. Nothing is kept in the browser from one view to the next.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from tools.machine import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

RESULTS = Path(__file__).with_name("PAINT.md")
PAGES = {"overview": "/", "timeline": "/timeline/", "milestone": "/milestones/SM-03/"}
LANGUAGES = ("en", "ru", "kk")
PHONE = {"width": 390, "height": 844}
SLOWER = 4
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_638_400 / 8, "uploadThroughput": 750_000 / 8}
"""In ms and bytes a second: what Lighthouse calls slow 4G."""
ROUNDS = 5
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync"
)
WATCH = """
window.seen = {paint: 0, shift: 0};
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.paint = one.startTime })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.shift += one.value })
  .observe({type: 'layout-shift', buffered: true});
"""
BOUNDS = {"all": 160, "fontless": 80, "scripts": 40}
"""KB, as sent."""


class View(NamedTuple):
    """Bytes as sent by kind of what was loaded (``Document``, ``Font``, ``Script`` …), largest paint in ms, and the layout's shift."""

    weights: Counter[str]
    paint: float
    shift: float

    @property
    def kilobytes(self) -> dict[str, float]:
        everything, fonts = self.weights.total(), self.weights["Font"]
        return {"all": everything / 1024, "fontless": (everything - fonts) / 1024, "scripts": self.weights["Script"] / 1024}


def view(browser: Browser, address: str, language: str) -> View:
    """One view by somebody who never was here."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=3, is_mobile=True, has_touch=True, locale=language)
    page = context.new_page()
    page.add_init_script(WATCH)
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", SLOW_4G)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    kinds: dict[str, str] = {}
    weights: Counter[str] = Counter()
    tools.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    tools.on("Network.loadingFinished", lambda event: weights.update({kinds.get(event["requestId"], ""): int(event["encodedDataLength"])}))
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(500)
    seen = page.evaluate("seen")
    context.close()
    return View(weights, seen["paint"], seen["shift"])


def measure(site: str) -> Iterator[tuple[str, str, list[View]]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS.split())
        for name, path in PAGES.items():
            for language in LANGUAGES:
                yield name, language, [view(browser, site + path, language) for _round in range(ROUNDS)]
        browser.close()


def report(site: str) -> str:
    how = (
        f"Made by `python -m benchmarks.paint --write` on {datetime.now(UTC).date()} over the demonstration of "
        f"`STATIC_STORAGE=compressed make run`: Chromium at {PHONE['width']} × {PHONE['height']}, CPU {SLOWER}× slower, slow 4G by the "
        f"DevTools protocol ({SLOW_4G['latency']} ms to an answer, 1.6 Mbit/s; opening a connection costs nothing on loopback), nothing "
        f"kept from before, the median of {ROUNDS} views; {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} when it began. "
        f"Bounds: {BOUNDS['all']} KB with fonts, {BOUNDS['fontless']} KB without, {BOUNDS['scripts']} KB of scripts, no shift, paint "
        "below 1 s."
    )
    lines = [
        "# First views on a phone",
        "",
        how,
        "",
        "| page | KB with fonts | KB without | KB of scripts | layout shift | largest paint, ms | slowest, ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, language, views in measure(site):
        sizes = views[-1].kilobytes
        paints = sorted(one.paint for one in views)
        cells = [f"{sizes[kind]:.0f}" for kind in BOUNDS] + [f"{max(one.shift for one in views):.3f}"]
        cells += [f"{statistics.median(paints):.0f}", f"{paints[-1]:.0f}"]
        lines.append(f"| {name}, {language} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paint", description=__doc__)
    parser.add_argument("--site", default="http://localhost:8000", help="where it runs")
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/PAINT.md")
    asked = parser.parse_args()
    said = report(asked.site)
    sys.stdout.write(said)
    if asked.write:
        RESULTS.write_text(said, encoding="utf-8")


if __name__ == "__main__":
    main()
