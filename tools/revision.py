"""Revision of prices by a published index or by a fixed percentage (L17).

A month is named by its first day. Ratios and percentages are exact fractions: only the price at
the end is rounded, so that ``P1 = P0 × S1 / S0`` holds to the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

from .periods import add_months, period_index

IndexChoice = Literal["latest", "lag", "month"]
CatchUp = Literal["since_base", "last_year"]
Limit = Literal["floor", "cap"]


class MissingValueError(ValueError):
    """Say that the index has no value for ``month``."""

    def __init__(self, month: date) -> None:
        super().__init__(f"The index has no value for {month:%m/%Y}.")
        self.month = month


@dataclass(frozen=True)
class Chain:
    """Hold where an index was begun anew.

    Values before ``month``, multiplied by ``coefficient``, compare with those from it on. Syntec:
    0.97975 from August 2022. ValueError when the coefficient is not above zero.
    """

    month: date
    coefficient: Decimal

    def __post_init__(self) -> None:
        if self.coefficient <= 0:
            raise ValueError(f"A chaining coefficient is above zero, not {self.coefficient}.")


@dataclass(frozen=True)
class Bounds:
    """Hold the least and the greatest change in percent per year; None where there is none.

    ValueError when the floor is above the cap.
    """

    floor: Decimal | None = None
    cap: Decimal | None = None

    def __post_init__(self) -> None:
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            raise ValueError(f"The floor {self.floor} is above the cap {self.cap}.")


@dataclass(frozen=True)
class Change:
    """Hold a change in percent, what it would be without bounds, and which bound it met."""

    percent: Fraction
    unbounded: Fraction
    limit: Limit | None


def month_start(day: date) -> date:
    """Return the first day of a day's month, by which the month is named."""
    return day.replace(day=1)


def index_month(
    choice: IndexChoice, day: date, published: Iterable[date], lag: int = 0, month: int = 0
) -> date:
    """Return the month whose value counts for a revision on ``day``.

    ``latest``: the latest published one that is not after the month of ``day``; ``lag``: that
    many months before it, published or not; ``month``: the last month of this number (1 to 12)
    that is not after it. MissingValueError where nothing is published up to ``day``.

    >>> months = [date(2026, 1, 1), date(2026, 9, 1), date(2027, 2, 1)]
    >>> index_month("latest", date(2027, 1, 15), months)
    datetime.date(2026, 9, 1)
    >>> index_month("lag", date(2027, 1, 15), months, lag=3)
    datetime.date(2026, 10, 1)
    >>> index_month("month", date(2027, 1, 15), months, month=8)
    datetime.date(2026, 8, 1)
    """
    current = month_start(day)
    if choice == "lag":
        return add_months(current, -lag)
    if choice == "month":
        named = current.replace(month=month)
        return named if named <= current else add_months(named, -12)
    known = [value for value in published if value <= current]
    if not known:
        raise MissingValueError(current)
    return max(known)


def compared_month(catch_up: CatchUp, base: date, current: date) -> date:
    """Return the month of S0: the base, or a year before S1 where missed years are lost.

    Never before the base: what was revised once is not revised again.

    >>> compared_month("since_base", date(2023, 9, 1), date(2026, 9, 1))
    datetime.date(2023, 9, 1)
    >>> compared_month("last_year", date(2023, 9, 1), date(2026, 9, 1))
    datetime.date(2025, 9, 1)
    >>> compared_month("last_year", date(2026, 2, 1), date(2026, 9, 1))
    datetime.date(2026, 2, 1)
    """
    return base if catch_up == "since_base" else max(base, add_months(current, -12))


