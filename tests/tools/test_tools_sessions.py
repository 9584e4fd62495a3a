import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools.explanation import explain
from odoo.addons.service_contract.tools.intervals import OpenHours
from odoo.addons.service_contract.tools.sessions import (
    AccessFee,
    Connection,
    Interval,
    Measure,
    SessionError,
    TariffRule,
    UnitPrices,
    lay_blocks,
    measure_tracks,
    price_session,
    union,
)

FAST = settings(max_examples=60, deadline=None, derandomize=True)
PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
HALF_HOUR, HOUR = 1800, 3600

NETSI = TariffRule(block_seconds=HALF_HOUR)
NETSI_PRICES = UnitPrices(Decimal("30.00"), Decimal("30.00"), Decimal("45.00"))
CLICKS = TariffRule(block_seconds=HALF_HOUR, per_workstation=True)
CLICKS_PRICES = UnitPrices(first_block=Decimal("30.00"), next_block=Decimal("20.00"))


def at(seconds: int) -> datetime:
    """Return the instant that many seconds after the tests' start."""
    return START + timedelta(seconds=seconds)


def connect(start: int, stop: int, workstation: str = "") -> Connection:
    """Return a connection between two offsets in seconds."""
    return Connection(at(start), at(stop), workstation)


def cover(start: int, stop: int) -> Interval:
    """Return an interval between two offsets in seconds."""
    return Interval(at(start), at(stop))


def within(covered: Sequence[Interval]) -> OpenHours:
    """Return open hours, as pricing asks for them."""
    return lambda start, stop: covered


def netsi(seconds: int, **changes: object) -> Decimal:
    """Return the NETSI price of one connection, under a changed rule."""
    return price_session([connect(0, seconds)], replace(NETSI, **changes), NETSI_PRICES).amount


CONNECTIONS = st.lists(
    st.builds(
        lambda start, seconds, workstation: connect(start, start + seconds, workstation),
        st.integers(0, 4 * HOUR),
        st.integers(1, 2 * HOUR),
        st.sampled_from(["", "PC1", "PC2"]),
    ),
    min_size=1,
    max_size=5,
)
COVERS = st.lists(
    st.builds(
        lambda start, seconds: cover(start, start + seconds),
        st.integers(-HOUR, 5 * HOUR),
        st.integers(0, 2 * HOUR),
    ),
    max_size=3,
)
AMOUNTS = st.decimals(0, 100, places=2)
PRICES = st.builds(UnitPrices, AMOUNTS, AMOUNTS, AMOUNTS)
RULES = st.builds(
    TariffRule,
    block_seconds=st.sampled_from([60, 900, HALF_HOUR, HOUR]),
    measure=st.sampled_from(Measure),
    per_workstation=st.booleans(),
    access_fee=st.sampled_from(AccessFee),
    minimum_seconds=st.sampled_from([0, 1, HALF_HOUR, 5000]),
    minimum_amount=st.none() | AMOUNTS,
)


