import json
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools.coverage import Coverage, Window
from odoo.addons.service_contract.tools.explanation import explain
from odoo.addons.service_contract.tools.public_holidays import find_territory
from odoo.addons.service_contract.tools.sessions import (
    AccessFee,
    Allowance,
    Connection,
    Measure,
    SessionError,
    SessionPrice,
    Surcharge,
    TariffRule,
    UnitPrices,
    price_session,
)

FAST = settings(max_examples=80, deadline=None, derandomize=True)
HALF_HOUR, HOUR = 1800, 3600
REUNION = ZoneInfo("Indian/Reunion")
PARIS = ZoneInfo("Europe/Paris")
RULE = TariffRule(block_seconds=HALF_HOUR)
PRICES = UnitPrices(Decimal("30.00"), Decimal("20.00"), Decimal("45.00"), Decimal("12.00"))
SATURDAY = datetime(2026, 3, 7, 2, tzinfo=timezone.utc)
DUTY = {date(2026, 3, 8), date(2026, 12, 20)}
PRISME = Coverage(
    [
        *(Window(day, 7 * HOUR, 20 * HOUR) for day in range(5)),
        Window(5, 7 * HOUR, 16 * HOUR),
        *(Window(day, 9 * HOUR, 12 * HOUR, "remote", True) for day in (6, 7)),
    ],
    REUNION,
    find_territory("RE"),
    DUTY,
)


def connect(
    text: str, minutes: float, workstation: str = "", zone: ZoneInfo = REUNION
) -> Connection:
    """Return a connection from a local time on."""
    start = datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(timezone.utc)
    return Connection(start, start + timedelta(minutes=minutes), workstation)


def price(*connections: Connection, channel: str = "remote", **changes: object) -> SessionPrice:
    """Price included work by the hours of PRISME; ``changes`` of the rule or of the call."""
    rule = {name: changes.pop(name) for name in [*changes] if hasattr(RULE, name)}
    options = {"included": True, "hours": PRISME.on(channel), **changes}
    return price_session(connections, replace(RULE, **rule), PRICES, **options)


def fates(found: SessionPrice) -> str:
    """Return the first letters of what became of the blocks; a capital is after hours."""
    return "".join(
        block.fate[0].upper() if block.after_hours else block.fate[0] for block in found.blocks
    )


def lines(found: SessionPrice) -> list[tuple[str, int, str]]:
    """Return what is owed."""
    return [(item.kind, int(item.quantity), str(item.amount)) for item in found.components]