def index_change(
    values: Mapping[date, Decimal], base: date, current: date, chain: Chain | None = None
) -> Fraction:
    """Return the change in percent from the value of ``base`` (S0) to that of ``current`` (S1).

    A base in the series before the chaining is multiplied by its coefficient (L17).
    MissingValueError names the month without a value, the base first.

    >>> values = {date(2022, 7, 1): Decimal("300"), date(2026, 7, 1): Decimal("323.3175")}
    >>> index_change(values, date(2022, 7, 1), date(2026, 7, 1))
    Fraction(3109, 400)
    >>> syntec = Chain(date(2022, 8, 1), Decimal("0.97975"))
    >>> index_change(values, date(2022, 7, 1), date(2026, 7, 1), syntec)
    Fraction(10, 1)
    >>> try:
    ...     index_change(values, date(2022, 7, 1), date(2026, 8, 1), syntec)
    ... except MissingValueError as error:
    ...     print(error)
    The index has no value for 08/2026.
    """
    for month in (base, current):
        if month not in values:
            raise MissingValueError(month)
    s0, s1 = Fraction(values[base]), Fraction(values[current])
    if chain and base < chain.month <= current:
        s0 *= Fraction(chain.coefficient)
    return (s1 / s0 - 1) * 100


def years_between(start: date, end: date) -> int:
    """Return how many whole years lie between two days; 0 before the first anniversary.

    >>> years_between(date(2024, 2, 29), date(2025, 2, 27))
    0
    >>> years_between(date(2024, 2, 29), date(2025, 2, 28))
    1
    """
    return max(0, period_index(start, 12, end))


def compounded(percent: Decimal, years: int) -> Fraction:
    """Return a yearly percentage over several years.

    >>> float(compounded(Decimal("2"), 3))
    6.1208
    """
    return ((1 + Fraction(percent) / 100) ** years - 1) * 100


def bounded(percent: Fraction, bounds: Bounds, years: int = 1) -> Change:
    """Return a change within its bounds; these are per year, and compound over several.

    >>> bounded(Fraction(7), Bounds(cap=Decimal("5"))).percent
    Fraction(5, 1)
    >>> bounded(Fraction(7), Bounds(cap=Decimal("5")), years=2).limit is None
    True
    >>> bounded(Fraction(-1), Bounds(floor=Decimal("0"))).limit
    'floor'
    """
    years = max(1, years)
    if bounds.cap is not None and percent > (cap := compounded(bounds.cap, years)):
        return Change(cap, percent, "cap")
    if bounds.floor is not None and percent < (floor := compounded(bounds.floor, years)):
        return Change(floor, percent, "floor")
    return Change(percent, percent, None)


def revised_price(
    price: Decimal,
    percent: Fraction,
    step: Decimal,
    cap: Fraction | None = None,
    floor: Fraction | None = None,
) -> Decimal:
    """Return a price changed by a percentage, in multiples of ``step``; halves go away from zero.

    Rounding leads neither under ``floor`` nor over ``cap``, the least and the greatest change in
    percent; where no multiple lies between them, the cap holds. ValueError when the step is not
    above zero.

    >>> revised_price(Decimal("39.00"), Fraction(10, 3), Decimal("0.01"))
    Decimal('40.30')
    >>> revised_price(Decimal("39.00"), Fraction(10, 3), Decimal("0.05"))
    Decimal('40.30')
    >>> revised_price(Decimal("39.00"), Fraction(2), Decimal("0.5"))
    Decimal('40.0')
    >>> revised_price(Decimal("5.00"), Fraction("1.5"), Decimal("0.01"), cap=Fraction("1.5"))
    Decimal('5.07')
    >>> revised_price(Decimal("39.97"), Fraction(0), Decimal("0.05"), floor=Fraction(0))
    Decimal('40.00')
    """
    if step <= 0:
        raise ValueError(f"A price is rounded to a step above zero, not {step}.")
    steps = Fraction(price) * (1 + percent / 100) / Fraction(step)
    whole = (abs(steps) + Fraction(1, 2)).__floor__()
    before = abs(Fraction(price)) / Fraction(step)
    if floor is not None:
        whole = max(whole, (before * (1 + floor / 100)).__ceil__())
    if cap is not None:
        whole = min(whole, (before * (1 + cap / 100)).__floor__())
    return (whole if steps >= 0 else -whole) * step


def rounded_percent(percent: Fraction) -> Decimal:
    """Return a percentage with three decimals, to be shown.

    >>> rounded_percent(Fraction(10, 3))
    Decimal('3.333')
    """
    exact = Decimal(percent.numerator) / Decimal(percent.denominator)
    return exact.quantize(Decimal("0.001"), ROUND_HALF_UP)
