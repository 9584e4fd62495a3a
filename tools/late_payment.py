"""What late payment costs (L07), and what a customer's credits leave of what he owes."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

DAYS_OF_YEAR = 365


def days_late(due: date, day: date) -> int:
    """Return for how many days something is late on a day: from the day after it was due.

    >>> days_late(date(2026, 1, 31), date(2026, 1, 31))
    0
    >>> days_late(date(2026, 1, 31), date(2026, 2, 1))
    1
    >>> days_late(date(2026, 1, 31), date(2026, 1, 1))
    0
    """
    return max((day - due).days, 0)


def late_penalty(amount: Decimal, yearly_percent: Decimal, days: int) -> Decimal:
    """Return the penalty of what is open, not rounded (Code de commerce L441-10, L07).

    By day of a year of 365 days, on the amount with its tax, not compounded.

    >>> late_penalty(Decimal("1200.00"), Decimal("12.15"), 365)
    Decimal('145.8')
    >>> late_penalty(Decimal("1200.00"), Decimal("12.15"), 0)
    Decimal('0')
    >>> round(late_penalty(Decimal("46.80"), Decimal("12.15"), 30), 2)
    Decimal('0.47')
    """
    return (amount * yearly_percent / 100 * days / DAYS_OF_YEAR).normalize() + 0


def spread_credit(credit: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """Return what a credit leaves of each amount: what comes first is covered first.

    >>> spread_credit(Decimal(50), [Decimal(30), Decimal(40)])
    [Decimal('0'), Decimal('20')]
    >>> spread_credit(Decimal(0), [Decimal(30)])
    [Decimal('30')]
    >>> spread_credit(Decimal(99), [Decimal(30), Decimal(40)])
    [Decimal('0'), Decimal('0')]
    """
    left = []
    for amount in amounts:
        covered = min(max(credit, Decimal(0)), amount)
        credit -= covered
        left.append(amount - covered)
    return left
