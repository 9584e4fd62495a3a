"""The price of a session as data: unit prices, its lines, and the sums over them.

Money is ``Decimal`` in the tariff's own tax mode; sums are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from .blocks import DRAWN, Block, Fate, TariffRule, Track
from .intervals import Interval, union

Kind = Literal[
    "first_block",
    "next_blocks",
    "access_fee",
    "minimum",
    "after_hours",
    "after_hours_first",
    "after_hours_next",
    "after_hours_fee",
    "override",
]
Reason = Literal["billed", "included", "drawn", "warranty", "replaced_by_on_site", "overridden"]


@dataclass(frozen=True)
class UnitPrices:
    """Hold the prices in force on the session's day, in the tariff's tax mode (S03, S04).

    ``surcharge`` is the price of a surcharge product, per block; ``digits`` the decimals of
    prices, to which a surcharge in percent is rounded, half up.
    """

    first_block: Decimal
    next_block: Decimal
    access_fee: Decimal = Decimal(0)
    surcharge: Decimal = Decimal(0)
    digits: int = 2

    def raised(self, price: Decimal, percent: Decimal) -> Decimal:
        """Return the surcharge on a price.

        >>> UnitPrices(Decimal(1), Decimal(1)).raised(Decimal("30.01"), Decimal(50))
        Decimal('15.01')
        """
        unit = Decimal(1).scaleb(-self.digits)
        return (price * percent / 100).quantize(unit, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Allowance:
    """Hold what is left of the included and of the prepaid time, in seconds."""

    included_seconds: int = 0
    prepaid_seconds: int = 0


class Component(NamedTuple):
    """Hold one line of the price: ``amount`` is ``quantity × unit_price``, not rounded."""

    kind: Kind
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class SessionPrice:
    """Hold the price of one session and all that explains it.

    ``connected_seconds``: time with at least one connection open. ``hours``: the open hours that
    the session meets, None where hours do not matter. ``components`` are owed;
    ``included_components`` are what the customer was spared (S05), worth ``included_amount``;
    ``computed_components`` are what would be owed without an override.
    """

    rule: TariffRule
    reason: Reason
    connected_seconds: int
    tracks: tuple[Track, ...]
    blocks: tuple[Block, ...]
    hours: tuple[Interval, ...] | None
    components: tuple[Component, ...]
    included_components: tuple[Component, ...]
    computed_components: tuple[Component, ...]

    @property
    def included(self) -> bool:
        """Tell whether nothing is owed for work that still has a value to show (S05, S31)."""
        if self.reason == "overridden":
            return not self.components
        return self.reason in ("included", "drawn", "warranty")

    @property
    def seconds(self) -> int:
        """Sum the seconds that count, with the minimum time of the tariff."""
        return sum(track.seconds for track in self.tracks)

    @property
    def measured_seconds(self) -> int:
        """Sum the raw seconds of the tracks, research among them."""
        return sum(track.measured_seconds for track in self.tracks)

    @property
    def research_seconds(self) -> int:
        """Return the raw seconds of research without a connection (S23)."""
        return sum(track.measured_seconds for track in self.tracks if not track.intervals)

    @property
    def open_seconds(self) -> int:
        """Count the raw seconds of the tracks' connections inside open hours."""
        spans = [interval for track in self.tracks for interval in track.intervals]
        if self.hours is None:
            return sum(span.seconds for span in spans)
        runs = union(self.hours)
        return sum(span.shared_seconds(run) for span in spans for run in runs)

    @property
    def closed_seconds(self) -> int:
        """Count the raw seconds of the tracks' connections outside open hours."""
        return self.measured_seconds - self.research_seconds - self.open_seconds

    @property
    def billed_blocks(self) -> int:
        """Count the blocks to bill."""
        return self._count("billed")

    @property
    def covered_blocks(self) -> int:
        """Count the blocks that an inclusive contract spares."""
        return self._count("covered")

    @property
    def drawn_blocks(self) -> int:
        """Count the blocks drawn from included and prepaid time."""
        return self._count(*DRAWN)

    @property
    def warranty_blocks(self) -> int:
        """Count the blocks of a rework under warranty (S31)."""
        return self._count("warranty")

    @property
    def billed_seconds(self) -> int:
        """Return the seconds of the billed blocks, each in full."""
        return self.billed_blocks * self.rule.block_seconds

    @property
    def drawn_included_seconds(self) -> int:
        """Return the seconds drawn from the included time, whole blocks."""
        return self._count("included") * self.rule.block_seconds

    @property
    def drawn_prepaid_seconds(self) -> int:
        """Return the seconds drawn from the prepaid time, whole blocks."""
        return self._count("prepaid") * self.rule.block_seconds

    @property
    def amount(self) -> Decimal:
        """Sum what is owed, exactly."""
        return total(self.components)

    @property
    def included_amount(self) -> Decimal:
        """Sum what was spared, exactly."""
        return total(self.included_components)

    @property
    def computed_amount(self) -> Decimal:
        """Sum what would be owed without an override, exactly."""
        return total(self.computed_components)

    def _count(self, *fates: Fate) -> int:
        return sum(block.fate in fates for block in self.blocks)


def total(components: Iterable[Component]) -> Decimal:
    """Sum the amounts of components, exactly."""
    return sum((component.amount for component in components), Decimal(0))
