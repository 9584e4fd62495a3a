"""From connections to tracks, from tracks to started blocks.

Time is counted in integer seconds between instants in UTC, so that a night on which the clocks
change is right to the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Literal, NamedTuple

from .intervals import Interval, SessionError, union

Fate = Literal["billed", "covered", "included", "prepaid", "warranty"]
DRAWN = ("included", "prepaid")


class Measure(str, Enum):
    """Choose what is billed: from the first take-over to the last stop, or connected time (S07)."""

    SPAN = "span"
    SUM = "sum"


class AccessFee(str, Enum):
    """Choose what the access fee does: nothing, precede the first block, or replace it (S03)."""

    NONE = "none"
    BEFORE = "before"
    INSTEAD = "instead"


class Surcharge(str, Enum):
    """Choose what a block outside open hours costs more: nothing, a percentage, a product."""

    NONE = "none"
    PERCENT = "percent"
    PRODUCT = "product"


@dataclass(frozen=True)
class Connection(Interval):
    """Hold one connection, from take-over to disconnection, to one workstation (S02, S07)."""

    workstation: str = ""


@dataclass(frozen=True)
class TariffRule:
    """Hold how a tariff turns time into blocks and fees (S01, S03, S06, S07, S09).

    ``minimum_seconds`` is the least time of a track, ``minimum_amount`` the least amount of a
    session that bills any block. ``surcharge_percent`` is of a block's own price, for blocks
    outside open hours. SessionError ``rule`` for a length, a minimum or a percentage out of range.
    """

    block_seconds: int
    measure: Measure = Measure.SPAN
    per_workstation: bool = False
    access_fee: AccessFee = AccessFee.NONE
    minimum_seconds: int = 0
    minimum_amount: Decimal | None = None
    surcharge: Surcharge = Surcharge.NONE
    surcharge_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", Measure(self.measure))
        object.__setattr__(self, "access_fee", AccessFee(self.access_fee))
        object.__setattr__(self, "surcharge", Surcharge(self.surcharge))
        if self.block_seconds < 1:
            raise SessionError("rule", f"A block lasts at least a second: {self.block_seconds}.")
        if self.minimum_seconds < 0 or (self.minimum_amount or 0) < 0:
            raise SessionError("rule", "A minimum cannot be negative.")
        if self.surcharge_percent < 0:
            raise SessionError("rule", "A surcharge cannot be negative.")


class Track(NamedTuple):
    """Hold the measured time of one workstation, or of the whole session.

    ``workstation`` then joins the names. ``measured_seconds`` is the time of the ``intervals``;
    ``seconds`` is the time that makes the blocks, which a minimum may extend. Research without a
    connection (S23) is a track without intervals; its blocks are numbered on from
    ``first_number``.
    """

    workstation: str
    measured_seconds: int
    seconds: int
    intervals: tuple[Interval, ...] = ()
    first_number: int = 1

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Return the first instant, and the last with what a minimum adds to the time."""
        added = timedelta(seconds=self.seconds - self.measured_seconds)
        return self.intervals[0].start, self.intervals[-1].stop + added

    def instant(self, offset: int) -> datetime | None:
        """Return the wall-clock instant, in UTC, of the measured second ``offset``.

        Seconds of the minimum that lie beyond the measured time go on after its end. None on a
        track without intervals.
        """
        if not self.intervals:
            return None
        *earlier, last = self.intervals
        for interval in earlier:
            if offset < interval.seconds:
                return interval.start + timedelta(seconds=offset)
            offset -= interval.seconds
        return last.start + timedelta(seconds=offset)


class Block(NamedTuple):
    """Hold one started block of a track.

    ``number`` counts from 1, ``offset`` is its first second on the track's measured time,
    ``starts_at`` that second's instant in UTC (None in research), ``seconds`` the counted seconds
    inside it. ``is_open``: its first second is in open hours, which research always is.
    ``fate``: what became of it; drawn from the included or the prepaid time, it is not billed.
    """

    workstation: str
    number: int
    offset: int
    starts_at: datetime | None
    seconds: int
    is_open: bool
    fate: Fate

    @property
    def covered(self) -> bool:
        """Tell whether the contract covers the block."""
        return self.fate == "covered"

    @property
    def after_hours(self) -> bool:
        """Tell whether a surcharge is due: outside open hours, billed or drawn."""
        return not self.is_open and (self.fate == "billed" or self.fate in DRAWN)


