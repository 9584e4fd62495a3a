"""From blocks to a price: what is covered, drawn from an allowance, or billed, and at what price.

Money is ``Decimal`` in the tariff's own tax mode: products say whether a price includes tax,
nothing here ever converts, and nothing is rounded but the price of a surcharge in percent, to
the digits of prices.

A session is measured and cut into started blocks by ``blocks``, priced here (``price_session``)
and explained by ``explanation``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from itertools import chain

from .blocks import (
    DRAWN,
    AccessFee,
    Block,
    Connection,
    Measure,
    Surcharge,
    TariffRule,
    Track,
    lay_blocks,
    measure_tracks,
)
from .intervals import Interval, OpenHours, SessionError, union
from .prices import Allowance, Component, Kind, Reason, SessionPrice, UnitPrices, total

__all__ = [
    "AccessFee",
    "Allowance",
    "Block",
    "Component",
    "Connection",
    "Interval",
    "Measure",
    "SessionError",
    "SessionPrice",
    "Surcharge",
    "TariffRule",
    "Track",
    "UnitPrices",
    "lay_blocks",
    "measure_tracks",
    "price_session",
    "union",
]

LATEST = datetime.max.replace(tzinfo=timezone.utc)


def price_session(
    connections: Iterable[Connection],
    rule: TariffRule,
    prices: UnitPrices,
    included: bool = False,
    hours: OpenHours | None = None,
    *,
    research_seconds: int = 0,
    allowance: Allowance | None = None,
    warranty: bool = False,
    replaced: bool = False,
    override: Decimal | None = None,
) -> SessionPrice:
    """Price a session (S01–S09, S12–S15, S23, S31).

    ``included``: the contract includes the work; its blocks in open ``hours`` are covered (S05).
    Other blocks are billed, with the tariff's surcharge outside open hours. ``allowance``: what
    is left to draw from, whole blocks in the order of their first second; a drawn block is not
    billed, its surcharge is. ``warranty``: rework of an earlier session (S31), nothing is owed
    nor drawn. ``replaced``: an on-site visit is billed instead (S08); the time is measured, but
    no block is laid. ``override``: what a person decided is owed for all of it; blocks and draws
    stay. Where nothing is owed, the value of all blocks is kept as included. SessionError
    ``empty`` without a second, unless replaced.

    >>> from datetime import timedelta
    >>> start = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    >>> rule = TariffRule(block_seconds=1800, per_workstation=True)
    >>> prices = UnitPrices(first_block=Decimal("30.00"), next_block=Decimal("20.00"))
    >>> one_hour_five = [Connection(start, start + timedelta(minutes=65), "PC1")]
    >>> price_session(one_hour_five, rule, prices).amount
    Decimal('70.00')
    >>> price = price_session(one_hour_five, rule, prices, included=True)
    >>> price.amount, price.included_amount
    (Decimal('0'), Decimal('70.00'))

    Half an hour is left, and the contract's hours end at 13:00:

    >>> def until_one(start, stop):
    ...     return [Interval(start.replace(hour=8), start.replace(hour=13))]
    >>> price = price_session(
    ...     one_hour_five, rule, prices, True, until_one, allowance=Allowance(prepaid_seconds=1800)
    ... )
    >>> [block.fate for block in price.blocks]
    ['covered', 'covered', 'prepaid']
    """
    connections = tuple(connections)
    tracks = measure_tracks(connections, rule, research_seconds)
    if not tracks and not replaced:
        raise SessionError("empty", "A session needs at least one second of connection.")
    if override is not None and override < 0:
        raise SessionError("rule", "A price cannot be negative.")
    met = None if replaced else _meet_hours(tracks, hours)
    blocks = () if replaced else _lay_all(tracks, rule, met, included)
    blocks = _spare(blocks, rule, allowance, warranty)
    computed = _components(blocks, rule, prices)
    owed = computed if override is None else _overridden(override)
    spared = () if owed else _components(blocks, rule, prices, is_worth=True)
    return SessionPrice(
        rule=rule,
        reason=_reason(blocks, computed, warranty, replaced, override),
        connected_seconds=sum(interval.seconds for interval in union(connections)),
        tracks=tracks,
        blocks=blocks,
        hours=met,
        components=owed,
        included_components=spared,
        computed_components=computed,
    )


def _meet_hours(tracks: Sequence[Track], hours: OpenHours | None) -> tuple[Interval, ...] | None:
    """Return the open hours that overlap the tracks, their minimum time with them."""
    spans = [track.span for track in tracks if track.intervals]
    if hours is None or not spans:
        return None
    if len(spans) == 1:
        return tuple(hours(*spans[0]))
    return tuple(hours(min(start for start, _ in spans), max(stop for _, stop in spans)))


def _lay_all(
    tracks: Iterable[Track],
    rule: TariffRule,
    hours: Sequence[Interval] | None,
    included: bool,
) -> tuple[Block, ...]:
    return tuple(chain.from_iterable(lay_blocks(track, rule, hours, included) for track in tracks))


def _spare(
    blocks: tuple[Block, ...], rule: TariffRule, allowance: Allowance | None, warranty: bool
) -> tuple[Block, ...]:
    """Return the blocks with those that are not billed after all: warranty, or drawn."""
    if warranty:
        return tuple(
            block if block.covered else block._replace(fate="warranty") for block in blocks
        )
    if not allowance:
        return blocks
    left = [("included", allowance.included_seconds), ("prepaid", allowance.prepaid_seconds)]
    fates = [fate for fate, seconds in left for _ in range(max(seconds, 0) // rule.block_seconds)]
    billable = [index for index, block in enumerate(blocks) if block.fate == "billed"]
    billable.sort(key=lambda index: blocks[index].starts_at or LATEST)
    drawn = dict(zip(billable, fates, strict=False))
    return tuple(
        block._replace(fate=drawn[index]) if index in drawn else block
        for index, block in enumerate(blocks)
    )


def _components(
    blocks: Sequence[Block], rule: TariffRule, prices: UnitPrices, is_worth: bool = False
) -> tuple[Component, ...]:
    """Return what the blocks cost; ``is_worth``: as if each of them were billed."""
    billed = [block for block in blocks if is_worth or block.fate == "billed"]
    late = [block for block in blocks if block.after_hours or is_worth and not block.is_open]
    lines = [*_block_lines(billed, rule, prices), *_surcharge_lines(late, rule, prices)]
    components = tuple(_component(*line) for line in lines if line[1])
    return components + _minimum(total(components), rule) if billed else components


def _block_lines(
    billed: Sequence[Block], rule: TariffRule, prices: UnitPrices
) -> tuple[tuple[Kind, int, Decimal], ...]:
    """Return the lines of blocks and fee; a fee instead of block 1 needs a billed block 1."""
    firsts = sum(block.number == 1 for block in billed)
    replaced = int(rule.access_fee is AccessFee.INSTEAD and firsts > 0)
    fees = replaced or int(rule.access_fee is AccessFee.BEFORE and len(billed) > 0)
    return (
        ("access_fee", fees, prices.access_fee),
        ("first_block", firsts - replaced, prices.first_block),
        ("next_blocks", len(billed) - firsts, prices.next_block),
    )


def _surcharge_lines(
    late: Sequence[Block], rule: TariffRule, prices: UnitPrices
) -> tuple[tuple[Kind, int, Decimal], ...]:
    """Return the lines of the surcharge: per block, or in percent of what its block costs.

    Where the access fee stands for block 1, it is raised once, as long as a block 1 is late.
    """
    if rule.surcharge is Surcharge.NONE or not late:
        return ()
    if rule.surcharge is Surcharge.PRODUCT:
        return (("after_hours", len(late), prices.surcharge),)
    firsts = sum(block.number == 1 for block in late)
    replaced = int(rule.access_fee is AccessFee.INSTEAD and firsts > 0)
    lines: tuple[tuple[Kind, int, Decimal], ...] = (
        ("after_hours_fee", replaced, prices.access_fee),
        ("after_hours_first", firsts - replaced, prices.first_block),
        ("after_hours_next", len(late) - firsts, prices.next_block),
    )
    return tuple(
        (kind, count, prices.raised(price, rule.surcharge_percent))
        for kind, count, price in lines
        if count
    )


def _minimum(amount: Decimal, rule: TariffRule) -> tuple[Component, ...]:
    if rule.minimum_amount is None or not 0 < amount < rule.minimum_amount:
        return ()
    return (_component("minimum", 1, rule.minimum_amount - amount),)


def _overridden(amount: Decimal) -> tuple[Component, ...]:
    return (_component("override", 1, amount),) if amount else ()


def _component(kind: Kind, quantity: int, unit_price: Decimal) -> Component:
    return Component(kind, Decimal(quantity), unit_price, quantity * unit_price)


def _reason(
    blocks: Sequence[Block],
    computed: Sequence[Component],
    warranty: bool,
    replaced: bool,
    override: Decimal | None,
) -> Reason:
    if override is not None:
        return "overridden"
    if replaced:
        return "replaced_by_on_site"
    if warranty:
        return "warranty"
    if computed:
        return "billed"
    return "drawn" if any(block.fate in DRAWN for block in blocks) else "included"
