"""Working days: Monday to Friday, without the public holidays of a territory
(S31)."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
SATURDAY = 5


def is_working_day(day: date, holidays: Container[date] = ()) -> bool:
    """Tell whether a day is a working day.

    >>> is_working_day(date(2026, 3, 6)), is_working_day(date(2026, 3, 7))
    (True, False)
    >>> is_working_day(date(2026, 3, 6), {date(2026, 3, 6)})
    False
    """
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(day: date, count: int, holidays: Container[date] = ()) -> date:
    """Return the last of ``count`` working days after ``day``, which does not count itself.

    >>> add_working_days(date(2026, 3, 5), 3)
    datetime.date(2026, 3, 10)
    >>> add_working_days(date(2026, 3, 7), 1), add_working_days(date(2026, 3, 7), 0)
    (datetime.date(2026, 3, 9), datetime.date(2026, 3, 7))
    """
    while count > 0:
        day += ONE_DAY
        count -= is_working_day(day, holidays)
    return day
