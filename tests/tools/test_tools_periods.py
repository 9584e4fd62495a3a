from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import periods
from odoo.addons.service_contract.tools.periods import Period

FAST = settings(max_examples=80, deadline=None, derandomize=True)
CENT = Decimal("0.01")
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
INTERVALS = st.sampled_from([1, 2, 3, 6, 12])

CUTS = st.sets(st.integers(1, 27), max_size=6)

JAN_1, JAN_31 = date(2026, 1, 1), date(2026, 1, 31)
FEB_1, MAR_1, APR_1 = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)


def due(*args: object, **kwargs: object) -> list[tuple[date, date]]:
    """Return the bounds of the due periods."""
    owed = periods.due_periods(*args, **kwargs)
    return [(item.period.start, item.period.end) for item in owed]


def tiles(whole: Period, cuts: set[int]) -> list[Period]:
    """Return the parts of a period that is cut after some of its days."""
    inner = (whole.start + timedelta(days=cut) for cut in sorted(cuts))
    return [Period(*bounds) for bounds in pairwise([whole.start, *inner, whole.end])]


@tagged("post_install", "-at_install")
class TestPeriod(BaseCase):
    def test_a_period_holds_a_day_at_least(self) -> None:
        self.assertEqual(Period(JAN_1, JAN_1 + timedelta(days=1)).days, 1)
        for end in (JAN_1, JAN_1 - timedelta(days=1)):
            with self.subTest(end), self.assertRaises(ValueError):
                Period(JAN_1, end)

    def test_last_day_is_inclusive(self) -> None:
        self.assertEqual(Period(FEB_1, MAR_1).last_day, date(2026, 2, 28))

    def test_touching_periods_share_nothing(self) -> None:
        january, february = Period(JAN_1, FEB_1), Period(FEB_1, MAR_1)
        self.assertFalse(january.overlaps(february))
        self.assertFalse(february.overlaps(january))
        self.assertIsNone(january.intersection(february))

    def test_intersection_is_what_both_hold(self) -> None:
        winter, middle = Period(JAN_1, MAR_1), Period(JAN_31, APR_1)
        self.assertTrue(winter.overlaps(middle))
        self.assertEqual(winter.intersection(middle), Period(JAN_31, MAR_1))
        self.assertEqual(middle.intersection(winter), Period(JAN_31, MAR_1))
        self.assertEqual(winter.intersection(winter), winter)

    def test_subtract(self) -> None:
        winter = Period(JAN_1, MAR_1)
        cases = [
            ([], [(JAN_1, MAR_1)]),
            ([Period(JAN_1, MAR_1)], []),
            ([Period(date(2025, 1, 1), APR_1)], []),
            ([Period(MAR_1, APR_1)], [(JAN_1, MAR_1)]),
            ([Period(date(2025, 12, 1), JAN_31)], [(JAN_31, MAR_1)]),
            ([Period(JAN_31, FEB_1)], [(JAN_1, JAN_31), (FEB_1, MAR_1)]),
            ([Period(JAN_1, JAN_31), Period(JAN_31, FEB_1)], [(FEB_1, MAR_1)]),
            ([Period(JAN_1, FEB_1), Period(JAN_1, JAN_31)], [(FEB_1, MAR_1)]),
            ([Period(FEB_1, APR_1)], [(JAN_1, FEB_1)]),
        ]
        for taken, expected in cases:
            with self.subTest(taken):
                left = periods.subtract(winter, taken)
                self.assertEqual([(part.start, part.end) for part in left], expected)