def measure_tracks(
    connections: Iterable[Connection], rule: TariffRule, research_seconds: int = 0
) -> tuple[Track, ...]:
    """Measure the session: one track per workstation, or one for all (S02, S06, S07).

    A span runs from the first start to the last stop; a sum counts overlapping connections once.
    Connections of no second are ignored: they neither make a track nor stretch a span. Tracks
    are in the order of their first second; research without a connection (S23) comes last.

    >>> from datetime import timezone
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    >>> def minutes(start, stop):
    ...     return Connection(noon + timedelta(minutes=start), noon + timedelta(minutes=stop))
    >>> for measure in Measure:
    ...     rule = TariffRule(block_seconds=1800, measure=measure)
    ...     [track.seconds for track in measure_tracks([minutes(0, 10), minutes(20, 31)], rule)]
    [1860]
    [1260]
    """
    groups: dict[str, list[Connection]] = {}
    for connection in connections:
        if connection.start < connection.stop:
            key = connection.workstation if rule.per_workstation else ""
            groups.setdefault(key, []).append(connection)
    tracks = [_measure(group, rule) for group in groups.values()]
    tracks.sort(key=lambda track: (track.intervals[0].start, track.workstation))
    if research_seconds > 0:
        tracks.append(_measure_research(tracks, rule, research_seconds))
    return tuple(tracks)


def lay_blocks(
    track: Track,
    rule: TariffRule,
    hours: Sequence[Interval] | None = None,
    included: bool = False,
) -> tuple[Block, ...]:
    """Cut a track into started blocks (S01, S06, S09).

    Laid from the track's first second. A block is open when its own first second is in one of
    the ``hours`` (None: at any time), and covered when the work is included and the block open.

    >>> from datetime import timezone
    >>> start = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    >>> rule = TariffRule(block_seconds=1800)
    >>> def blocks(seconds):
    ...     stop = start + timedelta(seconds=seconds)
    ...     (track,) = measure_tracks([Connection(start, stop)], rule)
    ...     return [block.seconds for block in lay_blocks(track, rule)]
    >>> blocks(1800), blocks(1801)
    ([1800], [1800, 1])
    """
    workstation, size, end = track.workstation, rule.block_seconds, track.seconds
    blocks = []
    for number, offset in enumerate(range(0, end, size), start=track.first_number):
        instant = track.instant(offset)
        is_open = hours is None or instant is None or _is_within(instant, hours)
        fate: Fate = "covered" if included and is_open else "billed"
        seconds = min(size, end - offset)
        blocks.append(Block(workstation, number, offset, instant, seconds, is_open, fate))
    return tuple(blocks)


def _measure(connections: Sequence[Connection], rule: TariffRule) -> Track:
    intervals = union(connections)
    if len(intervals) > 1 and rule.measure is Measure.SPAN:
        intervals = (Interval(intervals[0].start, intervals[-1].stop),)
    names = sorted({connection.workstation for connection in connections} - {""})
    measured = sum(interval.seconds for interval in intervals)
    return Track(", ".join(names), measured, max(measured, rule.minimum_seconds), intervals)


def _measure_research(tracks: Sequence[Track], rule: TariffRule, seconds: int) -> Track:
    """Return the track of research; the minimum time is the session's, where nothing else is."""
    counted = seconds if tracks else max(seconds, rule.minimum_seconds)
    laid = sum(-(-track.seconds // rule.block_seconds) for track in tracks)
    return Track("", seconds, counted, first_number=laid + 1)


def _is_within(instant: datetime, hours: Sequence[Interval]) -> bool:
    for run in hours:
        if run.start <= instant < run.stop:
            return True
    return False
