"""From connections to blocks, from blocks to a price and its explanation.

Time is counted in integer seconds between instants in UTC, so that a night on which the clocks
change is right to the second. Money is ``Decimal`` in the tariff's own tax mode: products say
whether a price includes tax, nothing here ever converts, and nothing here ever rounds.

A session is measured (``measure_tracks``), cut into started blocks (``lay_blocks``) and priced
(``price_session``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from itertools import chain
from typing import Any, Literal

SCHEMA = 1

Json = dict[str, Any]
Kind = Literal["first_block", "next_blocks", "access_fee", "minimum"]
Reason = Literal["billed", "included", "covered", "replaced_by_on_site"]


class SessionError(ValueError):
    """Refuse a session that cannot be measured; ``code`` names the reason for the caller.

    Codes: ``naive`` (an instant without a time zone), ``end_before_start``, ``empty`` (no second
    of connection), ``rule`` (a tariff that makes no sense).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Measure(str, Enum):
    """Choose what is billed: from the first take-over to the last stop, or connected time (S07)."""

    SPAN = "span"
    SUM = "sum"


class AccessFee(str, Enum):
    """Choose what the access fee does: nothing, precede the first block, or replace it (S03)."""

    NONE = "none"
    BEFORE = "before"
    INSTEAD = "instead"


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
        object.__setattr__(self, "start", _utc(self.start))
        object.__setattr__(self, "stop", _utc(self.stop))
        if self.stop < self.start:
            raise SessionError("end_before_start", f"{self.stop} is before {self.start}.")

    @property
    def seconds(self) -> int:
        """Count the seconds of the interval."""
        return (self.stop - self.start) // timedelta(seconds=1)

    def to_json(self) -> Json:
        """Return the two instants as ISO 8601 in UTC."""
        return {"start": self.start.isoformat(), "stop": self.stop.isoformat()}


@dataclass(frozen=True)
class Connection(Interval):
    """Hold one connection, from take-over to disconnection, to one workstation (S02, S07)."""

    workstation: str = ""


@dataclass(frozen=True)
class TariffRule:
    """Hold how a tariff turns time into blocks and fees (S01, S03, S06, S07, S09).

    ``minimum_seconds`` is the least time of a track, ``minimum_amount`` the least amount of a
    session that bills anything. SessionError ``rule`` for a length or a minimum out of range.
    """

    block_seconds: int
    measure: Measure = Measure.SPAN
    per_workstation: bool = False
    access_fee: AccessFee = AccessFee.NONE
    minimum_seconds: int = 0
    minimum_amount: Decimal | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", Measure(self.measure))
        object.__setattr__(self, "access_fee", AccessFee(self.access_fee))
        if self.block_seconds < 1:
            raise SessionError("rule", f"A block lasts at least a second: {self.block_seconds}.")
        if self.minimum_seconds < 0 or (self.minimum_amount or 0) < 0:
            raise SessionError("rule", "A minimum cannot be negative.")


@dataclass(frozen=True)
class UnitPrices:
    """Hold the prices in force on the session's day, in the tariff's tax mode (S03, S04)."""

    first_block: Decimal
    next_block: Decimal
    access_fee: Decimal = Decimal(0)


@dataclass(frozen=True)
class Track:
    """Hold the measured time of one workstation, or of the whole session.

    ``workstation`` then joins the names. ``seconds`` is the time that makes the blocks, which a
    minimum may extend beyond the ``intervals`` it was measured on.
    """

    workstation: str
    seconds: int
    intervals: tuple[Interval, ...]

    def instant(self, offset: int) -> datetime:
        """Return the wall-clock instant, in UTC, of the measured second ``offset``.

        Seconds of the minimum that lie beyond the measured time go on after its end.
        """
        for interval in self.intervals:
            if offset < interval.seconds:
                return interval.start + timedelta(seconds=offset)
            offset -= interval.seconds
        return self.intervals[-1].stop + timedelta(seconds=offset)


@dataclass(frozen=True)
class Block:
    """Hold one started block of a track.

    ``number`` counts from 1, ``offset`` is its first second on the track's measured time,
    ``starts_at`` that second's instant in UTC, ``seconds`` the measured seconds inside it.
    """

    workstation: str
    number: int
    offset: int
    starts_at: datetime
    seconds: int
    covered: bool


@dataclass(frozen=True)
class Component:
    """Hold one line of the price: ``amount`` is ``quantity × unit_price``, not rounded."""

    kind: Kind
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal

    def to_json(self) -> Json:
        """Return the component with its decimals as strings."""
        return {
            "kind": self.kind,
            "quantity": format(self.quantity, "f"),
            "unit_price": _money(self.unit_price),
            "amount": _money(self.amount),
        }