@tagged("post_install", "-at_install")
class TestGrid(BaseCase):
    def test_add_months(self) -> None:
        cases = [
            (date(2026, 1, 15), 0, date(2026, 1, 15)),
            (date(2026, 1, 15), 12, date(2027, 1, 15)),
            (date(2026, 12, 31), 2, date(2027, 2, 28)),
            (date(2027, 12, 31), 2, date(2028, 2, 29)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2024, 2, 29), 48, date(2028, 2, 29)),
            (date(2026, 3, 31), -1, date(2026, 2, 28)),
            (date(2026, 1, 1), -1, date(2025, 12, 1)),
            (date(2026, 1, 1), -13, date(2024, 12, 1)),
        ]
        for anchor, months, expected in cases:
            with self.subTest(anchor=anchor, months=months):
                self.assertEqual(periods.add_months(anchor, months), expected)

    def test_a_start_on_the_31st_never_drifts(self) -> None:
        starts = [periods.period(JAN_31, 1, index).start for index in range(13)]
        self.assertEqual(
            [start.day for start in starts], [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31]
        )

    def test_index_at_clamped_month_ends(self) -> None:
        cases = [
            (JAN_31, 1, date(2026, 1, 30), -1),
            (JAN_31, 1, JAN_31, 0),
            (JAN_31, 1, date(2026, 2, 27), 0),
            (JAN_31, 1, date(2026, 2, 28), 1),
            (JAN_31, 1, date(2026, 3, 30), 1),
            (JAN_31, 1, date(2026, 3, 31), 2),
            (JAN_31, 3, date(2026, 4, 29), 0),
            (JAN_31, 3, date(2026, 4, 30), 1),
            (JAN_31, 12, date(2025, 1, 31), -1),
            (JAN_31, 12, date(2025, 1, 30), -2),
            (date(2024, 2, 29), 12, date(2025, 2, 27), 0),
            (date(2024, 2, 29), 12, date(2025, 2, 28), 1),
            (date(2024, 2, 29), 12, date(2028, 2, 28), 3),
            (date(2024, 2, 29), 12, date(2028, 2, 29), 4),
        ]
        for anchor, interval, day, expected in cases:
            with self.subTest(anchor=anchor, interval=interval, day=day):
                self.assertEqual(periods.period_index(anchor, interval, day), expected)

    def test_an_interval_holds_a_month_at_least(self) -> None:
        for months in (0, -1):
            with self.subTest(months), self.assertRaises(ValueError):
                periods.period(JAN_1, months, 0)
            with self.subTest(months), self.assertRaises(ValueError):
                periods.period_index(JAN_1, months, JAN_1)
            with self.subTest(months), self.assertRaises(ValueError):
                periods.price_periods(1, months)

    @FAST
    @given(DAYS, INTERVALS, DAYS)
    def test_the_period_of_a_day_contains_it(self, anchor: date, interval: int, day: date) -> None:
        found = periods.period(anchor, interval, periods.period_index(anchor, interval, day))
        self.assertLessEqual(found.start, day)
        self.assertLess(day, found.end)

    @FAST
    @given(DAYS, INTERVALS, st.integers(-40, 40))
    def test_the_grid_has_no_gap(self, anchor: date, interval: int, index: int) -> None:
        here, there = (periods.period(anchor, interval, index + step) for step in (0, 1))
        self.assertEqual(here.end, there.start)

    def test_periods_between(self) -> None:
        cases = [
            (JAN_1, JAN_1, []),
            (FEB_1, JAN_1, []),
            (JAN_1, FEB_1, [0]),
            (JAN_31, FEB_1, [0]),
            (JAN_31, date(2026, 2, 2), [0, 1]),
            (date(2025, 12, 31), JAN_31, [-1, 0]),
        ]
        for start, end, expected in cases:
            with self.subTest(start=start, end=end):
                found = periods.periods_between(JAN_1, 1, start, end)
                self.assertEqual([index for index, _ in found], expected)

    @FAST
    @given(DAYS, INTERVALS, DAYS, st.integers(1, 800))
    def test_periods_between_are_those_that_overlap(
        self, anchor: date, interval: int, start: date, days: int
    ) -> None:
        asked = Period(start, start + timedelta(days=days))
        found = list(periods.periods_between(anchor, interval, asked.start, asked.end))
        first, last = found[0][0], found[-1][0]
        self.assertEqual([index for index, _ in found], list(range(first, last + 1)))
        self.assertTrue(all(whole.overlaps(asked) for _, whole in found))
        for outside in (first - 1, last + 1):
            self.assertFalse(periods.period(anchor, interval, outside).overlaps(asked))


