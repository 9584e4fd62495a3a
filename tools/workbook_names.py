"""Names that the sheets of a workbook may bear."""

from __future__ import annotations

import re
import string

MAX_UNITS = 31
EDGES = string.whitespace + "'"
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff]")
# Excel keeps the name of its history of changes for itself, in each language its own.
RESERVED = frozenset({"history", "historique", "historia"})


def name_sheet(wanted: str, taken: set[str]) -> str:
    """Return a sheet's name near the one wanted, and add it to those ``taken``, in small letters.

    A name has at most 31 units of UTF-16 (an emoji is two), no apostrophe at either end, and is
    unlike all others but for capitals.

    >>> taken = set()
    >>> [name_sheet(name, taken) for name in ("A/B: 'C' '", "", "History", "Straße", "STRASSE")]
    ["AB 'C", '-', 'History 2', 'Straße', 'STRASSE 2']
    >>> len(name_sheet("x" * 30 + "\\N{GRINNING FACE}", taken)), name_sheet("x" * 40, taken)
    (30, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
    >>> name_sheet("X" * 40, taken)
    'XXXXXXXXXXXXXXXXXXXXXXXXXXXXX 2'
    """
    base = FORBIDDEN.sub("", wanted)
    name, number = _cut(base, MAX_UNITS), 1
    while name.casefold() in RESERVED or name.casefold() in taken:
        number += 1
        suffix = f" {number}"
        name = _cut(base, MAX_UNITS - len(suffix)) + suffix
    taken.add(name.casefold())
    return name


def _cut(text: str, units: int) -> str:
    """Return the beginning of a text, no character cut in two."""
    encoded = text.encode("utf-16-le", "ignore")[: 2 * units]
    return encoded.decode("utf-16-le", "ignore").strip(EDGES) or "-"