@dataclass(frozen=True)
class SessionPrice:
    """Hold the price of one session and all that explains it.

    ``seconds``: measured, summed over the tracks. ``connected_seconds``: time with at least one
    connection open. ``components`` are owed; ``included_components`` are what a contract or its
    covered hours spared the customer (S05), worth ``included_amount``.
    """

    rule: TariffRule
    reason: Reason
    connected_seconds: int
    tracks: tuple[Track, ...]
    blocks: tuple[Block, ...]
    covered: tuple[Interval, ...]
    components: tuple[Component, ...]
    included_components: tuple[Component, ...]

    @property
    def included(self) -> bool:
        """Tell whether a contract or its hours cover the session, so that nothing is owed (S05)."""
        return self.reason in ("included", "covered")

    @property
    def seconds(self) -> int:
        """Sum the measured seconds of the tracks."""
        return sum(track.seconds for track in self.tracks)

    @property
    def billed_blocks(self) -> int:
        """Count the blocks to bill."""
        return len(self.blocks) - self.covered_blocks

    @property
    def covered_blocks(self) -> int:
        """Count the blocks that coverage or an inclusive contract spares."""
        return sum(block.covered for block in self.blocks)

    @property
    def billed_seconds(self) -> int:
        """Return the seconds of the billed blocks, each in full."""
        return self.billed_blocks * self.rule.block_seconds

    @property
    def amount(self) -> Decimal:
        """Sum what is owed, exactly."""
        return _total(self.components)

    @property
    def included_amount(self) -> Decimal:
        """Sum what was included, exactly."""
        return _total(self.included_components)

    @property
    def explanation(self) -> Json:
        """Return the price in words a charge, an invoice annex and the portal can print.

        JSON-serialisable: decimals are strings, instants ISO 8601 in UTC; ``schema`` is its
        version and ``rule`` the ids of the rules that were applied.
        """
        rule = self.rule
        minimum = rule.minimum_amount
        return {
            "schema": SCHEMA,
            "rule": _rule_ids(self),
            "reason": self.reason,
            "measure": rule.measure.value,
            "seconds": self.seconds,
            "connected_seconds": self.connected_seconds,
            "block_seconds": rule.block_seconds,
            "workstations": [_track_json(track, self.blocks) for track in self.tracks],
            "covered": [interval.to_json() for interval in self.covered],
            "components": [component.to_json() for component in self.components],
            "included": self.included,
            "included_components": [item.to_json() for item in self.included_components],
            "included_amount": _money(self.included_amount),
            "amount": _money(self.amount),
            "minimum_amount": None if minimum is None else _money(minimum),
        }


