"""What visitors type on the public pages, checked and cleaned (L19, L21)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

MAX_LENGTHS = {
    "sender_name": 200,
    "email": 254,
    "reference": 100,
    "line_number": 40,
    "reason": 2000,
}
FAR_YEARS = 10
MAX_PROOF_BYTES = 5 * 1024 * 1024
# What files of these kinds begin with.
PROOF_STARTS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
FORM_KEY = re.compile(r"[\w-]{40,64}")


def clean(text: object, is_long: bool = False) -> str:
    r"""Return a text without control characters; only a long one has more than one line.

    What is no text, such as a file sent in place of it, is an empty one.

    >>> clean("  Jean\x00\r\nBcc: all  "), clean("a\r\nb\u202e", is_long=True)
    ('Jean Bcc: all', 'a\nb')
    >>> clean(None), clean(b"x")
    ('', '')
    """
    text = text.replace("\r\n", "\n") if isinstance(text, str) else ""
    kept = "".join(
        letter
        for letter in text
        if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
    )
    return kept.strip() if is_long else " ".join(kept.split())


def read_form(values: Mapping[str, object]) -> dict[str, str]:
    r"""Return the texts of a form, cleaned and cut to a length that nobody misses.

    >>> read_form({"sender_name": " Ann ", "reason": "a\nb", "other": "x"})["reason"]
    'a\nb'
    >>> len(read_form({"reference": "9" * 500})["reference"])
    100
    """
    return {
        name: clean(values.get(name), is_long=name == "reason")[:length]
        for name, length in MAX_LENGTHS.items()
    } | {"wished_date": clean(values.get("wished_date"))[:10]}


def read_day(text: str) -> date | None:
    """Return a day as browsers send it, or as people type it where they have no calendar.

    >>> read_day("2026-07-01"), read_day("01/07/2026"), read_day("31.02.2026"), read_day("soon")
    (datetime.date(2026, 7, 1), datetime.date(2026, 7, 1), None, None)
    """
    typed = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text)
    try:
        if typed:
            return date(int(typed[3]), int(typed[2]), int(typed[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_wishable(day: date, today: date) -> bool:
    """Tell whether somebody may wish a contract to end on a day: today or later, in this life.

    >>> today = date(2026, 6, 15)
    >>> is_wishable(today, today), is_wishable(date(2026, 6, 14), today)
    (True, False)
    >>> is_wishable(date(2099, 1, 1), today)
    False
    """
    return today <= day and day.year <= today.year + FAR_YEARS


def get_proof_kind(content: bytes) -> str | None:
    r"""Return the kind of a proof by what it begins with, None for what is not taken.

    >>> get_proof_kind(b"%PDF-1.7 ..."), get_proof_kind(b"<svg onload=x>"), get_proof_kind(b"")
    ('pdf', None, None)
    """
    return next((kind for kind, start in PROOF_STARTS.items() if content.startswith(start)), None)


def name_proof(name: str, kind: str) -> str:
    r"""Return a harmless name of a file, with the ending that its content has.

    >>> name_proof("C:\\a/../bill of May.html", "pdf"), name_proof('"><b>.png', "png")
    ('bill of May.pdf', 'b.png')
    >>> name_proof("", "png")
    'proof.png'
    """
    base = clean(re.split(r"[\\/]", name or "")[-1])
    stem = re.sub(r"[^\w .()-]", "", base.rpartition(".")[0] or base)
    return f"{stem.strip()[:80] or 'proof'}.{kind}"
