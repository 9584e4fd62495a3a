"""Recurring work: the days on which it falls, counted from the contract's start.

Like billing periods, every occurrence is computed from the anchor and never from the one before.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count as count_from
from typing import Literal

from .periods import add_months

Unit = Literal["week", "month"]


def occurrence(anchor: date, count: int, unit: Unit, index: int) -> date:
    """Return the day of occurrence ``index``, 0 being the anchor itself (S21).

    ValueError for a rhythm shorter than one week or month, or of another unit.

    >>> occurrence(date(2026, 1, 31), 1, "month", 1), occurrence(date(2026, 1, 31), 1, "month", 2)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
    >>> occurrence(date(2026, 1, 31), 2, "week", 1)
    datetime.date(2026, 2, 14)
    """
    if count < 1 or unit not in ("week", "month"):
        raise ValueError(f"Work recurs every so many weeks or months, not every {count} {unit}.")
    if unit == "week":
        return anchor + timedelta(weeks=count * index)
    return add_months(anchor, count * index)


def occurrences_due(
    anchor: date, count: int, unit: Unit, known: int | None, since: date, until: date
) -> list[tuple[int, date]]:
    """Return ``(index, day)`` of the occurrences to plan up to ``until``, inclusive.

    After ``known``, the last index that was planned, all are due: an outage loses none. Where
    nothing was planned yet, those before ``since`` are left out.

    >>> january = date(2026, 1, 1)
    >>> occurrences_due(january, 1, "month", None, date(2026, 2, 15), date(2026, 4, 1))
    [(2, datetime.date(2026, 3, 1)), (3, datetime.date(2026, 4, 1))]
    >>> occurrences_due(january, 1, "month", 0, date(2026, 3, 15), date(2026, 3, 1))
    [(1, datetime.date(2026, 2, 1)), (2, datetime.date(2026, 3, 1))]
    """
    due = []
    for index in count_from(0 if known is None else known + 1):
        day = occurrence(anchor, count, unit, index)
        if day > until:
            return due
        if known is not None or day >= since:
            due.append((index, day))
    return due