@tagged("post_install", "-at_install")
class TestProration(BaseCase):
    def test_prorated_fraction(self) -> None:
        january = Period(JAN_1, FEB_1)
        cases = [
            (january, Fraction(1)),
            (Period(date(2025, 12, 1), MAR_1), Fraction(1)),
            (Period(JAN_1, date(2026, 1, 2)), Fraction(1, 31)),
            (Period(JAN_31, MAR_1), Fraction(1, 31)),
            (Period(FEB_1, MAR_1), Fraction(0)),
        ]
        for part, expected in cases:
            with self.subTest(part):
                self.assertEqual(periods.prorated_fraction(part, january), expected)

    @FAST
    @given(DAYS, INTERVALS, CUTS)
    def test_parts_that_tile_the_whole_add_up_to_one(
        self, anchor: date, interval: int, cuts: set[int]
    ) -> None:
        whole = periods.period(anchor, interval, 0)
        shares = [periods.prorated_fraction(part, whole) for part in tiles(whole, cuts)]
        self.assertEqual(sum(shares), 1)

    def test_prorated_amount(self) -> None:
        january = Period(JAN_1, FEB_1)
        first_half, last_day = Period(JAN_1, date(2026, 1, 16)), Period(JAN_31, FEB_1)
        cases = [
            (january, "31.00", "0.01", "31.00"),
            (first_half, "31.00", "0.01", "15.00"),
            (first_half, "0.31", "0.1", "0.2"),
            (last_day, "10.00", "0.01", "0.32"),
            (last_day, "-10.00", "0.01", "-0.32"),
        ]
        for part, amount, step, expected in cases:
            with self.subTest(part=part, amount=amount):
                found = periods.prorated_amount(Decimal(amount), part, january, Decimal(step))
                self.assertEqual(found, Decimal(expected))

    @FAST
    @given(DAYS, INTERVALS, CUTS, st.decimals(-1000, 1000, places=2))
    def test_amounts_that_tile_the_whole_add_up_to_the_cent(
        self, anchor: date, interval: int, cuts: set[int], amount: Decimal
    ) -> None:
        whole = periods.period(anchor, interval, 0)
        for sign in (1, -1):
            shares = [
                periods.prorated_amount(sign * amount, part, whole, CENT)
                for part in tiles(whole, cuts)
            ]
            self.assertEqual(sum(shares), sign * amount)

    def test_share_amount(self) -> None:
        cases = [
            ("120.00", "1/12", 0, "10.00"),
            ("100.00", "1/12", 0, "8.33"),
            ("100.00", "1/12", 1, "8.34"),
            ("100.00", "1/12", 12, "8.33"),
            ("-100.00", "1/12", 1, "-8.34"),
            ("0.01", "1/4", 0, "0.00"),
            ("0.01", "1/4", 1, "0.01"),
        ]
        for amount, share, index, expected in cases:
            with self.subTest(amount=amount, share=share, index=index):
                found = periods.share_amount(Decimal(amount), Fraction(share), index, CENT)
                self.assertEqual(found, Decimal(expected))

    @FAST
    @given(
        st.integers(-5, 5),
        st.sampled_from([2, 3, 4, 12]),
        st.decimals(-1000, 1000, places=3),
    )
    def test_shares_of_every_term_add_up(self, term: int, count: int, amount: Decimal) -> None:
        rounded = (amount / CENT).quantize(Decimal(1), "ROUND_HALF_UP") * CENT
        shares = [
            periods.share_amount(amount, Fraction(1, count), term * count + index, CENT)
            for index in range(count)
        ]
        self.assertEqual(sum(shares), rounded)

    def test_price_periods(self) -> None:
        cases = [(1, 1, 1), (3, 1, 3), (12, 1, 12), (1, 12, Fraction(1, 12)), (6, 12, "1/2")]
        for interval, price, expected in cases:
            with self.subTest(interval=interval, price=price):
                self.assertEqual(periods.price_periods(interval, price), Fraction(expected))


