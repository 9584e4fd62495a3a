from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import index_file, revision
from odoo.addons.service_contract.tools.revision import Bounds, Chain, MissingValueError

FAST = settings(max_examples=80, deadline=None, derandomize=True)
PERCENTS = st.fractions(min_value=-50, max_value=50, max_denominator=1000)
PRICES = st.decimals(min_value=-5000, max_value=5000, places=2)
STEPS = st.sampled_from([Decimal(step) for step in ("0.01", "0.05", "0.1", "0.5", "1", "5")])
VALUES = st.decimals(min_value=1, max_value=1000, places=2)

SYNTEC = Chain(date(2022, 8, 1), Decimal("0.97975"))
PUBLISHED = {
    date(2021, 9, 1): Decimal("276.0"),
    date(2022, 7, 1): Decimal("284.0"),
    date(2022, 9, 1): Decimal("290.6"),
    date(2024, 9, 1): Decimal("313.2"),
    date(2025, 9, 1): Decimal("319.6"),
}


@tagged("post_install", "-at_install")
class TestIndexChange(BaseCase):
    def test_l17_worked_examples(self) -> None:
        """P1 = P0 × S1 / S0, with the coefficient where the base is of the old series."""
        cases = [
            ("a year", date(2024, 9, 1), date(2025, 9, 1), None, "100.00", "102.04"),
            ("several years", date(2022, 9, 1), date(2025, 9, 1), SYNTEC, "50.00", "54.99"),
            ("old series", date(2021, 9, 1), date(2022, 7, 1), SYNTEC, "100.00", "102.90"),
            ("over the chaining", date(2021, 9, 1), date(2025, 9, 1), SYNTEC, "100.00", "118.19"),
            ("without coefficient", date(2021, 9, 1), date(2025, 9, 1), None, "100.00", "115.80"),
            ("same month", date(2025, 9, 1), date(2025, 9, 1), SYNTEC, "39.00", "39.00"),
        ]
        for name, base, current, chain, price, expected in cases:
            with self.subTest(name):
                change = revision.index_change(PUBLISHED, base, current, chain)
                revised = revision.revised_price(Decimal(price), change, Decimal("0.01"))
                self.assertEqual(revised, Decimal(expected))

    def test_a_missing_month_is_named(self) -> None:
        cases = [
            (date(2020, 1, 1), date(2025, 9, 1), date(2020, 1, 1)),
            (date(2024, 9, 1), date(2026, 1, 1), date(2026, 1, 1)),
            (date(2020, 1, 1), date(2026, 1, 1), date(2020, 1, 1)),
        ]
        for base, current, missing in cases:
            with self.assertRaises(MissingValueError) as caught:
                revision.index_change(PUBLISHED, base, current)
            self.assertEqual(caught.exception.month, missing)

    def test_a_coefficient_is_above_zero(self) -> None:
        with self.assertRaises(ValueError):
            Chain(date(2022, 8, 1), Decimal(0))

    @FAST
    @given(VALUES, VALUES, VALUES)
    def test_steps_chain_into_the_whole(self, s0: Decimal, s1: Decimal, s2: Decimal) -> None:
        """Revising twice is revising once over the whole time, also across the chaining."""
        months = [date(2021, 1, 1), date(2022, 6, 1), date(2023, 1, 1)]
        values = dict(zip(months, (s0, s1, s2), strict=True))
        first, second, whole = (
            1 + revision.index_change(values, base, current, SYNTEC) / 100
            for base, current in (months[:2], months[1:], months[::2])
        )
        self.assertEqual(first * second, whole)


