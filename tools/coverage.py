"""Open hours: from the windows of a level to the instants at which a contract covers work.

A window is local clock time on a weekday or on public holidays; a ``Coverage`` lays the windows
out in UTC for one customer: zone, public holidays, dates on duty. No window at all means that
work is covered at any time.

**Nights on which the clocks change**: local times are those of ``clocks``. Windows that follow each
other on the clock therefore follow each other in time without gap or overlap, and 0:00–24:00 has 23
or 25 hours on such a day.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from .clocks import instant_of
from .intervals import SECOND, Interval, Json, OpenHours, SessionError, to_utc, union

PUBLIC_HOLIDAY = 7
DAY_SECONDS = 86_400
CHANNELS = ("any", "remote", "on_site")

Days = Container[date] | Callable[[date], bool]


@dataclass(frozen=True)
class Window:
    """Hold one window: ``day`` 0 (Monday) to 6, or 7 for public holidays (S12, S13, S15).

    ``start`` and ``stop`` are local seconds of the day, half-open. ``on_duty_only`` opens it only
    on the customer's dates on duty. ``key`` is the caller's own. SessionError ``window``.

    >>> Window(0, 8 * 3600, 12 * 3600).serves("phone")
    True
    >>> Window(6, 9 * 3600, 12 * 3600, channel="remote").serves("on_site")
    False
    """

    day: int
    start: int
    stop: int
    channel: str = "any"
    on_duty_only: bool = False
    key: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop <= DAY_SECONDS:
            raise SessionError("window", f"A window begins before it ends, in one day: {self}.")
        if self.day not in range(8) or self.channel not in CHANNELS:
            raise SessionError("window", f"No such day or channel: {self}.")

    def serves(self, channel: str) -> bool:
        """Tell whether work by a channel falls under the window; a phone call is remote work."""
        return self.channel in ("any", _kind_of(channel))


@dataclass(frozen=True)
class OpenInterval(Interval):
    """Hold the instants of one window on one local ``day``; no window: open at any time."""

    day: date | None = None
    window: Window | None = None

    def to_json(self) -> Json:
        """Return the interval with its window, local seconds of the day."""
        window = self.window
        if not window or not self.day:
            return super().to_json()
        return {
            **super().to_json(),
            "key": window.key,
            "date": self.day.isoformat(),
            "day": window.day,
            "from": window.start,
            "to": window.stop,
            "channel": window.channel,
            "on_duty": window.on_duty_only,
        }


class Coverage:
    """Lay windows out in time for one customer; keep one for many sessions, it remembers days.

    ``holidays`` and ``duty`` are local dates: a container of them, or a function that tells. A
    public holiday goes before the weekday: only the windows for public holidays open then.

    >>> morning = Window(0, 8 * 3600, 12 * 3600)
    >>> paris = Coverage([morning], "Europe/Paris")
    >>> from datetime import timezone
    >>> monday = datetime(2026, 3, 2, tzinfo=timezone.utc)
    >>> [str(hours.start) for hours in paris.between(monday, monday + timedelta(8), "phone")]
    ['2026-03-02 07:00:00+00:00', '2026-03-09 07:00:00+00:00']
    >>> Coverage([], "Europe/Paris").is_open(monday, "on_site")
    True

    A whole day at the change of clocks, and a time that does not occur (2:30 in spring):

    >>> sunday = [Window(6, 0, 86400), Window(6, 9000, 86400)]
    >>> for day in (datetime(2026, 3, 29, 12), datetime(2026, 10, 25, 12)):
    ...     noon = day.replace(tzinfo=timezone.utc)
    ...     hours = Coverage(sunday, "Europe/Paris").between(noon, noon + timedelta(1), "remote")
    ...     [(interval.seconds / 3600, f"{interval.start:%H:%M}") for interval in hours]
    [(23.0, '23:00'), (21.0, '01:00')]
    [(25.0, '22:00'), (22.5, '00:30')]
    """

    def __init__(
        self,
        windows: Iterable[Window],
        zone: str | ZoneInfo,
        holidays: Days = (),
        duty: Days = (),
    ) -> None:
        self.windows = tuple(sorted(windows, key=lambda window: (window.day, window.start)))
        self.zone = ZoneInfo(zone) if isinstance(zone, str) else zone
        self.is_always = not self.windows
        self._is_holiday = _teller(holidays)
        self._is_on_duty = _teller(duty)
        self._days: dict[tuple[int, str], tuple[OpenInterval, ...]] = {}

    def on(self, channel: str) -> OpenHours:
        """Return the open hours of a channel, as pricing and response times take them."""
        return partial(self.between, channel=channel)

    def between(self, start: datetime, stop: datetime, channel: str) -> tuple[OpenInterval, ...]:
        """Return the windows that overlap a span, whole, in the order of their start.

        Without any window the span itself is open.
        """
        start, stop = to_utc(start), to_utc(stop)
        if self.is_always:
            return (OpenInterval(start, stop),)
        first = start.astimezone(self.zone).toordinal()
        last = stop.astimezone(self.zone).toordinal() + 1
        return tuple(
            interval
            for ordinal in range(first, last + 1)
            for interval in self._lay_day(ordinal, _kind_of(channel))
            if interval.start < stop and start < interval.stop
        )

    def is_open(self, instant: datetime, channel: str) -> bool:
        """Tell whether work by a channel is covered at an instant."""
        return bool(self.between(instant, instant + SECOND, channel))

    def open_until(self, instant: datetime, channel: str, days: int = 31) -> datetime | None:
        """Return when the hours that are open at an instant end, None when closed or endless."""
        runs = self._merge(instant, channel, days)
        if self.is_always or not runs or instant < runs[0].start:
            return None
        return runs[0].stop

    def next_opening(self, instant: datetime, channel: str, days: int = 31) -> datetime | None:
        """Return when hours open next after an instant, None when they do not within the days."""
        if self.is_always:
            return None
        runs = self._merge(instant, channel, days)
        return next((run.start for run in runs if instant < run.start), None)

    def _merge(self, instant: datetime, channel: str, days: int) -> tuple[Interval, ...]:
        return union(self.between(instant, to_utc(instant) + timedelta(days=days), channel))

    def _lay_day(self, ordinal: int, channel: str) -> tuple[OpenInterval, ...]:
        key = (ordinal, channel)
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = tuple(self._open(date.fromordinal(ordinal), channel))
        return found

    def _open(self, day: date, channel: str) -> Iterable[OpenInterval]:
        number = PUBLIC_HOLIDAY if self._is_holiday(day) else day.weekday()
        for window in self.windows:
            if window.day != number or not window.serves(channel):
                continue
            if window.on_duty_only and not self._is_on_duty(day):
                continue
            start, stop = (instant_of(day, at, self.zone) for at in (window.start, window.stop))
            if start < stop:
                yield OpenInterval(start, stop, day, window)


def _kind_of(channel: str) -> str:
    return "remote" if channel == "phone" else channel


def _teller(days: Days) -> Callable[[date], bool]:
    return days if callable(days) else days.__contains__
