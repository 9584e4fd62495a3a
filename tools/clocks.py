"""Local clocks: between instants and the dates and times that people read, nights included.

Each local time of a day stands for one instant. A time that occurs twice, as the clocks are put
back, is its first occurrence; a time that does not occur is the instant at which they jump over it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .intervals import SECOND

NOON = 12 * 3600


def localize(instant: datetime, zone: str) -> datetime:
    """Return an instant, naive ones being UTC, as an aware local time of an IANA zone.

    >>> localize(datetime(2026, 1, 1, 22), "Indian/Reunion").isoformat()
    '2026-01-02T02:00:00+04:00'
    """
    aware = instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
    return aware.astimezone(ZoneInfo(zone))


def instant_of(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, of the local time so many seconds of the clock into a day.

    >>> paris = ZoneInfo("Europe/Paris")
    >>> instant_of(date(2026, 7, 1), NOON, paris).isoformat()
    '2026-07-01T10:00:00+00:00'
    >>> instant_of(date(2026, 3, 29), 9000, paris).isoformat()  # 2:30 does not occur
    '2026-03-29T01:00:00+00:00'
    >>> instant_of(date(2026, 10, 25), 9000, paris).isoformat()  # 2:30 occurs twice
    '2026-10-25T00:30:00+00:00'
    """
    clock = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)
    instant = clock.replace(tzinfo=zone).astimezone(timezone.utc)
    if instant.astimezone(zone).replace(tzinfo=None) == clock:
        return instant
    return _jump(clock, zone)


def naive_instant_of(day: date, seconds: int, zone: str) -> datetime:
    """Return the same without a time zone, as databases keep UTC.

    >>> naive_instant_of(date(2026, 7, 1), NOON, "Indian/Reunion").isoformat()
    '2026-07-01T08:00:00'
    """
    return instant_of(day, seconds, ZoneInfo(zone)).replace(tzinfo=None)


def _jump(clock: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clocks jump over a local time that does not occur."""
    before, after = (
        clock.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1)
    )
    early = (clock - after).replace(tzinfo=timezone.utc)
    low, high = 0, (after - before) // SECOND
    while low < high:
        middle = (low + high) // 2
        moved = (early + timedelta(seconds=middle)).astimezone(zone).utcoffset() == after
        low, high = (low, middle) if moved else (middle + 1, high)
    return early + timedelta(seconds=low)


def format_duration(seconds: int) -> str:
    """Return seconds as people read them, in hours, minutes and seconds.

    >>> format_duration(3905)
    '1:05:05'
    """
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