@tagged("post_install", "-at_install")
class TestIndexMonth(BaseCase):
    def test_which_month_counts(self) -> None:
        day = date(2026, 1, 31)
        cases = [
            ("latest", {}, date(2025, 9, 1)),
            ("lag", {"lag": 0}, date(2026, 1, 1)),
            ("lag", {"lag": 3}, date(2025, 10, 1)),
            ("lag", {"lag": 13}, date(2024, 12, 1)),
            ("month", {"month": 1}, date(2026, 1, 1)),
            ("month", {"month": 9}, date(2025, 9, 1)),
            ("month", {"month": 2}, date(2025, 2, 1)),
        ]
        for choice, options, expected in cases:
            with self.subTest(choice, **options):
                month = revision.index_month(choice, day, PUBLISHED, **options)
                self.assertEqual(month, expected)

    def test_later_values_do_not_count(self) -> None:
        found = revision.index_month("latest", date(2024, 12, 31), PUBLISHED)
        self.assertEqual(found, date(2024, 9, 1))

    def test_nothing_published_yet(self) -> None:
        with self.assertRaises(MissingValueError) as caught:
            revision.index_month("latest", date(2020, 3, 15), PUBLISHED)
        self.assertEqual(caught.exception.month, date(2020, 3, 1))

    @FAST
    @given(st.dates(date(2015, 1, 1), date(2035, 12, 31)), st.integers(1, 12))
    def test_a_named_month_lies_within_the_last_year(self, day: date, month: int) -> None:
        found = revision.index_month("month", day, (), month=month)
        self.assertEqual((found.month, found.day), (month, 1))
        self.assertLessEqual(found, day)
        self.assertLess(day - found, timedelta(days=366))


@tagged("post_install", "-at_install")
class TestBounds(BaseCase):
    def test_table(self) -> None:
        both = Bounds(Decimal(0), Decimal(5))
        cases = [
            ("inside", 3, both, 1, 3, None),
            ("on the cap", 5, both, 1, 5, None),
            ("over the cap", 7, both, 1, 5, "cap"),
            ("two years", 10, both, 2, 10, None),
            ("two years, over", 11, both, 2, Fraction("10.25"), "cap"),
            ("under the floor", -1, both, 1, 0, "floor"),
            ("no floor", -1, Bounds(cap=Decimal(5)), 1, -1, None),
            ("no cap", 20, Bounds(floor=Decimal(0)), 1, 20, None),
            ("a floor above zero", 0, Bounds(floor=Decimal(1)), 1, 1, "floor"),
            ("less than a year", 7, both, 0, 5, "cap"),
        ]
        for name, percent, bounds, years, expected, limit in cases:
            with self.subTest(name):
                change = revision.bounded(Fraction(percent), bounds, years)
                self.assertEqual((change.percent, change.limit), (expected, limit))
                self.assertEqual(change.unbounded, percent)

    def test_a_floor_above_the_cap_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            Bounds(Decimal(6), Decimal(5))

    @FAST
    @given(PERCENTS, st.integers(1, 5))
    def test_the_result_is_within_the_bounds(self, percent: Fraction, years: int) -> None:
        bounds = Bounds(Decimal(-2), Decimal(3))
        change = revision.bounded(percent, bounds, years)
        low, high = (revision.compounded(Decimal(bound), years) for bound in (-2, 3))
        self.assertTrue(low <= change.percent <= high)
        self.assertEqual(change.limit is None, change.percent == percent)