@tagged("post_install", "-at_install")
class TestHours(BaseCase):
    """S12–S15: a block is covered if the work is included and its first second is in hours."""

    def test_s13_the_border_of_the_hours(self) -> None:
        cases = [
            ("2026-03-02 19:29:59", 60, "cc", "0"),
            ("2026-03-02 19:30:00", 60, "cB", "20.00"),
            ("2026-03-02 19:30:00", 30, "c", "0"),
            ("2026-03-02 19:59:59", 60, "cB", "20.00"),
            ("2026-03-02 20:00:00", 60, "BB", "50.00"),
            ("2026-03-02 06:30:00", 60, "Bc", "30.00"),
            ("2026-03-02 06:59:59", 60, "Bc", "30.00"),
            ("2026-03-02 07:00:00", 60, "cc", "0"),
        ]
        for start, minutes, expected, amount in cases:
            with self.subTest(start, minutes=minutes):
                found = price(connect(start, minutes))
                self.assertEqual((fates(found), found.amount), (expected, Decimal(amount)))

    def test_s13_sundays_and_holidays(self) -> None:
        cases = [
            ("2026-03-08 10:00:00", "remote", "c"),
            ("2026-03-08 10:00:00", "phone", "c"),
            ("2026-03-08 10:00:00", "on_site", "B"),
            ("2026-03-15 10:00:00", "remote", "B"),
            ("2026-12-20 10:00:00", "remote", "c"),
            ("2026-05-01 10:00:00", "remote", "B"),
            ("2026-05-02 10:00:00", "on_site", "c"),
        ]
        for start, channel, expected in cases:
            with self.subTest(start, channel=channel):
                self.assertEqual(fates(price(connect(start, 10), channel=channel)), expected)

    def test_s10_work_that_is_not_included_is_billed_in_hours_as_well(self) -> None:
        found = price(connect("2026-03-02 19:30:00", 60), included=False)
        self.assertEqual((fates(found), found.amount), ("bB", Decimal("50.00")))

    def test_without_hours_included_work_is_covered_at_any_time(self) -> None:
        for hours in (None, Coverage([], REUNION).on("remote")):
            self.assertEqual(fates(price(connect("2026-03-08 02:00:00", 60), hours=hours)), "cc")

    def test_s06_each_workstation_has_its_own_blocks(self) -> None:
        found = price(
            connect("2026-03-02 19:20:00", 60, "PC1"),
            connect("2026-03-02 20:10:00", 31, "PC2"),
            per_workstation=True,
        )
        self.assertEqual(fates(found), "ccBB")
        self.assertEqual(lines(found), [("first_block", 1, "30.00"), ("next_blocks", 1, "20.00")])

    def test_s07_a_sum_meets_the_hours_of_each_connection(self) -> None:
        both = connect("2026-03-02 19:00:00", 30), connect("2026-03-02 21:00:00", 30)
        self.assertEqual(fates(price(*both, measure=Measure.SUM)), "cB")
        self.assertEqual(fates(price(*both)), "ccBBB")

    def test_a_minimum_time_meets_the_hours_too(self) -> None:
        found = price(connect("2026-03-02 19:40:00", 5), minimum_seconds=HOUR)
        self.assertEqual(fates(found), "cB")
        self.assertEqual((found.measured_seconds, found.seconds), (300, HOUR))
        self.assertEqual((found.open_seconds, found.closed_seconds), (300, 0))

    def test_s03_a_fee_instead_of_block_one(self) -> None:
        cases = [
            ("2026-03-02 19:30:00", "instead", [("next_blocks", 1, "20.00")]),
            (
                "2026-03-02 19:30:00",
                "before",
                [("access_fee", 1, "45.00"), ("next_blocks", 1, "20.00")],
            ),
            (
                "2026-03-02 20:00:00",
                "instead",
                [("access_fee", 1, "45.00"), ("next_blocks", 1, "20.00")],
            ),
            ("2026-03-02 19:00:00", "before", []),
        ]
        for start, fee, expected in cases:
            with self.subTest(start, fee=fee):
                self.assertEqual(lines(price(connect(start, 60), access_fee=fee)), expected)

    def test_the_windows_that_were_met(self) -> None:
        found = price(connect("2026-03-07 15:30:00", 60))
        told = explain(found)
        (window,) = told["windows"]
        self.assertEqual((window["day"], window["from"], window["to"]), (5, 7 * HOUR, 16 * HOUR))
        self.assertEqual((window["date"], window["seconds"]), ("2026-03-07", HALF_HOUR))
        self.assertEqual((told["open_seconds"], told["closed_seconds"]), (HALF_HOUR, HALF_HOUR))
        self.assertEqual(
            told["blocks"],
            [
                {"fate": "covered", "after_hours": False, "blocks": 1},
                {"fate": "billed", "after_hours": True, "blocks": 1},
            ],
        )
        self.assertEqual(explain(price(connect("2026-03-08 18:00:00", 5)))["windows"], [])
        anytime = explain(price(connect("2026-03-08 18:00:00", 5), hours=None))
        self.assertIsNone(anytime["windows"])

    def test_a_night_of_clock_change(self) -> None:
        """On-call until 3:00: in spring that is one hour after 1:00, in autumn three."""
        nights = Coverage([Window(6, 0, 3 * HOUR)], PARIS)
        for day, hours_open in [("2026-03-29", 1), ("2026-10-25", 3)]:
            with self.subTest(day):
                found = price(
                    connect(f"{day} 01:00:00", 4 * 60, zone=PARIS), hours=nights.on("remote")
                )
                self.assertEqual(fates(found), "cc" * hours_open + "BB" * (4 - hours_open))
                self.assertEqual(found.open_seconds, hours_open * HOUR)


