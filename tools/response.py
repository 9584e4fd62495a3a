"""When an answer is due: a promise in minutes, by working hours or day and night (S16)."""

from __future__ import annotations

from datetime import datetime, timedelta

from .intervals import OpenHours, SessionError, to_utc, union

CLOCKS = ("working", "clock")
WEEK = timedelta(days=7)
WEEKS = 105


def due_at(requested_at: datetime, minutes: int, clock: str, hours: OpenHours) -> datetime | None:
    """Return the instant, in UTC, by which a request is to be answered.

    ``working``: the time runs only in the open ``hours`` of the customer; what ends with the
    hours is due then, not at the next opening. ``clock``: it runs day and night. None when the
    hours do not hold the minutes within two years. SessionError ``clock`` for another clock or
    a negative time.

    >>> from datetime import timezone
    >>> from .coverage import Coverage, Window
    >>> hours = Coverage([Window(day, 9 * 3600, 18 * 3600) for day in range(5)], "Europe/Paris")
    >>> friday = datetime(2026, 3, 6, 16, 30, tzinfo=timezone.utc)
    >>> for minutes in (30, 31):
    ...     print(due_at(friday, minutes, "working", hours.on("remote")))
    2026-03-06 17:00:00+00:00
    2026-03-09 08:01:00+00:00
    >>> print(due_at(friday, 24 * 60, "clock", hours.on("remote")))
    2026-03-07 16:30:00+00:00
    """
    if clock not in CLOCKS or minutes < 0:
        raise SessionError("clock", f"No such response time: {minutes} minutes by {clock}.")
    start, left = to_utc(requested_at), timedelta(minutes=minutes)
    if clock == "clock" or not left:
        return start + left
    return _run(start, left, hours)


def _run(start: datetime, left: timedelta, hours: OpenHours) -> datetime | None:
    """Let the time run in open hours, week by week."""
    for _week in range(WEEKS):
        stop = start + WEEK
        for run in union(hours(start, stop)):
            opens, closes = max(run.start, start), min(run.stop, stop)
            if left <= closes - opens:
                return opens + left
            left -= max(closes - opens, timedelta())
        start = stop
    return None
