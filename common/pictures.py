"""Drawings as pictures: SVG to PNG, with a font that the machine has, and where its text breaks into lines."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import resvg_py
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont

from common.passing import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/System/Library/Fonts/Supplemental"),
)
FONTS = {
    "Noto Sans": ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    "DejaVu Sans": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    "Arial": ("Arial.ttf", "Arial Bold.ttf"),
}
"""Families with all letters of the three languages: regular and bold. Others lack some Kazakh ones, and a word would stand in two."""
SHARP = 2
"""Pixels of a picture to one of its drawing, as screens have them."""
MOST_PIXELS = 16_000_000
ROOT = re.compile(r'<svg\b[^>]*? width="(\d+)" height="(\d+)"')


class NoFont(TryLater):
    """The letters would silently be missing. The text says what the machine needs."""


class TooLarge(ValueError):
    """Nobody looks at a picture of that size. The text says what to do instead."""


@cache
def font() -> tuple[Path, Path] | None:
    """Regular and bold of the first family that is here, looked for once."""
    names = {name for pair in FONTS.values() for name in pair}
    here = {path.name: path for folder in FOLDERS if folder.is_dir() for path in folder.rglob("*.ttf") if path.name in names}
    return next(((here[regular], here[bold]) for regular, bold in FONTS.values() if regular in here and bold in here), None)


def _needed_font() -> tuple[Path, Path]:
    if not (found := font()):
        raise NoFont(_("Pictures need a font, and the server has none of these: %(families)s.") % {"families": ", ".join(FONTS)})
    return found


def png_of(drawing: str, *, sharp: int = SHARP) -> bytes:
    """An SVG document as PNG, ``sharp`` times as many pixels wide as it says..

    Raises ``NoFont`` and ``TooLarge``.
    """
    files = [str(path) for path in _needed_font()]
    size = ROOT.search(drawing)
    assert size, "a drawing says how large it is"
    if int(size[1]) * int(size[2]) * sharp**2 > MOST_PIXELS:
        raise TooLarge(_("This drawing is too tall for a picture. Show less of it, or take it as SVG."))
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, zoom=sharp, skip_system_fonts=True, font_files=files))


@cache
def _widths(path: Path) -> Callable[[str], float]:
    """How wide a text is in that font, in em."""
    with TTFont(path, lazy=True) as font:
        glyphs, metrics, em = font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm
    return lambda text: sum(metrics[glyphs.get(ord(letter), ".notdef")][0] for letter in text) / em


def lines(text: str, *, size: float, width: float, most: int, bold: bool = False) -> list[str]:
    """The text in lines no wider than ``width`` at that size of letters; what has no room in ``most`` of them ends with an ellipsis.
    SVG breaks no lines by itself. Raises ``NoFont``."""
    measure = _widths(_needed_font()[bold])

    def fits(line: str) -> bool:
        return measure(line) * size <= width

    broken: list[str] = []
    for word in _pieces(text.split(), fits):
        if broken and fits(f"{broken[-1]} {word}"):
            broken[-1] += f" {word}"
        else:
            broken.append(word)
    if len(broken) <= most:
        return broken
    last = broken[most - 1]
    while last and not fits(f"{last}…"):
        last = last[:-1]
    return [*broken[: most - 1], f"{last.rstrip()}…"]


def _pieces(words: Iterable[str], fits: Callable[[str], bool]) -> Iterable[str]:
    """Words, and those that are wider than a line in pieces that are not."""
    for word in words:
        rest = word
        while not fits(rest):
            end = next(end for end in range(len(rest) - 1, 0, -1) if fits(rest[:end]) or end == 1)
            yield rest[:end]
            rest = rest[end:]
        if rest:
            yield rest
