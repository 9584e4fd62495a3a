"""Calendar of billing periods.

Every period is half-open, ``[start, end)``, in whole local days. The grid of a contract is
``anchor + n × interval``, each bound computed from the anchor and never from its neighbour:
a contract that starts on the 31st bills from the 28th in February and from the 31st in March.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import count


@dataclass(frozen=True)
class Period:
    """Hold the days from ``start`` up to, not including, ``end``.

    ValueError when the period would hold no day.

    >>> january = Period(date(2026, 1, 1), date(2026, 2, 1))
    >>> january.days, january.last_day
    (31, datetime.date(2026, 1, 31))
    >>> Period(date(2026, 1, 1), date(2026, 1, 1))
    Traceback (most recent call last):
    ValueError: A period must end after it starts: 2026-01-01 – 2026-01-01.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"A period must end after it starts: {self.start} – {self.end}.")

    @property
    def days(self) -> int:
        """Count the days of the period."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """Return the inclusive end, as invoices and customers read it."""
        return self.end - timedelta(days=1)

    def overlaps(self, other: Period) -> bool:
        """Tell whether the two periods share a day; periods that only touch do not."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: Period) -> Period | None:
        """Return the days shared with ``other``, None when there are none."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), min(self.end, other.end))


@dataclass(frozen=True)
class Grid:
    """Hold billing periods counted from ``anchor``, in use from the day ``since`` on."""

    anchor: date
    interval_months: int
    since: date = date.min


@dataclass(frozen=True)
class DuePeriod:
    """Hold what one grid period owes.

    ``index`` is its place on the grid, ``whole`` the grid period, ``period`` the part of it to
    bill, ``fraction`` the share of the whole which that part is, in days.
    """

    index: int
    period: Period
    whole: Period
    fraction: Fraction


def add_months(anchor: date, months: int) -> date:
    """Move ``anchor`` by calendar months, forwards or backwards.

    The day of the month is the anchor's, or the month's last day where that month is shorter.
    Chaining loses days; always move from the anchor.

    >>> add_months(date(2026, 1, 31), 1), add_months(date(2026, 1, 31), 2)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
    >>> add_months(date(2024, 2, 29), -12)
    datetime.date(2023, 2, 28)
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    month += 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def aligned_anchor(day: date, alignment: str) -> date:
    """Return the day from which the billing periods of what starts on ``day`` are counted.

    ``start``: that day itself. ``month``: the first 1st of a month from then on, so that the days
    before it are a part of a period. ``calendar``: the 1st of January of that year, so that
    quarters, half-years and years are those of the calendar, whatever the interval becomes.
    ValueError for any other alignment.

    >>> aligned_anchor(date(2026, 3, 12), "month"), aligned_anchor(date(2026, 3, 1), "month")
    (datetime.date(2026, 4, 1), datetime.date(2026, 3, 1))
    >>> aligned_anchor(date(2024, 2, 29), "calendar"), aligned_anchor(date(2024, 2, 29), "start")
    (datetime.date(2024, 1, 1), datetime.date(2024, 2, 29))
    >>> aligned_anchor(date(2026, 12, 31), "month")
    datetime.date(2027, 1, 1)
    """
    if alignment == "start":
        return day
    if alignment == "month":
        return month_day_from(day, 1)
    if alignment == "calendar":
        return day.replace(month=1, day=1)
    raise ValueError(f"Billing periods are not aligned to “{alignment}”.")


def month_day_from(day: date, number: int) -> date:
    """Return the first day numbered so in its month, on or after ``day``.

    It is the last day of months that are shorter.

    >>> month_day_from(date(2026, 2, 10), 31), month_day_from(date(2026, 2, 10), 5)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 5))
    >>> month_day_from(date(2026, 12, 31), 30)
    datetime.date(2027, 1, 30)
    """
    first = day.replace(day=1)
    found = _month_day(first, number)
    return found if found >= day else _month_day(add_months(first, 1), number)


def _month_day(first: date, number: int) -> date:
    return first.replace(day=min(number, monthrange(first.year, first.month)[1]))