@tagged("post_install", "-at_install")
class TestSurcharge(BaseCase):
    """After hours: a percentage of the block's price, or the price of a product."""

    EVENING = "2026-03-02 19:30:00"
    NIGHT = "2026-03-02 20:00:00"

    def _lines(self, start: str, minutes: int, **changes: object) -> list[tuple[str, int, str]]:
        changes.setdefault("surcharge_percent", Decimal(50))
        changes.setdefault("surcharge", Surcharge.PERCENT)
        return lines(price(connect(start, minutes), **changes))

    def test_percent_of_the_price_of_each_block(self) -> None:
        owed = [("first_block", 1, "30.00"), ("next_blocks", 1, "20.00")]
        raised = [("after_hours_first", 1, "15.00"), ("after_hours_next", 1, "10.00")]
        self.assertEqual(self._lines(self.NIGHT, 60), [*owed, *raised])
        self.assertEqual(self._lines(self.EVENING, 60), [owed[1], raised[1]])
        self.assertEqual(self._lines(self.EVENING, 30), [])
        expected = [*owed, raised[1]]
        self.assertEqual(self._lines(self.EVENING, 60, included=False), expected)

    def test_a_product_per_block(self) -> None:
        found = self._lines(self.EVENING, 90, surcharge="product")
        self.assertEqual(found, [("next_blocks", 2, "40.00"), ("after_hours", 2, "24.00")])

    def test_percent_of_a_fee_that_stands_for_block_one(self) -> None:
        found = self._lines(self.NIGHT, 60, access_fee=AccessFee.INSTEAD)
        self.assertEqual(
            found,
            [
                ("access_fee", 1, "45.00"),
                ("next_blocks", 1, "20.00"),
                ("after_hours_fee", 1, "22.50"),
                ("after_hours_next", 1, "10.00"),
            ],
        )
        kinds = [kind for kind, *_ in self._lines(self.NIGHT, 30, access_fee=AccessFee.BEFORE)]
        self.assertEqual(kinds, ["access_fee", "first_block", "after_hours_first"])

    def test_percent_is_rounded_to_the_digits_of_prices(self) -> None:
        rule = replace(RULE, surcharge="percent", surcharge_percent=Decimal("33.333"))
        for digits, expected in [(2, "10.00"), (4, "9.9999")]:
            prices = UnitPrices(Decimal("30.00"), Decimal("20.00"), digits=digits)
            found = price_session(
                [connect(self.NIGHT, 10)], rule, prices, hours=PRISME.on("remote")
            )
            self.assertEqual(str(found.components[-1].unit_price), expected)

    def test_the_minimum_amount_counts_the_surcharge(self) -> None:
        found = self._lines(self.NIGHT, 10, minimum_amount=Decimal(50))
        self.assertEqual([amount for *_, amount in found], ["30.00", "15.00", "5.00"])

    def test_a_negative_percentage_is_refused(self) -> None:
        with self.assertRaises(SessionError):
            replace(RULE, surcharge_percent=Decimal(-1))


