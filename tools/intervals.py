"""Instants and spans of time in UTC, to the second: what sessions and coverage are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from operator import attrgetter
from typing import Any

Json = dict[str, Any]
SECOND = timedelta(seconds=1)
UTC = timezone.utc


class SessionError(ValueError):
    """Refuse what cannot be measured or priced; ``code`` names the reason for the caller.

    Codes: ``naive`` (an instant without a time zone), ``end_before_start``, ``empty`` (no second
    of connection or research), ``rule`` (a tariff that makes no sense), ``window`` (hours that
    make no sense), ``clock`` (a response time that makes no sense).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Interval:
    """Hold the instants from ``start`` up to, not including, ``stop``.

    Kept in UTC, fractions of a second dropped: two aware datetimes of one zone would otherwise
    be compared by their wall clocks. SessionError ``naive`` or ``end_before_start``.

    >>> try:
    ...     Interval(datetime(2026, 3, 1), datetime(2026, 3, 2))
    ... except SessionError as error:
    ...     error.code
    'naive'
    """

    start: datetime
    stop: datetime

    def __post_init__(self) -> None:
        start, stop = self.start, self.stop
        if (
            start.tzinfo is not UTC
            or stop.tzinfo is not UTC
            or start.microsecond | stop.microsecond
        ):
            object.__setattr__(self, "start", to_utc(start))
            object.__setattr__(self, "stop", to_utc(stop))
        if self.stop < self.start:
            raise SessionError("end_before_start", f"{self.stop} is before {self.start}.")

    @property
    def seconds(self) -> int:
        """Count the seconds of the interval."""
        return (self.stop - self.start) // SECOND

    def shared_seconds(self, other: Interval) -> int:
        """Count the seconds that two intervals share."""
        shared = min(self.stop, other.stop) - max(self.start, other.start)
        return max(shared // SECOND, 0)

    def to_json(self) -> Json:
        """Return the two instants as ISO 8601 in UTC."""
        return {"start": self.start.isoformat(), "stop": self.stop.isoformat()}


# Returns the open intervals that overlap a span of instants, in the order of their start.
OpenHours = Callable[[datetime, datetime], Sequence[Interval]]


def to_utc(instant: datetime) -> datetime:
    """Return an instant in UTC, fractions of a second dropped; SessionError ``naive``."""
    if instant.tzinfo is UTC and not instant.microsecond:
        return instant
    if instant.utcoffset() is None:
        raise SessionError("naive", f"An instant needs its time zone: {instant}.")
    return instant.astimezone(UTC).replace(microsecond=0)


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Merge intervals that overlap or touch; sorted, without empty ones."""
    ordered = sorted(intervals, key=attrgetter("start"))
    if len(ordered) == 1 and type(ordered[0]) is Interval and ordered[0].seconds:
        return (ordered[0],)
    merged: list[tuple[datetime, datetime]] = []
    for interval in ordered:
        start, stop = interval.start, interval.stop
        if start == stop:
            continue
        if merged and start <= merged[-1][1]:
            start, reached = merged.pop()
            stop = max(stop, reached)
        merged.append((start, stop))
    return tuple(Interval(start, stop) for start, stop in merged)
