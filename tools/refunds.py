"""Until when a customer may have a debit back (L14)."""

from __future__ import annotations

from datetime import date, timedelta

from .periods import add_months

REFUND_WEEKS = 8
CONTEST_MONTHS = 13


def refund_day(day: date) -> date:
    """Return the last day on which a CORE debit of ``day`` is refunded without a reason (L14).

    8 weeks (L133-25); the bank's return may come some days later.

    >>> refund_day(date(2026, 6, 16))
    datetime.date(2026, 8, 11)
    """
    return day + timedelta(weeks=REFUND_WEEKS)


def contest_day(day: date) -> date:
    """Return the last day on which a CORE debit of ``day`` is contested as unauthorised (L14).

    13 months (L133-24), counted by the calendar.

    >>> contest_day(date(2026, 6, 16)), contest_day(date(2026, 1, 31))
    (datetime.date(2027, 7, 16), datetime.date(2027, 2, 28))
    """
    return add_months(day, CONTEST_MONTHS)