@tagged("post_install", "-at_install")
class TestReferenceOffers(BaseCase):
    """Price the reference offers to the cent."""

    def test_s01_netsi_every_started_half_hour_is_due(self) -> None:
        cases = [
            (1, "30.00"),
            (29 * 60 + 59, "30.00"),
            (HALF_HOUR, "30.00"),
            (HALF_HOUR + 1, "60.00"),
            (HOUR, "60.00"),
            (HOUR + 1, "90.00"),
        ]
        for seconds, amount in cases:
            with self.subTest(seconds):
                self.assertEqual(netsi(seconds), Decimal(amount))

    def test_s03_access_fee_before_or_instead_of_the_first_block(self) -> None:
        cases = [
            (AccessFee.NONE, 40 * 60, "60.00"),
            (AccessFee.BEFORE, 40 * 60, "105.00"),
            (AccessFee.INSTEAD, 40 * 60, "75.00"),
            (AccessFee.INSTEAD, 10 * 60, "45.00"),
        ]
        for fee, seconds, amount in cases:
            with self.subTest(fee=fee, seconds=seconds):
                self.assertEqual(netsi(seconds, access_fee=fee), Decimal(amount))

    def test_s03_minimum_amount(self) -> None:
        cases = [("29.99", "30.00"), ("30.00", "30.00"), ("50.00", "50.00"), ("0", "30.00")]
        for minimum, amount in cases:
            with self.subTest(minimum):
                found = netsi(HALF_HOUR, minimum_amount=Decimal(minimum))
                self.assertEqual(found, Decimal(amount))

    def test_s06_2clicks_first_and_next_blocks(self) -> None:
        cases = [
            (30 * 60, "30.00"),
            (30 * 60 + 1, "50.00"),
            (60 * 60, "50.00"),
            (65 * 60, "70.00"),
            (90 * 60 + 1, "90.00"),
        ]
        for seconds, amount in cases:
            with self.subTest(seconds):
                price = price_session([connect(0, seconds, "PC1")], CLICKS, CLICKS_PRICES)
                self.assertEqual(price.amount, Decimal(amount))

    def test_s06_2clicks_two_workstations(self) -> None:
        both = [connect(0, HALF_HOUR, "PC1"), connect(0, HALF_HOUR, "PC2")]
        self.assertEqual(price_session(both, CLICKS, CLICKS_PRICES).amount, Decimal("60.00"))
        together = replace(CLICKS, per_workstation=False)
        self.assertEqual(price_session(both, together, CLICKS_PRICES).amount, Decimal("30.00"))

    def test_s07_span_or_sum_of_connections(self) -> None:
        twice = [connect(0, 600), connect(HOUR, HOUR + 600)]
        for measure, amount in [("span", "70.00"), ("sum", "30.00")]:
            with self.subTest(measure):
                price = price_session(twice, replace(CLICKS, measure=measure), CLICKS_PRICES)
                self.assertEqual(price.amount, Decimal(amount))
                self.assertEqual(price.connected_seconds, 1200)

    def test_s08_only_the_on_site_visit_is_billed(self) -> None:
        price = price_session([connect(0, HOUR)], CLICKS, CLICKS_PRICES, replaced=True)
        self.assertEqual((price.amount, price.included_amount, price.seconds), (0, 0, HOUR))
        self.assertEqual((price.components, price.included_components, price.blocks), ((), (), ()))
        self.assertEqual(explain(price)["reason"], "replaced_by_on_site")
        self.assertFalse(price.included)

    def test_s08_a_remote_attempt_may_have_failed_altogether(self) -> None:
        self.assertEqual(price_session([], CLICKS, CLICKS_PRICES, replaced=True).amount, 0)

    def test_s09_damal_blocks_follow_the_contract(self) -> None:
        for block_seconds, blocks in [(HALF_HOUR, 3), (HOUR, 2)]:
            with self.subTest(block_seconds):
                rule = TariffRule(block_seconds=block_seconds)
                price = price_session([connect(0, 61 * 60)], rule, CLICKS_PRICES)
                self.assertEqual(price.billed_blocks, blocks)
                self.assertEqual(price.billed_seconds, blocks * block_seconds)


