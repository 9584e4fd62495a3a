"""The explanation of a session's price: one JSON structure, stored on its charges.

Whoever words it needs nothing else. Decimals are strings, instants ISO 8601 in UTC, durations
seconds. ``schema`` is its version: stored explanations stay as they were written.

Schema 2 tells raw seconds (``seconds``) apart from those that count under a minimum time
(``counted_seconds``), the windows that the connections met, the blocks by what became of them,
what was drawn from an allowance, research without a connection and an overridden price.
Schema 1 had neither: its ``seconds`` counted the minimum time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from .blocks import Block, Track
from .intervals import Json
from .prices import Component, SessionPrice

SCHEMA = 2
CENT = Decimal("0.01")


def explain(price: SessionPrice) -> Json:
    """Return the explanation of a price; ``rule`` are the ids of the rules that were applied."""
    rule = price.rule
    timed = [track for track in price.tracks if track.intervals]
    return {
        "schema": SCHEMA,
        "rule": _rule_ids(price),
        "reason": price.reason,
        "measure": rule.measure.value,
        "seconds": price.measured_seconds,
        "counted_seconds": price.seconds,
        "connected_seconds": price.connected_seconds,
        "minimum_seconds": rule.minimum_seconds,
        "block_seconds": rule.block_seconds,
        "workstations": [_track_json(track, price.blocks) for track in timed],
        "research": _research_json(price),
        "open_seconds": price.open_seconds,
        "closed_seconds": price.closed_seconds,
        "windows": _windows_json(price),
        "blocks": _blocks_json(price),
        "drawn": {
            "included": price.drawn_included_seconds,
            "prepaid": price.drawn_prepaid_seconds,
        },
        "surcharge": rule.surcharge.value,
        "surcharge_percent": format(rule.surcharge_percent.normalize(), "f"),
        **_amounts_json(price),
    }


def _amounts_json(price: SessionPrice) -> Json:
    minimum = price.rule.minimum_amount
    return {
        "components": [_component_json(component) for component in price.components],
        "included": price.included,
        "included_components": [_component_json(item) for item in price.included_components],
        "included_amount": _money(price.included_amount),
        "computed_components": [_component_json(item) for item in price.computed_components],
        "computed_amount": _money(price.computed_amount),
        "amount": _money(price.amount),
        "minimum_amount": None if minimum is None else _money(minimum),
    }


def _component_json(component: Component) -> Json:
    return {
        "kind": component.kind,
        "quantity": format(component.quantity, "f"),
        "unit_price": _money(component.unit_price),
        "amount": _money(component.amount),
    }


def _track_json(track: Track, blocks: Iterable[Block]) -> Json:
    own = [
        block
        for block in blocks
        if block.starts_at is not None and block.workstation == track.workstation
    ]
    return {
        "name": track.workstation,
        "start": track.intervals[0].start.isoformat(),
        "stop": track.intervals[-1].stop.isoformat(),
        "seconds": track.measured_seconds,
        "counted_seconds": track.seconds,
        "blocks": len(own),
        "billed_blocks": sum(block.fate == "billed" for block in own),
    }


def _research_json(price: SessionPrice) -> Json | None:
    """Return the research without a connection (S23), None where there was none."""
    if not price.research_seconds:
        return None
    own = [block for block in price.blocks if block.starts_at is None]
    return {
        "seconds": price.research_seconds,
        "counted_seconds": sum(track.seconds for track in price.tracks if not track.intervals),
        "blocks": len(own),
        "billed_blocks": sum(block.fate == "billed" for block in own),
    }


def _windows_json(price: SessionPrice) -> list[Json] | None:
    """Return the windows that the connections met, each with the seconds spent in it."""
    if price.hours is None:
        return None
    spans = [interval for track in price.tracks for interval in track.intervals]
    shared = [(hours, sum(hours.shared_seconds(span) for span in spans)) for hours in price.hours]
    return [{**hours.to_json(), "seconds": seconds} for hours, seconds in shared if seconds]


def _blocks_json(price: SessionPrice) -> list[Json]:
    """Return the blocks by what became of them, in the order of their first appearance."""
    found = Counter((block.fate, not block.is_open) for block in price.blocks)
    return [
        {"fate": fate, "after_hours": is_late, "blocks": count}
        for (fate, is_late), count in found.items()
    ]


def _rule_ids(price: SessionPrice) -> str:
    rule = price.rule
    ids = {
        "S01": True,
        "S03": rule.access_fee.value != "none" or rule.minimum_amount is not None,
        "S05": bool(price.covered_blocks),
        "S06": rule.per_workstation,
        "S07": True,
        "S08": price.reason == "replaced_by_on_site",
        "S12": price.hours is not None,
        "S23": bool(price.research_seconds),
        "S31": price.reason == "warranty",
    }
    return " ".join(rule_id for rule_id, applied in ids.items() if applied)


def _money(amount: Decimal) -> str:
    """Write an amount in plain digits with two decimals or more, never rounded.

    >>> _money(Decimal("7E+1")), _money(Decimal("0.125"))
    ('70.00', '0.125')
    """
    cents = amount.quantize(CENT)
    return format(cents if cents == amount else amount, "f")