@tagged("post_install", "-at_install")
class TestAllowance(BaseCase):
    """Blocks that would be billed are drawn from what is left, included time first."""

    def _price(self, *left: int, **changes: object) -> SessionPrice:
        options = {"included": False, "hours": None, **changes}
        allowance = Allowance(*left)
        return price(connect("2026-03-02 19:00:00", 95), allowance=allowance, **options)

    def test_whole_blocks_in_order(self) -> None:
        cases = [
            (0, 0, "bbbb", "90.00"),
            (HALF_HOUR, 0, "ibbb", "60.00"),
            (HALF_HOUR - 1, 0, "bbbb", "90.00"),
            (HALF_HOUR - 1, HALF_HOUR, "pbbb", "60.00"),
            (2 * HALF_HOUR, HALF_HOUR, "iipb", "20.00"),
            (9 * HALF_HOUR, HALF_HOUR, "iiii", "0"),
            (0, 4 * HALF_HOUR, "pppp", "0"),
            (-HOUR, -HOUR, "bbbb", "90.00"),
        ]
        for included, prepaid, expected, amount in cases:
            with self.subTest(included=included, prepaid=prepaid):
                found = self._price(included, prepaid)
                self.assertEqual((fates(found), found.amount), (expected, Decimal(amount)))
                self.assertEqual(
                    (found.drawn_included_seconds, found.drawn_prepaid_seconds),
                    (expected.count("i") * HALF_HOUR, expected.count("p") * HALF_HOUR),
                )

    def test_a_drawn_session_shows_its_value(self) -> None:
        found = self._price(0, 4 * HALF_HOUR)
        self.assertEqual((found.reason, found.included), ("drawn", True))
        self.assertEqual(found.included_amount, Decimal("90.00"))
        self.assertEqual(explain(found)["drawn"], {"included": 0, "prepaid": 4 * HALF_HOUR})
        self.assertEqual(found.billed_seconds, 0)

    def test_covered_blocks_are_not_drawn(self) -> None:
        found = self._price(HOUR, 0, included=True, hours=PRISME.on("remote"))
        self.assertEqual(fates(found), "ccII")
        self.assertEqual(found.drawn_included_seconds, HOUR)

    def test_the_surcharge_of_a_drawn_block_is_owed(self) -> None:
        found = self._price(
            HOUR,
            0,
            included=True,
            hours=PRISME.on("remote"),
            surcharge="percent",
            surcharge_percent=Decimal(50),
            minimum_amount=Decimal(500),
        )
        self.assertEqual(lines(found), [("after_hours_next", 2, "20.00")])
        self.assertEqual((found.reason, found.included), ("billed", False))

    def test_no_fee_for_drawn_blocks(self) -> None:
        for fee in ("before", "instead"):
            self.assertEqual(lines(self._price(4 * HALF_HOUR, 0, access_fee=fee)), [])
        instead = lines(self._price(HALF_HOUR, 0, access_fee="instead"))
        self.assertEqual(instead, [("next_blocks", 3, "60.00")])

    def test_s06_blocks_of_several_workstations_are_drawn_by_the_clock(self) -> None:
        found = price(
            connect("2026-03-02 10:00:00", 60, "PC1"),
            connect("2026-03-02 10:10:00", 60, "PC2"),
            per_workstation=True,
            included=False,
            allowance=Allowance(HALF_HOUR, HALF_HOUR),
        )
        drawn = [(block.workstation, block.number, block.fate) for block in found.blocks]
        self.assertEqual(
            drawn,
            [
                ("PC1", 1, "included"),
                ("PC1", 2, "billed"),
                ("PC2", 1, "prepaid"),
                ("PC2", 2, "billed"),
            ],
        )


@tagged("post_install", "-at_install")
class TestResearch(BaseCase):
    """S23: time of research without a connection."""

    def test_s23_blocks_go_on_after_those_of_the_connections(self) -> None:
        found = price(
            connect("2026-03-02 10:00:00", 31), included=False, research_seconds=HALF_HOUR + 1
        )
        self.assertEqual([block.number for block in found.blocks], [1, 2, 3, 4])
        self.assertEqual(found.amount, Decimal("90.00"))
        self.assertEqual((found.measured_seconds, found.research_seconds), (3661, 1801))
        self.assertEqual(
            explain(found)["research"],
            {"seconds": 1801, "counted_seconds": 1801, "blocks": 2, "billed_blocks": 2},
        )
        self.assertIn("S23", explain(found)["rule"])

    def test_s23_research_alone_begins_with_the_first_block(self) -> None:
        found = price(included=False, research_seconds=60, access_fee="before")
        self.assertEqual(lines(found), [("access_fee", 1, "45.00"), ("first_block", 1, "30.00")])
        self.assertEqual((found.connected_seconds, found.measured_seconds), (0, 60))
        self.assertEqual(explain(found)["workstations"], [])

    def test_s23_covered_only_if_included_whatever_the_hour(self) -> None:
        night = connect("2026-03-02 22:00:00", 30)
        self.assertEqual(fates(price(night, research_seconds=60)), "Bc")
        self.assertEqual(fates(price(night, research_seconds=60, included=False)), "Bb")

    def test_a_minimum_time_is_for_research_alone(self) -> None:
        alone = price(included=False, research_seconds=60, minimum_seconds=HOUR)
        self.assertEqual((len(alone.blocks), alone.measured_seconds, alone.seconds), (2, 60, HOUR))
        connection = connect("2026-03-02 10:00:00", 5)
        beside = price(connection, included=False, research_seconds=60, minimum_seconds=HOUR)
        self.assertEqual(beside.seconds, HOUR + 60)

    def test_no_research_and_no_connection_is_refused(self) -> None:
        for seconds in (0, -5):
            with self.assertRaises(SessionError):
                price(research_seconds=seconds)


