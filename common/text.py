"""What may stand in a text, whichever door it comes in by: forms, bodies of the API, the roadmap file, spreadsheets, the admin.

Every text is put into one form of Unicode (NFC), so that what looks the same is the same. Refused are control characters, characters
that turn the direction of what follows them (a name that reads otherwise than it is), and what has nothing that could be seen.
"""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""A word processor's and a database's line ends, once pasted."""
GAPS = re.compile("[\x01-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
UNASSIGNED = "".join(map(chr, (0x2065, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000))))
"""Places that Unicode keeps for what cannot be seen, and programs leave out already."""
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159" + UNASSIGNED)
"""Letters and signs that fonts leave empty."""
CREDENTIALS = re.compile(r"[^/?#\\]*:?[/\\]{2,}[^/?#\\]*@", re.ASCII)


def can_be_seen(letter: str) -> bool:
    return letter not in BLANK and unicodedata.category(letter) not in UNSEEN


def lines(text: str) -> str:
    """A text of any number of lines as it is kept: in NFC, with ``\\n`` between them. Raises ``ValidationError``."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", LINE_ENDS.sub("\n", text))
    if CONTROLS.search(text):
        raise ValidationError(_("It holds a control character. Write it without."), code="control_character")
    if TURNS.search(text):
        raise ValidationError(_("It holds a character that turns the direction of writing. Write it without."), code="turns_direction")
    if text.strip() and not any(map(can_be_seen, text)):
        raise ValidationError(_("There is nothing in it that could be seen."), code="invisible")
    return text


def line(text: str) -> str:
    """A text on one line as it is kept. Raises ``ValidationError``."""
    text = lines(text)
    if "\n" in text or "\t" in text:
        raise ValidationError(_("Write it on one line."), code="not_one_line")
    return text


def joined(text: str) -> str:
    """On one line, where it may have been pasted or folded: what ``line`` refuses becomes spaces, and spaces one.

    NUL stays, to be refused: whoever sends that did not mean a space.
    """
    return GAPS.sub(" ", text).strip()


def refuse_credentials(address: str) -> None:
    """Raise ``ValidationError`` for ``https://user:password@host``: an address is shown to everybody."""
    if CREDENTIALS.match(address):
        raise ValidationError(_("An address must not hold a user name or a password."), code="credentials")