def period(anchor: date, interval_months: int, index: int) -> Period:
    """Return the grid period number ``index``, 0 being the one that starts on the anchor.

    ValueError when the interval is not at least one month.

    >>> period(date(2026, 1, 31), 1, 1)
    Period(start=datetime.date(2026, 2, 28), end=datetime.date(2026, 3, 31))
    >>> period(date(2026, 1, 31), 3, -1)
    Period(start=datetime.date(2025, 10, 31), end=datetime.date(2026, 1, 31))
    """
    _check_months(interval_months)
    months = index * interval_months
    return Period(add_months(anchor, months), add_months(anchor, months + interval_months))


def period_index(anchor: date, interval_months: int, day: date) -> int:
    """Return the index of the grid period that contains ``day``; negative before the anchor.

    ValueError when the interval is not at least one month.

    >>> [period_index(date(2026, 1, 31), 1, date(2026, 2, day)) for day in (27, 28)]
    [0, 1]
    >>> period_index(date(2026, 1, 31), 12, date(2026, 1, 30))
    -1
    """
    _check_months(interval_months)
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    if day < add_months(anchor, months):
        months -= 1
    return months // interval_months


def bound_from(anchor: date, interval_months: int, day: date) -> date:
    """Return the first bound of the grid on or after ``day``.

    ValueError when the interval is not at least one month.

    >>> bound_from(date(2026, 1, 31), 1, date(2026, 2, 10))
    datetime.date(2026, 2, 28)
    >>> bound_from(date(2026, 1, 1), 3, date(2026, 4, 1))
    datetime.date(2026, 4, 1)
    """
    found = period(anchor, interval_months, period_index(anchor, interval_months, day))
    return found.start if found.start == day else found.end


def periods_between(
    anchor: date, interval_months: int, start: date, end: date
) -> Iterator[tuple[int, Period]]:
    """Yield ``(index, period)`` for each grid period that overlaps ``[start, end)``.

    The periods are whole, in order; none when ``end <= start``.

    >>> [i for i, _ in periods_between(date(2026, 1, 31), 1, date(2026, 2, 27), date(2026, 3, 1))]
    [0, 1]
    """
    if end <= start:
        return
    for index in count(period_index(anchor, interval_months, start)):
        whole = period(anchor, interval_months, index)
        if whole.start >= end:
            return
        yield index, whole


def prorated_fraction(part: Period, whole: Period) -> Fraction:
    """Return which share of the days of ``whole`` lies in ``part``, from 0 to 1.

    Exact: the shares of parts that tile the whole add up to 1.

    >>> january = Period(date(2026, 1, 1), date(2026, 2, 1))
    >>> prorated_fraction(Period(date(2026, 1, 11), date(2026, 2, 1)), january)
    Fraction(21, 31)
    """
    shared = part.intersection(whole)
    return Fraction(shared.days if shared else 0, whole.days)


def billing_date(p: Period, in_advance: bool) -> date:
    """Return the first day on which the period may be billed.

    Its first day in advance, the day after its last one in arrears.

    >>> january = Period(date(2026, 1, 1), date(2026, 2, 1))
    >>> billing_date(january, in_advance=True), billing_date(january, in_advance=False)
    (datetime.date(2026, 1, 1), datetime.date(2026, 2, 1))
    """
    return p.start if in_advance else p.end


def due_periods(
    anchor: date,
    interval_months: int,
    line_start: date,
    line_end: date | None,
    until: date,
    in_advance: bool,
    after: date | None = None,
) -> Iterator[DuePeriod]:
    """Yield everything that a line owes on ``until``, however long the backlog.

    The line lives in ``[line_start, line_end)``, for ever when ``line_end`` is None, and is
    billed already for the days before ``after``. Each grid period is cut to what is left of it,
    and is due when the billing date of that part is on or before ``until``.
    ValueError when the interval is not at least one month.

    >>> owed = due_periods(date(2026, 1, 1), 1, date(2026, 1, 11), None, date(2026, 2, 1), True)
    >>> [(due.index, due.period.start.isoformat(), due.fraction) for due in owed]
    [(0, '2026-01-11', Fraction(21, 31)), (1, '2026-02-01', Fraction(1, 1))]
    """
    first = max(line_start, after or line_start)
    end = line_end or date.max
    if end <= first:
        return
    unbilled = Period(first, end)
    for index in count(period_index(anchor, interval_months, first)):
        whole = period(anchor, interval_months, index)
        part = whole.intersection(unbilled)
        if part is None or billing_date(part, in_advance) > until:
            return
        yield DuePeriod(index, part, whole, prorated_fraction(part, whole))