@tagged("post_install", "-at_install")
class TestReasons(BaseCase):
    """S08, S31 and the price set by a person: one structure."""

    NIGHT = connect("2026-03-02 19:30:00", 60)

    def test_s31_rework_under_warranty_owes_nothing(self) -> None:
        found = price(self.NIGHT, included=False, warranty=True, allowance=Allowance(HOUR, HOUR))
        self.assertEqual((found.reason, found.included, found.amount), ("warranty", True, 0))
        self.assertEqual((fates(found), found.billed_blocks, found.drawn_blocks), ("ww", 0, 0))
        self.assertEqual(found.included_amount, Decimal("50.00"))
        self.assertIn("S31", explain(found)["rule"])

    def test_s08_replaced_by_on_site_has_no_block(self) -> None:
        found = price(self.NIGHT, replaced=True)
        self.assertEqual((found.reason, found.blocks, found.amount), ("replaced_by_on_site", (), 0))
        self.assertEqual((found.measured_seconds, found.included), (HOUR, False))
        self.assertIsNone(explain(found)["windows"])

    def test_an_override_is_what_is_owed(self) -> None:
        found = price(self.NIGHT, override=Decimal("15.00"))
        self.assertEqual(lines(found), [("override", 1, "15.00")])
        self.assertEqual((found.reason, found.computed_amount), ("overridden", Decimal("20.00")))
        self.assertEqual(fates(found), "cB")
        told = explain(found)
        self.assertEqual((told["amount"], told["computed_amount"]), ("15.00", "20.00"))
        self.assertEqual([item["kind"] for item in told["computed_components"]], ["next_blocks"])

    def test_an_override_at_nothing_shows_the_value(self) -> None:
        found = price(self.NIGHT, included=False, override=Decimal(0))
        self.assertEqual((found.components, found.included), ((), True))
        self.assertEqual(found.included_amount, Decimal("50.00"))

    def test_an_override_leaves_the_draws(self) -> None:
        found = price(
            self.NIGHT, included=False, allowance=Allowance(HALF_HOUR), override=Decimal(5)
        )
        self.assertEqual((found.drawn_included_seconds, found.amount), (HALF_HOUR, 5))

    def test_an_override_goes_before_the_other_reasons(self) -> None:
        for reason in ("warranty", "replaced"):
            found = price(self.NIGHT, override=Decimal(5), **{reason: True})
            self.assertEqual(
                (found.reason, found.amount, found.computed_amount), ("overridden", 5, 0)
            )

    def test_a_negative_price_is_refused(self) -> None:
        with self.assertRaises(SessionError):
            price(self.NIGHT, override=Decimal(-1))