@tagged("post_install", "-at_install")
class TestInput(BaseCase):
    def _assert_refused(self, code: str, make: object, *args: object, **kwargs: object) -> None:
        with self.assertRaises(SessionError) as caught:
            make(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)

    def test_naive_instants_are_refused(self) -> None:
        naive = datetime(2026, 3, 2, 9)
        self._assert_refused("naive", Connection, naive, START)
        self._assert_refused("naive", Connection, START, naive)
        self._assert_refused("naive", Interval, naive, naive)

    def test_s02_an_end_before_its_start_is_refused(self) -> None:
        self._assert_refused("end_before_start", Connection, at(1), at(0))

    def test_an_empty_session_is_refused(self) -> None:
        for connections in ([], [connect(0, 0)], [connect(0, 0), connect(60, 60)]):
            with self.subTest(len(connections)):
                self._assert_refused("empty", price_session, connections, NETSI, NETSI_PRICES)

    def test_senseless_tariffs_are_refused(self) -> None:
        self._assert_refused("rule", TariffRule, 0)
        self._assert_refused("rule", TariffRule, HALF_HOUR, minimum_seconds=-1)
        self._assert_refused("rule", TariffRule, HALF_HOUR, minimum_amount=Decimal(-1))
        with self.assertRaises(ValueError):
            TariffRule(HALF_HOUR, measure="guess")

    def test_selection_values_are_accepted(self) -> None:
        rule = TariffRule(HALF_HOUR, measure="sum", access_fee="instead")
        self.assertIs(rule.measure, Measure.SUM)
        self.assertIs(rule.access_fee, AccessFee.INSTEAD)

    def test_instants_are_kept_in_utc_and_whole_seconds(self) -> None:
        local = datetime(2026, 7, 1, 10, 0, 0, 999_999, tzinfo=PARIS)
        kept = Connection(local, local).start
        self.assertEqual(kept, datetime(2026, 7, 1, 8, tzinfo=timezone.utc))
        self.assertEqual(kept.tzinfo, timezone.utc)


@tagged("post_install", "-at_install")
class TestTracks(BaseCase):
    def _measure(self, *connections: Connection, **rule: object) -> list[tuple[str, int]]:
        tracks = measure_tracks(connections, TariffRule(HALF_HOUR, **rule))
        return [(track.workstation, track.seconds) for track in tracks]

    def test_overlapping_connections_count_once(self) -> None:
        both = (connect(0, 600), connect(300, 900))
        self.assertEqual(self._measure(*both, measure="sum"), [("", 900)])
        self.assertEqual(self._measure(*both), [("", 900)])

    def test_one_track_for_all_is_named_after_its_workstations(self) -> None:
        both = (connect(0, 600, "PC2"), connect(300, 900, "PC1"))
        self.assertEqual(self._measure(*both, measure="sum"), [("PC1, PC2", 900)])

    def test_union_per_workstation_then_added(self) -> None:
        both = (connect(0, 600, "PC2"), connect(300, 900, "PC1"))
        expected = [("PC2", 600), ("PC1", 600)]
        self.assertEqual(self._measure(*both, per_workstation=True, measure="sum"), expected)

    def test_tracks_that_start_together_are_in_the_order_of_their_names(self) -> None:
        both = (connect(0, 600, "PC2"), connect(0, 600, "PC1"))
        self.assertEqual(self._measure(*both, per_workstation=True), [("PC1", 600), ("PC2", 600)])

    def test_connections_of_no_second_are_ignored(self) -> None:
        click = connect(5 * HOUR, 5 * HOUR, "PC2")
        for per_workstation in (False, True):
            with self.subTest(per_workstation):
                found = self._measure(
                    connect(0, 600, "PC1"), click, per_workstation=per_workstation
                )
                self.assertEqual(found, [("PC1", 600)])

    def test_a_minimum_extends_each_track(self) -> None:
        both = (connect(0, 600, "PC1"), connect(0, 2400, "PC2"))
        found = self._measure(*both, per_workstation=True, minimum_seconds=HALF_HOUR)
        self.assertEqual(found, [("PC1", 1800), ("PC2", 2400)])

    def test_union(self) -> None:
        parts = [cover(50, 60), cover(0, 10), cover(10, 20), cover(5, 8), cover(30, 30)]
        self.assertEqual(union(parts), (cover(0, 20), cover(50, 60)))


