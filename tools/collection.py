"""When a debit may come, by what its debtor was told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from string import Formatter

from .sepa import is_target_day, next_target_day

# What the name of a file may be made of.
FILE_NAMES = ("message", "scheme", "day", "time", "ics", "number")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def announced_day(told: date, delay: int) -> date:
    """Return the first day of a debit that was announced on ``told`` (L12).

    ``delay`` is in days of the calendar, 14 unless a shorter one is agreed; banks settle on TARGET
    days only (L11). ValueError when it is negative.

    >>> announced_day(date(2026, 6, 15), 14)
    datetime.date(2026, 6, 29)
    >>> announced_day(date(2026, 3, 20), 14)  # the 3rd of April is Good Friday
    datetime.date(2026, 4, 7)
    >>> announced_day(date(2026, 6, 15), -1)
    Traceback (most recent call last):
    ValueError: A delay cannot be negative: -1.
    """
    if delay < 0:
        raise ValueError(f"A delay cannot be negative: {delay}.")
    return next_target_day(told + timedelta(days=delay))


def submission_day(day: date, lead: int = 1) -> date:
    """Return the last day on which a file that collects on ``day`` reaches the bank (L11).

    ``lead`` TARGET days before. ValueError when it is negative.

    >>> submission_day(date(2026, 4, 7))  # Easter lies between
    datetime.date(2026, 4, 2)
    >>> submission_day(date(2026, 4, 7), lead=0)
    datetime.date(2026, 4, 7)
    >>> submission_day(date(2026, 4, 7), lead=-1)
    Traceback (most recent call last):
    ValueError: A lead cannot be negative: -1.
    """
    if lead < 0:
        raise ValueError(f"A lead cannot be negative: {lead}.")
    while lead:
        day -= timedelta(days=1)
        lead -= is_target_day(day)
    return day


def name_file(pattern: str, names: Mapping[str, str]) -> str:
    """Return the name of a file by a bank's convention, in characters that every system takes.

    ValueError where the pattern asks for what there is not.

    >>> name_file("SDD_{scheme}_{day}_{message}", {"scheme": "B2B", "day": "1", "message": "D/1-2"})
    'SDD_B2B_1_D-1-2'
    >>> name_file("{nobody}", {"day": "1"})
    Traceback (most recent call last):
    ValueError: Not a name: {nobody}
    >>> name_file("{day.__class__}", {"day": "1"})
    Traceback (most recent call last):
    ValueError: Not a name: {day.__class__}
    """
    parts = []
    for text, name, spec, conversion in Formatter().parse(pattern):
        parts.append(text)
        if name is None:
            continue
        if name not in names or spec or conversion:
            raise ValueError(f"Not a name: {{{name}}}")
        parts.append(names[name])
    return _UNSAFE.sub("-", "".join(parts)).strip("-.") or "debits"