CONNECTIONS = st.lists(
    st.builds(
        lambda start, seconds, workstation: Connection(
            SATURDAY + timedelta(seconds=start),
            SATURDAY + timedelta(seconds=start + seconds),
            workstation,
        ),
        st.integers(0, 30 * HOUR),
        st.integers(1, 3 * HOUR),
        st.sampled_from(["", "PC1", "PC2"]),
    ),
    min_size=1,
    max_size=4,
)
AMOUNTS = st.decimals(0, 100, places=2)
ALL_PRICES = st.builds(UnitPrices, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
RULES = st.builds(
    TariffRule,
    block_seconds=st.sampled_from([900, HALF_HOUR, HOUR]),
    measure=st.sampled_from(Measure),
    per_workstation=st.booleans(),
    access_fee=st.sampled_from(AccessFee),
    minimum_seconds=st.sampled_from([0, HALF_HOUR, 5000]),
    minimum_amount=st.none() | AMOUNTS,
    surcharge=st.sampled_from(Surcharge),
    surcharge_percent=st.sampled_from([Decimal(0), Decimal("33.3"), Decimal(100)]),
)
ALLOWANCES = st.builds(Allowance, st.integers(0, 4 * HOUR), st.integers(0, 4 * HOUR))
OPTIONS = st.fixed_dictionaries(
    {
        "included": st.booleans(),
        "hours": st.sampled_from([None, PRISME.on("remote"), PRISME.on("on_site")]),
        "research_seconds": st.sampled_from([0, 1, HALF_HOUR, 5000]),
        "allowance": st.none() | ALLOWANCES,
        "warranty": st.booleans(),
    }
)


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    @FAST
    @given(CONNECTIONS, RULES, ALL_PRICES, OPTIONS)
    def test_every_block_and_every_second_is_accounted_for(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        options: dict[str, object],
    ) -> None:
        found = price_session(connections, rule, prices, **options)
        parts = (found.billed_blocks, found.covered_blocks, found.drawn_blocks)
        self.assertEqual(sum(parts) + found.warranty_blocks, len(found.blocks))
        self.assertEqual(
            found.open_seconds + found.closed_seconds + found.research_seconds,
            found.measured_seconds,
        )
        allowance = options["allowance"] or Allowance()
        self.assertLessEqual(found.drawn_included_seconds, allowance.included_seconds)
        self.assertLessEqual(found.drawn_prepaid_seconds, allowance.prepaid_seconds)
        self.assertEqual(bool(found.billed_blocks) <= bool(found.components), True)
        told = json.loads(json.dumps(explain(found)))
        self.assertEqual(told, explain(found))
        self.assertEqual(sum(group["blocks"] for group in told["blocks"]), len(found.blocks))
        counted = Counter(block.fate for block in found.blocks)
        self.assertEqual(counted["billed"], found.billed_blocks)

    @FAST
    @given(CONNECTIONS, RULES, ALL_PRICES, OPTIONS, st.integers(0, 3 * HOUR))
    def test_the_price_never_falls_with_the_duration(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        options: dict[str, object],
        more: int,
    ) -> None:
        *others, last = sorted(connections, key=lambda connection: connection.stop)
        longer = replace(last, stop=last.stop + timedelta(seconds=more))
        before = price_session(connections, rule, prices, **options)
        after = price_session([*others, longer], rule, prices, **options)
        self.assertLessEqual(before.amount, after.amount)
        self.assertLessEqual(before.drawn_blocks, after.drawn_blocks)

    @FAST
    @given(CONNECTIONS, RULES, ALL_PRICES, OPTIONS, st.integers(0, 3 * HOUR))
    def test_more_allowance_never_costs_more(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        options: dict[str, object],
        more: int,
    ) -> None:
        allowance = options.pop("allowance") or Allowance()
        larger = replace(allowance, prepaid_seconds=allowance.prepaid_seconds + more)
        before = price_session(connections, rule, prices, **options, allowance=allowance)
        after = price_session(connections, rule, prices, **options, allowance=larger)
        self.assertGreaterEqual(before.amount, after.amount)

    @FAST
    @given(CONNECTIONS, RULES, ALL_PRICES, OPTIONS, st.data())
    def test_a_cut_connection_costs_the_same(
        self,
        connections: list[Connection],
        rule: TariffRule,
        prices: UnitPrices,
        options: dict[str, object],
        data: st.DataObject,
    ) -> None:
        first, *others = connections
        middle = first.start + timedelta(seconds=data.draw(st.integers(0, first.seconds)))
        halves = [replace(first, stop=middle), replace(first, start=middle)]
        whole = price_session(connections, rule, prices, **options)
        self.assertEqual(price_session([*halves, *others], rule, prices, **options), whole)