@tagged("post_install", "-at_install")
class TestBlocks(BaseCase):
    def _blocks(
        self, *connections: Connection, covered: Sequence[Interval] = (), **changes: object
    ) -> list[tuple[int, int, bool]]:
        rule = replace(TariffRule(600), **changes)
        (track,) = measure_tracks(connections, rule)
        blocks = lay_blocks(track, rule, covered, included=True)
        self.assertEqual([block.number for block in blocks], list(range(1, len(blocks) + 1)))
        starts = [int((block.starts_at - START).total_seconds()) for block in blocks]
        return [(start, b.seconds, b.covered) for start, b in zip(starts, blocks, strict=True)]

    def test_blocks_are_laid_from_the_start(self) -> None:
        expected = [(0, 600, False), (600, 600, False), (1200, 1, False)]
        self.assertEqual(self._blocks(connect(0, 1201)), expected)

    def test_a_block_is_covered_when_its_first_second_is(self) -> None:
        cases = [
            (cover(600, 601), [False, True]),
            (cover(599, 600), [False, False]),
            (cover(601, 1200), [False, False]),
            (cover(0, 600), [True, False]),
            (cover(-600, 1), [True, False]),
            (cover(600, 600), [False, False]),
        ]
        for covered, expected in cases:
            with self.subTest(covered):
                blocks = self._blocks(connect(0, 1200), covered=[covered])
                self.assertEqual([block[2] for block in blocks], expected)

    def test_a_sum_is_mapped_back_to_the_clock(self) -> None:
        found = self._blocks(connect(0, 500), connect(5000, 6000), measure=Measure.SUM)
        self.assertEqual(found, [(0, 600, False), (5100, 600, False), (5700, 300, False)])

    def test_a_sum_block_on_a_border_starts_with_the_next_connection(self) -> None:
        found = self._blocks(connect(0, 600), connect(5000, 5600), measure=Measure.SUM)
        self.assertEqual([start for start, *_ in found], [0, 5000])

    def test_a_minimum_goes_on_after_the_end(self) -> None:
        twice = (connect(0, 300), connect(5000, 5300))
        found = self._blocks(*twice, measure=Measure.SUM, minimum_seconds=1300)
        self.assertEqual(found, [(0, 600, False), (5300, 600, False), (5900, 100, False)])


@tagged("post_install", "-at_install")
class TestPrice(BaseCase):
    def _kinds(
        self, *connections: Connection, covered: Sequence[Interval] = (), **changes: object
    ) -> list[tuple[str, int]]:
        rule = replace(CLICKS, **changes)
        price = price_session(connections, rule, NETSI_PRICES, True, within(covered))
        return [(item.kind, int(item.quantity)) for item in price.components]

    def test_the_first_price_belongs_to_block_one_only(self) -> None:
        first_covered = price_session(
            [connect(0, HOUR)], CLICKS, CLICKS_PRICES, True, within([cover(0, 60)])
        )
        self.assertEqual(first_covered.amount, Decimal("20.00"))
        self.assertEqual((first_covered.billed_blocks, first_covered.covered_blocks), (1, 1))
        self.assertEqual(first_covered.included_components, ())

    def test_one_access_fee_per_session(self) -> None:
        both = (connect(0, HOUR, "PC1"), connect(0, HALF_HOUR, "PC2"))
        blocks = [("first_block", 2), ("next_blocks", 1)]
        self.assertEqual(self._kinds(*both, access_fee="before"), [("access_fee", 1), *blocks])
        instead = [("access_fee", 1), ("first_block", 1), ("next_blocks", 1)]
        self.assertEqual(self._kinds(*both, access_fee="instead"), instead)

    def test_the_fee_needs_a_billed_block(self) -> None:
        for fee in AccessFee:
            with self.subTest(fee):
                found = self._kinds(connect(0, HOUR), covered=[cover(0, HOUR)], access_fee=fee)
                self.assertEqual(found, [])

    def test_a_fee_instead_of_block_one_needs_a_billed_block_one(self) -> None:
        found = self._kinds(connect(0, HOUR), covered=[cover(0, 60)], access_fee="instead")
        self.assertEqual(found, [("next_blocks", 1)])
        found = self._kinds(connect(0, HOUR), covered=[cover(0, 60)], access_fee="before")
        self.assertEqual(found, [("access_fee", 1), ("next_blocks", 1)])

    def test_a_covered_workstation_does_not_raise_the_price(self) -> None:
        fee = {"covered": [cover(0, HALF_HOUR)], "access_fee": "instead"}
        second = connect(HALF_HOUR, HOUR, "PC2")
        self.assertEqual(self._kinds(second, **fee), [("access_fee", 1)])
        beside = self._kinds(connect(0, HALF_HOUR, "PC1"), second, **fee)
        self.assertEqual(beside, [("access_fee", 1)])

    def test_the_minimum_is_a_component(self) -> None:
        price = price_session(
            [connect(0, 60)], replace(CLICKS, minimum_amount=Decimal("45.50")), CLICKS_PRICES
        )
        minimum = price.components[-1]
        self.assertEqual((minimum.kind, minimum.amount), ("minimum", Decimal("15.50")))

    def test_a_free_tariff_stays_free(self) -> None:
        rule = replace(CLICKS, minimum_amount=Decimal("45.50"))
        free = UnitPrices(Decimal(0), Decimal(0))
        self.assertEqual(price_session([connect(0, 60)], rule, free).amount, 0)

    def test_s05_an_included_session_shows_its_value(self) -> None:
        for hours in (None, within([cover(0, HOUR + 1)])):
            with self.subTest(hours):
                price = price_session(
                    [connect(0, 65 * 60)], CLICKS, CLICKS_PRICES, included=True, hours=hours
                )
                self.assertEqual((price.amount, price.components), (0, ()))
                self.assertEqual(price.included_amount, Decimal("70.00"))
                self.assertEqual((price.billed_blocks, price.covered_blocks), (0, 3))
                self.assertEqual((price.billed_seconds, price.reason), (0, "included"))
                self.assertTrue(price.included)

    def test_s12_open_hours_alone_cover_nothing(self) -> None:
        hours = within([cover(0, HOUR)])
        price = price_session([connect(0, HOUR)], CLICKS, CLICKS_PRICES, hours=hours)
        self.assertEqual((price.amount, price.covered_blocks), (Decimal("50.00"), 0))
        self.assertEqual((price.reason, price.included), ("billed", False))

    def test_nothing_is_rounded(self) -> None:
        prices = UnitPrices(Decimal("16.6667"), Decimal("16.6667"))
        price = price_session([connect(0, 65 * 60)], CLICKS, prices)
        self.assertEqual(price.amount, Decimal("50.0001"))
        self.assertEqual(explain(price)["amount"], "50.0001")