@tagged("post_install", "-at_install")
class TestPrice(BaseCase):
    def test_rounding_table(self) -> None:
        cases = [
            ("39.00", "2.0434", "0.01", "39.80"),
            ("39.00", "2.0434", "0.05", "39.80"),
            ("39.00", "2.0434", "0.10", "39.80"),
            ("39.00", "2.0434", "0.50", "40.00"),
            ("39.00", "2.0434", "1", "40"),
            ("0.10", "5", "0.01", "0.11"),
            ("-0.10", "5", "0.01", "-0.11"),
            ("-39.00", "2.0434", "0.01", "-39.80"),
            ("0", "5", "0.01", "0"),
        ]
        for price, percent, step, expected in cases:
            with self.subTest(price=price, percent=percent, step=step):
                revised = revision.revised_price(Decimal(price), Fraction(percent), Decimal(step))
                self.assertEqual(revised, Decimal(expected))

    def test_rounding_does_not_lead_over_the_cap(self) -> None:
        cases = [("5.00", "1.5", "5.07"), ("0.50", "1.2", "0.50"), ("-5.00", "1.5", "-5.07")]
        for price, percent, expected in cases:
            revised = revision.revised_price(
                Decimal(price), Fraction(percent), Decimal("0.01"), Fraction("1.5")
            )
            self.assertEqual(revised, Decimal(expected))

    def test_rounding_does_not_lead_under_the_floor(self) -> None:
        """“0: prices never go down”, whatever they are rounded to; the cap is stronger."""
        cases = [
            ("39.97", "0", "0.05", "0", None, "40.00"),
            ("39.97", "0.1", "1", "0", None, "40"),
            ("-39.97", "0", "0.05", "0", None, "-40.00"),
            ("40.00", "0", "0.05", "0", None, "40.00"),
            ("40.20", "0.2", "1", "0", None, "41"),
            ("40.20", "0.2", "1", "0", "1.5", "40"),
            ("40.20", "-1", "0.5", "-1", None, "40.0"),
        ]
        for price, percent, step, floor, cap, expected in cases:
            with self.subTest(price=price, percent=percent, cap=cap):
                revised = revision.revised_price(
                    Decimal(price),
                    Fraction(percent),
                    Decimal(step),
                    cap and Fraction(cap),
                    Fraction(floor),
                )
                self.assertEqual(revised, Decimal(expected))

    def test_a_step_is_above_zero(self) -> None:
        with self.assertRaises(ValueError):
            revision.revised_price(Decimal(1), Fraction(1), Decimal(0))

    @FAST
    @given(PRICES, PERCENTS, STEPS)
    def test_the_price_is_the_nearest_step(
        self, price: Decimal, percent: Fraction, step: Decimal
    ) -> None:
        revised = revision.revised_price(price, percent, step)
        exact = Fraction(price) * (1 + percent / 100)
        self.assertEqual(Fraction(revised) % Fraction(step), 0)
        self.assertLessEqual(abs(Fraction(revised) - exact), Fraction(step) / 2)
        mirrored = revision.revised_price(-price, percent, step)
        self.assertEqual(mirrored, -revised)

    def test_a_fixed_percentage_compounds(self) -> None:
        self.assertEqual(revision.compounded(Decimal("2"), 0), 0)
        self.assertEqual(float(revision.compounded(Decimal("2.5"), 2)), 5.0625)

    def test_years(self) -> None:
        start = date(2024, 2, 29)
        cases = [(date(2023, 1, 1), 0), (date(2025, 2, 28), 1), (date(2028, 2, 28), 3)]
        for end, expected in cases:
            self.assertEqual(revision.years_between(start, end), expected)


@tagged("post_install", "-at_install")
class TestIndexFile(BaseCase):
    def test_lines_as_they_come(self) -> None:
        cases = [
            ("2025-09-01;319.6", "2025-09-01", "319.6"),
            ("2025-09;319,6", "2025-09-01", "319.6"),
            ("30/09/2025;319,6;provisional", "2025-09-01", "319.6"),
            ('"09/2025";"319,6"', "2025-09-01", "319.6"),
            ("09.2025\t1 319,60", "2025-09-01", "1319.60"),
        ]
        for line, month, value in cases:
            with self.subTest(line):
                values, bad = index_file.read_values(line)
                self.assertFalse(bad)
                found = [(value.month.isoformat(), str(value.value)) for value in values]
                self.assertEqual(found, [(month, value)])

    def test_bad_lines_are_told_by_number_and_reason(self) -> None:
        text = (
            "Mois;Indice\n\n09/2025;319,6\n10/2025\n31/02/2025;1\n11/2025;?\n12/2025;0\n09/2025;1"
        )
        values, bad = index_file.read_values(text)
        self.assertEqual([value.line for value in values], [3])
        self.assertEqual(
            [(line.line, line.fault) for line in bad],
            [(4, "columns"), (5, "date"), (6, "value"), (7, "not_positive"), (8, "twice")],
        )

    def test_only_the_first_line_may_be_titles(self) -> None:
        _values, bad = index_file.read_values("Mois;Indice\nMois;Indice")
        self.assertEqual([line.line for line in bad], [2])

    @FAST
    @given(st.text(max_size=60))
    def test_any_text_is_read_or_reported(self, text: str) -> None:
        values, bad = index_file.read_values(text)
        self.assertEqual(len({value.month for value in values}), len(values))
        self.assertTrue(all(line.text.strip() for line in bad))

    @FAST
    @given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), VALUES)
    def test_what_is_written_is_read(self, day: date, value: Decimal) -> None:
        for separator in (".", ","):
            line = f"{day:%d/%m/%Y};{str(value).replace('.', separator)}"
            values, _bad = index_file.read_values(line)
            self.assertEqual([(v.month, v.value) for v in values], [(day.replace(day=1), value)])