@tagged("post_install", "-at_install")
class TestDuePeriods(BaseCase):
    def test_in_advance_a_period_is_due_on_its_first_day(self) -> None:
        self.assertEqual(due(JAN_1, 1, JAN_1, None, date(2025, 12, 31), True), [])
        self.assertEqual(due(JAN_1, 1, JAN_1, None, JAN_1, True), [(JAN_1, FEB_1)])
        self.assertEqual(due(JAN_1, 1, JAN_1, None, JAN_31, True), [(JAN_1, FEB_1)])

    def test_in_arrears_a_period_is_due_the_day_after_its_last(self) -> None:
        self.assertEqual(due(JAN_1, 1, JAN_1, None, JAN_31, False), [])
        self.assertEqual(due(JAN_1, 1, JAN_1, None, FEB_1, False), [(JAN_1, FEB_1)])

    def test_a_backlog_is_due_whole(self) -> None:
        self.assertEqual(len(due(JAN_31, 1, JAN_31, None, date(2026, 12, 31), True)), 12)

    def test_a_line_that_starts_late_follows_its_start(self) -> None:
        late = date(2026, 1, 11)
        self.assertEqual(due(JAN_1, 1, late, None, date(2026, 1, 10), True), [])
        (owed,) = periods.due_periods(JAN_1, 1, late, None, late, True)
        self.assertEqual(owed.period, Period(late, FEB_1))
        self.assertEqual(owed.whole, Period(JAN_1, FEB_1))
        self.assertEqual(owed.fraction, Fraction(21, 31))

    def test_a_line_that_ends_early_is_due_at_its_end(self) -> None:
        end = date(2026, 2, 15)
        parts = [(JAN_1, FEB_1), (FEB_1, end)]
        self.assertEqual(due(JAN_1, 1, JAN_1, end, APR_1, True), parts)
        self.assertEqual(due(JAN_1, 1, JAN_1, end, end, False), parts)
        self.assertEqual(due(JAN_1, 1, JAN_1, end, date(2026, 2, 14), False), parts[:1])

    def test_line_end_is_exclusive(self) -> None:
        self.assertEqual(due(JAN_1, 1, JAN_1, FEB_1, APR_1, True), [(JAN_1, FEB_1)])

    def test_a_line_that_never_lived_owes_nothing(self) -> None:
        for end in (JAN_31, JAN_1):
            with self.subTest(end):
                self.assertEqual(due(JAN_1, 1, JAN_31, end, APR_1, True), [])

    def test_billed_already_up_to_after(self) -> None:
        middle = date(2026, 1, 16)
        cases = [
            (JAN_1, [(JAN_1, FEB_1), (FEB_1, MAR_1)]),
            (date(2025, 6, 1), [(JAN_1, FEB_1), (FEB_1, MAR_1)]),
            (middle, [(middle, FEB_1), (FEB_1, MAR_1)]),
            (FEB_1, [(FEB_1, MAR_1)]),
            (MAR_1, []),
        ]
        for after, expected in cases:
            with self.subTest(after):
                self.assertEqual(due(JAN_1, 1, JAN_1, None, FEB_1, True, after=after), expected)

    def test_a_line_before_the_anchor_is_on_the_same_grid(self) -> None:
        (owed,) = periods.due_periods(FEB_1, 1, JAN_1, FEB_1, FEB_1, True)
        self.assertEqual((owed.index, owed.fraction), (-1, 1))

    @FAST
    @given(DAYS, INTERVALS, st.integers(0, 90), st.integers(1, 900), st.booleans())
    def test_a_life_is_billed_once_and_whole(
        self, anchor: date, interval: int, delay: int, days: int, in_advance: bool
    ) -> None:
        start = anchor + timedelta(days=delay)
        end = start + timedelta(days=days)
        parts = due(anchor, interval, start, end, end, in_advance)
        self.assertEqual((parts[0][0], parts[-1][1]), (start, end))
        self.assertTrue(all(here[1] == there[0] for here, there in pairwise(parts)))

    @FAST
    @given(DAYS, INTERVALS, st.integers(0, 90), st.integers(0, 500), st.booleans())
    def test_two_runs_bill_what_one_would(
        self, anchor: date, interval: int, delay: int, days: int, in_advance: bool
    ) -> None:
        start = anchor + timedelta(days=delay)
        middle = start + timedelta(days=days)
        end = middle + timedelta(days=200)
        first = due(anchor, interval, start, None, middle, in_advance)
        after = first[-1][1] if first else None
        second = due(anchor, interval, start, None, end, in_advance, after=after)
        self.assertEqual(first + second, due(anchor, interval, start, None, end, in_advance))