@tagged("post_install", "-at_install")
class TestExplanation(BaseCase):
    maxDiff = None

    def test_explanation(self) -> None:
        price = price_session(
            [connect(0, HOUR + 1, "PC1"), connect(60, 600, "PC2")],
            replace(CLICKS, access_fee=AccessFee.BEFORE, minimum_amount=Decimal(90)),
            replace(CLICKS_PRICES, access_fee=Decimal("5")),
            True,
            within([cover(HALF_HOUR, HOUR)]),
        )
        lines = [
            ("access_fee", "1", "5.00", "5.00"),
            ("first_block", "2", "30.00", "60.00"),
            ("next_blocks", "1", "20.00", "20.00"),
            ("minimum", "1", "5.00", "5.00"),
        ]
        keys = ("kind", "quantity", "unit_price", "amount")
        components = [dict(zip(keys, line, strict=True)) for line in lines]
        self.assertEqual(
            explain(price),
            {
                "schema": 2,
                "rule": "S01 S03 S05 S06 S07 S12",
                "reason": "billed",
                "measure": "span",
                "seconds": 4141,
                "counted_seconds": 4141,
                "connected_seconds": 3601,
                "minimum_seconds": 0,
                "block_seconds": 1800,
                "workstations": [
                    {
                        "name": "PC1",
                        "start": "2026-03-02T09:00:00+00:00",
                        "stop": "2026-03-02T10:00:01+00:00",
                        "seconds": 3601,
                        "counted_seconds": 3601,
                        "blocks": 3,
                        "billed_blocks": 2,
                    },
                    {
                        "name": "PC2",
                        "start": "2026-03-02T09:01:00+00:00",
                        "stop": "2026-03-02T09:10:00+00:00",
                        "seconds": 540,
                        "counted_seconds": 540,
                        "blocks": 1,
                        "billed_blocks": 1,
                    },
                ],
                "research": None,
                "open_seconds": 1800,
                "closed_seconds": 2341,
                "windows": [
                    {
                        "start": "2026-03-02T09:30:00+00:00",
                        "stop": "2026-03-02T10:00:00+00:00",
                        "seconds": 1800,
                    }
                ],
                "blocks": [
                    {"fate": "billed", "after_hours": True, "blocks": 3},
                    {"fate": "covered", "after_hours": False, "blocks": 1},
                ],
                "drawn": {"included": 0, "prepaid": 0},
                "surcharge": "none",
                "surcharge_percent": "0",
                "components": components,
                "included": False,
                "included_components": [],
                "included_amount": "0.00",
                "computed_components": components,
                "computed_amount": "90.00",
                "amount": "90.00",
                "minimum_amount": "90.00",
            },
        )

    @FAST
    @given(CONNECTIONS, RULES, PRICES, COVERS, st.booleans(), st.booleans())
    def test_it_is_json_and_adds_up(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        covered: list[Interval],
        included: bool,
        replaced: bool,
    ) -> None:
        price = price_session(
            connections, rule, prices, included, within(covered), replaced=replaced
        )
        told = json.loads(json.dumps(explain(price)))
        self.assertEqual(told, explain(price))
        for key, amount in [("components", "amount"), ("included_components", "included_amount")]:
            for item in told[key]:
                product = Decimal(item["quantity"]) * Decimal(item["unit_price"])
                self.assertEqual(product, Decimal(item["amount"]))
            self.assertEqual(
                sum(Decimal(item["amount"]) for item in told[key]), Decimal(told[amount])
            )
        for key in ("seconds", "counted_seconds"):
            self.assertEqual(sum(row[key] for row in told["workstations"]), told[key])
        self.assertEqual(
            sum(row["billed_blocks"] for row in told["workstations"]), price.billed_blocks
        )