def due_periods_of(
    grids: list[Grid], line_start: date, line_end: date | None, until: date, in_advance: bool
) -> Iterator[DuePeriod]:
    """Yield what a line owes on ``until`` where its grid changes; the grids are in order.

    The last period of a grid is cut where the next one begins to be used.
    ValueError when an interval is not at least one month.

    >>> grids = [Grid(date(2026, 3, 17), 1), Grid(date(2026, 5, 1), 1, date(2026, 5, 1))]
    >>> owed = due_periods_of(grids, date(2026, 3, 17), None, date(2026, 5, 1), True)
    >>> [(due.period.start.isoformat(), str(due.fraction)) for due in owed]
    [('2026-03-17', '1'), ('2026-04-17', '7/15'), ('2026-05-01', '1')]
    """
    ends = [grid.since for grid in grids[1:]] + [line_end or date.max]
    for grid, end in zip(grids, ends, strict=True):
        end = min(end, line_end or date.max)
        start = max(line_start, grid.since)
        if start < end:
            yield from due_periods(grid.anchor, grid.interval_months, start, end, until, in_advance)


def price_periods(interval_months: int, price_period_months: int) -> Fraction:
    """Return how many price periods one billing interval holds.

    ValueError when either is not at least one month.

    >>> price_periods(3, 1), price_periods(1, 12)
    (Fraction(3, 1), Fraction(1, 12))
    """
    _check_months(interval_months)
    _check_months(price_period_months)
    return Fraction(interval_months, price_period_months)


def subtract(whole: Period, taken: Iterable[Period]) -> list[Period]:
    """Return what is left of a period once the ``taken`` ones are cut out, in order.

    ``taken`` is sorted by start; its periods may reach beyond the whole.

    >>> january = Period(date(2026, 1, 1), date(2026, 2, 1))
    >>> middle = Period(date(2026, 1, 10), date(2026, 1, 20))
    >>> [(part.start.day, part.last_day.day) for part in subtract(january, [middle])]
    [(1, 9), (20, 31)]
    >>> subtract(january, [january])
    []
    """
    parts = []
    start = whole.start
    for other in taken:
        if not other.overlaps(whole):
            continue
        if other.start > start:
            parts.append(Period(start, other.start))
        start = max(start, other.end)
    if start < whole.end:
        parts.append(Period(start, whole.end))
    return parts


def prorated_amount(amount: Decimal, part: Period, whole: Period, step: Decimal) -> Decimal:
    """Return the share of an amount for a part of a period, in multiples of ``step``.

    ``part`` lies in ``whole``. Parts that tile the whole add up to the rounded whole, because
    each share is the difference of two amounts counted from the start of the whole; halves are
    rounded away from zero, so that a credit mirrors its charge.

    >>> february = Period(date(2026, 2, 1), date(2026, 3, 1))
    >>> cuts = [date(2026, 2, 1), date(2026, 2, 10), date(2026, 2, 20), date(2026, 3, 1)]
    >>> parts = [Period(*cut) for cut in zip(cuts, cuts[1:])]
    >>> cent = Decimal("0.01")
    >>> [str(prorated_amount(Decimal("9.90"), part, february, cent)) for part in parts]
    ['3.18', '3.54', '3.18']
    """

    def until(day: date) -> Decimal:
        return _round_to(amount * (day - whole.start).days / whole.days, step)

    return until(part.end) - until(part.start)


def share_amount(amount: Decimal, share: Fraction, index: int, step: Decimal) -> Decimal:
    """Return what grid period number ``index`` takes of an amount that lasts several of them.

    ``share`` is how much of the time that the amount pays for one grid period is (a yearly price
    billed by month: 1/12). Each result is the difference of two amounts counted from the anchor,
    so that the periods of that time add up to the amount, rounded to ``step``.

    >>> cent = Decimal("0.01")
    >>> year = [share_amount(Decimal("100.00"), Fraction(1, 12), i, cent) for i in range(12)]
    >>> str(year[0]), str(year[1]), str(sum(year))
    ('8.33', '8.34', '100.00')
    """
    rounded = _round_to(amount, step)

    def until(number: int) -> Decimal:
        return _round_to(rounded * number * share.numerator / share.denominator, step)

    return until(index + 1) - until(index)


def _round_to(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def _check_months(months: int) -> None:
    if months < 1:
        raise ValueError(f"An interval holds at least one month, not {months}.")
