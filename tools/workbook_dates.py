"""How a workbook writes days, by the customs of a language."""

from __future__ import annotations

import re

# Parts of Odoo's formats, and those of spreadsheets.
PARTS = {
    "%d": "dd",
    "%m": "mm",
    "%Y": "yyyy",
    "%y": "yy",
    "%b": "mmm",
    "%B": "mmmm",
    "%a": "ddd",
    "%A": "dddd",
    "%H": "hh",
    "%M": "mm",
    "%S": "ss",
}
ISO = "yyyy-mm-dd"
_PART = re.compile(r"%.")


def name_format(pattern: str) -> str:
    """Return a spreadsheet's format for one of Odoo's; the international one where it has none.

    >>> name_format("%d/%m/%Y"), name_format("%d.%m.%Y"), name_format("%j")
    ('dd/mm/yyyy', 'dd.mm.yyyy', 'yyyy-mm-dd')
    """
    if not pattern or not set(_PART.findall(pattern)) <= PARTS.keys():
        return ISO
    return _PART.sub(lambda found: PARTS[found[0]], pattern)