@tagged("post_install", "-at_install")
class TestClockChange(BaseCase):
    """Measure the nights on which Paris changes its clocks, whatever the wall clock says."""

    def _blocks(self, start: datetime, stop: datetime) -> int:
        return price_session([Connection(start, stop)], NETSI, NETSI_PRICES).billed_blocks

    def test_spring_loses_an_hour_of_the_clock(self) -> None:
        start = datetime(2026, 3, 29, 1, 45, tzinfo=PARIS)
        stop = datetime(2026, 3, 29, 3, 15, tzinfo=PARIS)
        self.assertEqual((stop - start).total_seconds(), 90 * 60, "the trap")
        self.assertEqual(Connection(start, stop).seconds, HALF_HOUR)
        self.assertEqual(self._blocks(start, stop), 1)
        self.assertEqual(self._blocks(start, stop + timedelta(seconds=1)), 2)

    def test_autumn_repeats_an_hour_of_the_clock(self) -> None:
        start = datetime(2026, 10, 25, 2, 45, tzinfo=PARIS)
        stop = datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=PARIS)
        self.assertLess(stop, start, "the trap")
        self.assertEqual(Connection(start, stop).seconds, HALF_HOUR)
        self.assertEqual(self._blocks(start, stop), 1)
        self.assertEqual(self._blocks(start, stop.replace(second=1)), 2)

    def test_the_repeated_hour_is_not_backwards_time(self) -> None:
        first, second = (datetime(2026, 10, 25, 2, 30, fold=f, tzinfo=PARIS) for f in (0, 1))
        self.assertEqual(Connection(first, second).seconds, HOUR)
        with self.assertRaises(SessionError):
            Connection(second, first)

    def test_coverage_is_compared_in_utc(self) -> None:
        start = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS)
        for fold, billed in [(0, 1), (1, 0)]:
            with self.subTest(fold=fold):
                opens = datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=PARIS)
                opens = opens.astimezone(timezone.utc)
                covered = Interval(opens, opens + timedelta(minutes=30))
                session = [Connection(start, datetime(2026, 10, 25, 3, tzinfo=PARIS))]
                price = price_session(session, NETSI, NETSI_PRICES, True, within([covered]))
                self.assertEqual(price.billed_blocks, billed)

    @FAST
    @given(
        st.sampled_from(["2026-03-29", "2026-10-25"]), st.integers(0, 7200), st.integers(1, 9000)
    )
    def test_right_to_the_second(self, night: str, offset: int, seconds: int) -> None:
        start = datetime.fromisoformat(night).replace(tzinfo=timezone.utc)
        start += timedelta(seconds=offset)
        stop = start + timedelta(seconds=seconds)
        local = Connection(start.astimezone(PARIS), stop.astimezone(PARIS))
        self.assertEqual(local, Connection(start, stop))
        self.assertEqual(local.seconds, seconds)


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    @FAST
    @given(CONNECTIONS, RULES, PRICES, COVERS, st.integers(0, 2 * HOUR))
    def test_the_price_never_falls_with_the_duration(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        covered: list[Interval],
        more: int,
    ) -> None:
        *others, last = sorted(connections, key=lambda connection: connection.stop)
        longer = replace(last, stop=last.stop + timedelta(seconds=more))
        before = price_session(connections, rule, prices, True, within(covered))
        after = price_session([*others, longer], rule, prices, True, within(covered))
        self.assertLessEqual(before.amount, after.amount)

    @FAST
    @given(CONNECTIONS, RULES, PRICES, COVERS, st.data())
    def test_a_cut_connection_costs_the_same(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        covered: list[Interval],
        data: st.DataObject,
    ) -> None:
        first, *others = connections
        middle = first.start + timedelta(seconds=data.draw(st.integers(0, first.seconds)))
        halves = [replace(first, stop=middle), replace(first, start=middle)]
        whole = price_session(connections, rule, prices, True, within(covered))
        self.assertEqual(
            price_session([*halves, *others], rule, prices, True, within(covered)), whole
        )

    @FAST
    @given(CONNECTIONS, RULES, PRICES, COVERS, st.booleans())
    def test_every_block_is_billed_or_covered(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        covered: list[Interval],
        included: bool,
    ) -> None:
        price = price_session(connections, rule, prices, included, within(covered))
        self.assertEqual(price.billed_blocks + price.covered_blocks, len(price.blocks))
        self.assertEqual(sum(block.seconds for block in price.blocks), price.seconds)
        self.assertEqual(bool(price.components), bool(price.billed_blocks))

    @FAST
    @given(CONNECTIONS, RULES, PRICES)
    def test_a_span_is_never_less_than_a_sum(
        self, connections: list[Connection], rule: TariffRule, prices: UnitPrices
    ) -> None:
        span, total = (
            price_session(connections, replace(rule, measure=measure), prices)
            for measure in (Measure.SPAN, Measure.SUM)
        )
        self.assertGreaterEqual(span.seconds, total.seconds)
        self.assertGreaterEqual(span.amount, total.amount)

    @FAST
    @given(CONNECTIONS, RULES, PRICES, COVERS, st.randoms(use_true_random=False))
    def test_the_order_of_connections_is_nothing(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        covered: list[Interval],
        random: object,
    ) -> None:
        shuffled = list(connections)
        random.shuffle(shuffled)
        price = price_session(connections, rule, prices, True, within(covered))
        self.assertEqual(price_session(shuffled, rule, prices, True, within(covered)), price)

    @FAST
    @given(CONNECTIONS, RULES, PRICES, COVERS, st.integers(0, HOUR), st.integers(1, HOUR))
    def test_one_more_workstation_never_costs_less(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        covered: list[Interval],
        start: int,
        seconds: int,
    ) -> None:
        rule = replace(rule, per_workstation=True)
        more = [*connections, connect(start, start + seconds, "PC9")]
        before = price_session(connections, rule, prices, True, within(covered))
        after = price_session(more, rule, prices, True, within(covered))
        self.assertLessEqual(before.amount, after.amount)
