"""Discounts that end: how much is taken off on a day, and where a period is cut.

A discount without a last day never ends. Last days are inclusive, as customers read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from .periods import Period, add_months


def percent_on(percent: float, last_day: date | None, day: date) -> float:
    """Return the percent that is taken off on ``day``.

    >>> percent_on(50.0, date(2026, 5, 31), date(2026, 5, 31))
    50.0
    >>> percent_on(50.0, date(2026, 5, 31), date(2026, 6, 1))
    0.0
    >>> percent_on(5.0, None, date(2099, 1, 1))
    5.0
    """
    return 0.0 if last_day and day > last_day else percent


def last_day_of(start: date, months: int) -> date:
    """Return the last day of so many months from ``start`` on.

    ValueError when there is not at least one month.

    >>> last_day_of(date(2026, 3, 12), 3), last_day_of(date(2027, 11, 30), 3)
    (datetime.date(2026, 6, 11), datetime.date(2028, 2, 28))
    >>> last_day_of(date(2024, 2, 29), 12)
    datetime.date(2025, 2, 27)
    """
    if months < 1:
        raise ValueError(f"A discount lasts at least one month, not {months}.")
    return add_months(start, months) - timedelta(days=1)


def cut(part: Period, last_day: date | None) -> list[Period]:
    """Return the days of ``part`` with a discount and those after it, in order.

    >>> march = Period(date(2026, 3, 1), date(2026, 4, 1))
    >>> [(piece.start.day, piece.last_day.day) for piece in cut(march, date(2026, 3, 11))]
    [(1, 11), (12, 31)]
    >>> cut(march, date(2026, 3, 31)) == cut(march, date(2026, 2, 28)) == cut(march, None)
    True
    """
    if not last_day or not part.start <= last_day < part.last_day:
        return [part]
    end = last_day + timedelta(days=1)
    return [Period(part.start, end), Period(end, part.end)]


def by_percent(
    parts: Iterable[Period], percent: float, last_day: date | None
) -> dict[float, list[Period]]:
    """Return the days of some periods by the percent that is taken off on them.

    >>> march = Period(date(2026, 3, 1), date(2026, 4, 1))
    >>> found = by_percent([march], 50.0, date(2026, 3, 11))
    >>> {percent: [piece.days for piece in pieces] for percent, pieces in found.items()}
    {50.0: [11], 0.0: [20]}
    >>> by_percent([march], 10.0, None) == {10.0: [march]}
    True
    """
    found: dict[float, list[Period]] = {}
    for part in parts:
        for piece in cut(part, last_day):
            found.setdefault(percent_on(percent, last_day, piece.start), []).append(piece)
    return found
