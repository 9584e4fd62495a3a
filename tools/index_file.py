"""Values of an index as they come in a file: one line for each month, date and value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Fault = Literal["columns", "date", "value", "not_positive", "twice"]

MAX_BYTES = 1024 * 1024
MAX_LINES = 2_000
MAX_TEXT = 200
MAX_CELL = 30

DATES = (
    (re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?"), (1, 2, 3)),
    (re.compile(r"(?:(\d{1,2})[/.])?(\d{1,2})[/.](\d{4})"), (3, 2, 1)),
)
VALUE = re.compile(r"[+-]?\d+(?:\.\d+)?")


class TooManyLinesError(ValueError):
    """Refuse a file that has more lines than months could be told of."""


@dataclass(frozen=True)
class Value:
    """Hold the value of one month, named by its first day, and its line in the file, from 1."""

    line: int
    month: date
    value: Decimal


@dataclass(frozen=True)
class BadLine:
    """Hold a line that could not be read, its number from 1, and why."""

    line: int
    text: str
    fault: Fault


def read_values(text: str) -> tuple[list[Value], list[BadLine]]:
    """Return the values of a text of lines ``date;value`` and the lines that are none.

    Separated by semicolons or tabs; further columns are ignored, so are empty lines and a first
    line of titles. A month that comes again is refused, the first one counts. TooManyLinesError
    beyond ``MAX_LINES``.

    >>> values, bad = read_values("Mois;Indice\\n09/2025;318,2\\n2025-10-01;319.4\\n11/2025;n.c.")
    >>> [(value.month.isoformat(), str(value.value)) for value in values]
    [('2025-09-01', '318.2'), ('2025-10-01', '319.4')]
    >>> [(line.line, line.fault) for line in bad]
    [(4, 'value')]
    """
    values: list[Value] = []
    bad: list[BadLine] = []
    read = text.splitlines()
    if len(read) > MAX_LINES:
        raise TooManyLinesError
    lines = [(number, line) for number, line in enumerate(read, 1) if line.strip()]
    months = set()
    if lines and _is_title(lines[0][1]):
        del lines[0]
    for number, line in lines:
        result = _read_line(number, line)
        if isinstance(result, Value) and result.month in months:
            result = BadLine(number, line[:MAX_TEXT], "twice")
        if isinstance(result, Value):
            months.add(result.month)
            values.append(result)
        else:
            bad.append(result)
    return values, bad


def read_month(text: str) -> date | None:
    """Return the first day of the month that a date names, None when it names none.

    >>> [read_month(text).isoformat() for text in ("2025-09", "30/09/2025", "9.2025")]
    ['2025-09-01', '2025-09-01', '2025-09-01']
    >>> read_month("31/09/2025"), read_month("13/2025")
    (None, None)
    """
    for pattern, (year, month, day) in DATES:
        if found := pattern.fullmatch(text.strip()):
            try:
                exact = date(int(found[year]), int(found[month]), int(found[day] or 1))
            except ValueError:
                return None
            return exact.replace(day=1)
    return None


def read_number(text: str) -> Decimal | None:
    """Return a number written with a comma or a point before its decimals.

    Spaces group thousands; where both marks occur the last one is that of the decimals.

    >>> [str(read_number(text)) for text in ("318,2", "318.2", "1 318,20", "1.318,2", "1,318.2")]
    ['318.2', '318.2', '1318.20', '1318.2', '1318.2']
    >>> read_number("n.c.") is None, read_number("9" * 31) is None
    (True, True)
    """
    if len(text) > MAX_CELL:
        return None
    plain = re.sub(r"[\s\u00a0\u202f]", "", text)
    if "," in plain and "." in plain:
        grouping = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(grouping, "")
    plain = plain.replace(",", ".")
    return Decimal(plain) if VALUE.fullmatch(plain) else None


def _read_line(number: int, line: str) -> Value | BadLine:
    cells = [cell.strip().strip('"') for cell in re.split(r"[;\t]", line, maxsplit=2)[:2]]
    text = line[:MAX_TEXT]
    if len(cells) < 2:
        return BadLine(number, text, "columns")
    month, value = read_month(cells[0]), read_number(cells[1])
    if month is None:
        return BadLine(number, text, "date")
    if value is None:
        return BadLine(number, text, "value")
    return Value(number, month, value) if value > 0 else BadLine(number, text, "not_positive")


def _is_title(line: str) -> bool:
    return not re.search(r"\d", line)
