"""Included time: what a contract grants for each period, how long it lasts, what is drawn first
(S05).

A grant is made for each period of the contract's grid (``anchor + n × interval``); where the
contract serves a part of a period only, it is prorated by day, down to the whole minute.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from .periods import Period, period, periods_between, prorated_fraction

MINUTE = 60


class Carry(str, Enum):
    """Choose how long what a period leaves may be drawn: not, in the next one, without limit."""

    NONE = "none"
    NEXT = "next"
    UNLIMITED = "unlimited"


@dataclass(frozen=True)
class Grant:
    """Hold the time granted for a period: drawn from ``period.start`` to ``last_day``, inclusive.

    ``last_day`` None: without limit.
    """

    period: Period
    seconds: int
    last_day: date | None


def grants(
    anchor: date, interval_months: int, seconds: int, carry: Carry, served: Period, asked: Period
) -> Iterator[Grant]:
    """Yield the grants of the grid periods that overlap ``asked``, for the days ``served``.

    >>> served = Period(date(2026, 1, 31), date(2027, 1, 31))
    >>> def hours(carry, asked, served=served):
    ...     made = grants(date(2026, 1, 31), 1, 7200, carry, served, asked)
    ...     return [(str(item.period.start), item.seconds, str(item.last_day)) for item in made]
    >>> february = Period(date(2026, 2, 28), date(2026, 3, 1))
    >>> hours(Carry.NONE, february), hours(Carry.NEXT, february)
    ([('2026-02-28', 7200, '2026-03-30')], [('2026-02-28', 7200, '2026-04-29')])
    >>> hours(Carry.UNLIMITED, february)
    [('2026-02-28', 7200, 'None')]
    >>> hours(Carry.NONE, february, Period(date(2026, 3, 15), date(2027, 1, 31)))
    [('2026-03-15', 3660, '2026-03-30')]
    """
    for index, whole in periods_between(anchor, interval_months, asked.start, asked.end):
        part = whole.intersection(served)
        if not part:
            continue
        share = int(seconds * prorated_fraction(part, whole)) if part != whole else seconds
        if part != whole:
            share = share // MINUTE * MINUTE
        if share:
            last = whole if carry is Carry.NONE else period(anchor, interval_months, index + 1)
            last_day = None if carry is Carry.UNLIMITED else last.end - timedelta(days=1)
            yield Grant(part, share, last_day)


def entitled(granted: Period, seconds: int, served_until: date | None) -> int:
    """Return how much of a grant stands where the contract ends; ``served_until`` is inclusive.

    By day of what was granted, down to the whole minute; all of it where the end lies later.

    >>> march = Period(date(2026, 3, 1), date(2026, 4, 1))
    >>> [entitled(march, 7200, date(2026, *day)) for day in ((2, 28), (3, 16), (3, 31))]
    [0, 3660, 7200]
    >>> entitled(march, 7200, None)
    7200
    """
    if served_until is None or served_until >= granted.last_day:
        return seconds
    if served_until < granted.start:
        return 0
    served = Period(granted.start, served_until + timedelta(days=1))
    return int(seconds * prorated_fraction(served, granted)) // MINUTE * MINUTE


def share_out(left: Iterable[tuple[Hashable, int]], wanted: int) -> list[tuple[Hashable, int]]:
    """Return from which of ``(key, seconds left)``, in order, how much of ``wanted`` is drawn.

    ValueError when they do not hold it.

    >>> share_out([("january", 600), ("february", 0), ("march", 7200)], 1800)
    [('january', 600), ('march', 1200)]
    """
    shares = []
    for key, seconds in left:
        taken = min(seconds, wanted)
        if taken > 0:
            shares.append((key, taken))
            wanted -= taken
    if wanted:
        raise ValueError(f"{wanted} seconds are not left.")
    return shares