def measure_tracks(connections: Iterable[Connection], rule: TariffRule) -> tuple[Track, ...]:
    """Measure the session: one track per workstation, or one for all (S02, S06, S07).

    A span runs from the first start to the last stop; a sum counts overlapping connections once.
    Connections of no second are ignored: they neither make a track nor stretch a span. Tracks
    are in the order of their first second.

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
        if connection.seconds:
            key = connection.workstation if rule.per_workstation else ""
            groups.setdefault(key, []).append(connection)
    tracks = (_measure(group, rule) for group in groups.values())
    return tuple(sorted(tracks, key=lambda track: (track.intervals[0].start, track.workstation)))


def lay_blocks(
    track: Track, rule: TariffRule, covered: Sequence[Interval] = ()
) -> tuple[Block, ...]:
    """Cut a track into started blocks (S01, S06, S09).

    Laid from the track's first second; a block is covered when its own first second is.

    >>> start = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    >>> rule = TariffRule(block_seconds=1800)
    >>> def blocks(seconds):
    ...     stop = start + timedelta(seconds=seconds)
    ...     (track,) = measure_tracks([Connection(start, stop)], rule)
    ...     return [block.seconds for block in lay_blocks(track, rule)]
    >>> blocks(1800), blocks(1801)
    ([1800], [1800, 1])
    """
    return tuple(
        _lay_block(track, rule, number, offset, covered)
        for number, offset in enumerate(range(0, track.seconds, rule.block_seconds), start=1)
    )


def price_session(
    connections: Iterable[Connection],
    rule: TariffRule,
    prices: UnitPrices,
    covered: Sequence[Interval] = (),
    included: bool = False,
    *,
    replaced: bool = False,
) -> SessionPrice:
    """Price a session (S01–S09).

    ``covered``: intervals the contract covers. ``included``: the contract includes the whole
    session (S05), every block is covered. Where nothing is left to bill, the components that
    would have been billed without cover are kept as included. ``replaced``: an on-site visit is
    billed instead (S08); the time is measured, but no block is laid and nothing is owed.
    SessionError ``empty`` without a second of connection, unless replaced.

    >>> start = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    >>> rule = TariffRule(block_seconds=1800, per_workstation=True)
    >>> prices = UnitPrices(first_block=Decimal("30.00"), next_block=Decimal("20.00"))
    >>> one_hour_five = [Connection(start, start + timedelta(minutes=65), "PC1")]
    >>> price_session(one_hour_five, rule, prices).amount
    Decimal('70.00')
    >>> price = price_session(one_hour_five, rule, prices, included=True)
    >>> price.amount, price.included_amount
    (Decimal('0'), Decimal('70.00'))
    """
    connections = tuple(connections)
    covered = union(covered)
    tracks = measure_tracks(connections, rule)
    if not tracks and not replaced:
        raise SessionError("empty", "A session needs at least one second of connection.")
    blocks = () if replaced else _lay_all(tracks, rule, covered, included)
    components = _components([block for block in blocks if not block.covered], rule, prices)
    return SessionPrice(
        rule=rule,
        reason=_reason(components, included, replaced),
        connected_seconds=sum(interval.seconds for interval in union(connections)),
        tracks=tracks,
        blocks=blocks,
        covered=covered,
        components=components,
        included_components=() if components else _components(blocks, rule, prices),
    )


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Merge intervals that overlap or touch; sorted, without empty ones."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda interval: interval.start):
        if not interval.seconds:
            continue
        if merged and interval.start <= merged[-1].stop:
            last = merged.pop()
            interval = Interval(last.start, max(last.stop, interval.stop))
        merged.append(Interval(interval.start, interval.stop))
    return tuple(merged)


def _measure(connections: Sequence[Connection], rule: TariffRule) -> Track:
    intervals = union(connections)
    if rule.measure is Measure.SPAN:
        intervals = (Interval(intervals[0].start, intervals[-1].stop),)
    names = sorted({connection.workstation for connection in connections} - {""})
    measured = sum(interval.seconds for interval in intervals)
    return Track(", ".join(names), max(measured, rule.minimum_seconds), intervals)


def _lay_block(
    track: Track, rule: TariffRule, number: int, offset: int, covered: Iterable[Interval]
) -> Block:
    instant = track.instant(offset)
    return Block(
        workstation=track.workstation,
        number=number,
        offset=offset,
        starts_at=instant,
        seconds=min(rule.block_seconds, track.seconds - offset),
        covered=any(interval.start <= instant < interval.stop for interval in covered),
    )


def _lay_all(
    tracks: Iterable[Track], rule: TariffRule, covered: Sequence[Interval], included: bool
) -> tuple[Block, ...]:
    blocks = chain.from_iterable(lay_blocks(track, rule, covered) for track in tracks)
    return tuple(replace(block, covered=True) if included else block for block in blocks)


def _components(
    billed: Sequence[Block], rule: TariffRule, prices: UnitPrices
) -> tuple[Component, ...]:
    if not billed:
        return ()
    fees = int(rule.access_fee is not AccessFee.NONE)
    firsts = sum(block.number == 1 for block in billed)
    nexts = len(billed) - firsts
    if rule.access_fee is AccessFee.INSTEAD:
        firsts = max(firsts - 1, 0)
    counted: tuple[tuple[Kind, int, Decimal], ...] = (
        ("access_fee", fees, prices.access_fee),
        ("first_block", firsts, prices.first_block),
        ("next_blocks", nexts, prices.next_block),
    )
    components = tuple(_component(*line) for line in counted if line[1])
    return components + _minimum(_total(components), rule)


def _minimum(amount: Decimal, rule: TariffRule) -> tuple[Component, ...]:
    if rule.minimum_amount is None or not 0 < amount < rule.minimum_amount:
        return ()
    return (_component("minimum", 1, rule.minimum_amount - amount),)


def _component(kind: Kind, quantity: int, unit_price: Decimal) -> Component:
    return Component(kind, Decimal(quantity), unit_price, quantity * unit_price)


def _total(components: Iterable[Component]) -> Decimal:
    return sum((component.amount for component in components), Decimal(0))


def _reason(components: Sequence[Component], included: bool, replaced: bool) -> Reason:
    if replaced:
        return "replaced_by_on_site"
    if included:
        return "included"
    return "billed" if components else "covered"


def _rule_ids(price: SessionPrice) -> str:
    rule = price.rule
    ids = {
        "S01": True,
        "S03": rule.access_fee is not AccessFee.NONE or rule.minimum_amount is not None,
        "S05": price.included,
        "S06": rule.per_workstation,
        "S07": True,
        "S08": price.reason == "replaced_by_on_site",
    }
    return " ".join(rule_id for rule_id, applied in ids.items() if applied)


def _track_json(track: Track, blocks: Iterable[Block]) -> Json:
    own = [block for block in blocks if block.workstation == track.workstation]
    return {
        "name": track.workstation,
        "start": track.intervals[0].start.isoformat(),
        "stop": track.intervals[-1].stop.isoformat(),
        "seconds": track.seconds,
        "blocks": len(own),
        "billed_blocks": sum(not block.covered for block in own),
    }


def _utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise SessionError("naive", f"An instant needs its time zone: {instant}.")
    return instant.astimezone(timezone.utc).replace(microsecond=0)


def _money(amount: Decimal) -> str:
    """Write an amount in plain digits with two decimals or more, never rounded.

    >>> _money(Decimal("7E+1")), _money(Decimal("0.125"))
    ('70.00', '0.125')
    """
    cents = amount.quantize(Decimal("0.01"))
    return format(cents if cents == amount else amount, "f")
