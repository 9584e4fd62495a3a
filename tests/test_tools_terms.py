from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import terms
from odoo.addons.service_contract.tools.periods import Period
from odoo.addons.service_contract.tools.terms import Notice

FAST = settings(max_examples=80, deadline=None, derandomize=True)
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
NOTICES = st.builds(Notice, st.integers(0, 12), st.sampled_from(["day", "month"]))

JAN_1, JAN_31 = date(2026, 1, 1), date(2026, 1, 31)


@tagged("post_install", "-at_install")
class TestTerm(BaseCase):
    def test_s35_commitments_of_the_reference_offer(self) -> None:
        cases = [
            ("IP access, copper and fibre", 36, 12, 0, JAN_1, date(2029, 1, 1)),
            ("IP access, copper and fibre", 36, 12, 1, date(2029, 1, 1), date(2030, 1, 1)),
            ("IP access, cellular", 3, 1, 0, JAN_1, date(2026, 4, 1)),
            ("IP access, cellular", 3, 1, 2, date(2026, 5, 1), date(2026, 6, 1)),
            ("IP telephony", 24, 12, 0, JAN_1, date(2028, 1, 1)),
            ("IP telephony", 24, 12, 3, date(2030, 1, 1), date(2031, 1, 1)),
        ]
        for name, initial, tacit, number, start, end in cases:
            with self.subTest(name, number=number):
                self.assertEqual(terms.term(JAN_1, initial, tacit, number), Period(start, end))

    def test_renewals_from_the_31st_do_not_drift(self) -> None:
        ends = [terms.term(JAN_31, 1, 1, number).end for number in range(4)]
        self.assertEqual(
            ends, [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
        )

    def test_l05_a_renewal_without_a_duration_is_refused(self) -> None:
        self.assertEqual(terms.term(JAN_1, 12, 0, 0).end, date(2027, 1, 1))
        with self.assertRaisesRegex(ValueError, "L05"):
            terms.term(JAN_1, 12, 0, 1)
        with self.assertRaisesRegex(ValueError, "L05"):
            terms.term_number(JAN_1, 12, 0, date(2027, 1, 1))

    def test_without_an_initial_duration_there_is_no_commitment(self) -> None:
        with self.assertRaisesRegex(ValueError, "no commitment"):
            terms.term(JAN_1, 0, 12, 0)
        with self.assertRaisesRegex(ValueError, "no commitment"):
            terms.term_number(JAN_1, 0, 12, JAN_1)

    def test_terms_are_numbered_from_zero(self) -> None:
        with self.assertRaises(ValueError):
            terms.term(JAN_1, 12, 12, -1)

    def test_term_number(self) -> None:
        cases = [
            (JAN_31, 0),
            (date(2026, 4, 29), 0),
            (date(2026, 4, 30), 1),
            (date(2026, 5, 30), 1),
            (date(2026, 5, 31), 2),
        ]
        for day, expected in cases:
            with self.subTest(day):
                self.assertEqual(terms.term_number(JAN_31, 3, 1, day), expected)

    def test_no_term_before_the_anchor(self) -> None:
        with self.assertRaises(ValueError):
            terms.term_number(JAN_31, 3, 1, date(2026, 1, 30))

    @FAST
    @given(DAYS, st.integers(1, 36), st.integers(1, 12), st.integers(0, 3000))
    def test_the_term_of_a_day_contains_it(
        self, anchor: date, initial: int, tacit: int, days: int
    ) -> None:
        day = anchor + timedelta(days=days)
        number = terms.term_number(anchor, initial, tacit, day)
        found = terms.term(anchor, initial, tacit, number)
        self.assertTrue(found.start <= day < found.end)

    @FAST
    @given(DAYS, st.integers(1, 36), st.integers(1, 12), st.integers(0, 20))
    def test_terms_have_no_gap(self, anchor: date, initial: int, tacit: int, number: int) -> None:
        here, there = (terms.term(anchor, initial, tacit, number + step) for step in (0, 1))
        self.assertEqual(here.end, there.start)


@tagged("post_install", "-at_install")
class TestRefusalDeadline(BaseCase):
    def test_l01_last_day_to_refuse(self) -> None:
        cases = [
            (date(2026, 12, 31), Notice(1, "month"), date(2026, 11, 30)),
            (date(2026, 6, 30), Notice(3, "month"), date(2026, 3, 31)),
            (date(2026, 3, 30), Notice(1, "month"), date(2026, 2, 27)),
            (date(2028, 3, 31), Notice(1, "month"), date(2028, 2, 29)),
            (date(2026, 2, 27), Notice(1, "month"), date(2026, 1, 27)),
            (date(2026, 12, 31), Notice(0, "month"), date(2026, 12, 31)),
        ]
        for end, notice, expected in cases:
            with self.subTest(end=end, notice=notice):
                self.assertEqual(terms.refusal_deadline(end, notice), expected)

    def test_l04_ten_days_notice(self) -> None:
        ten_days = Notice(10, "day")
        self.assertEqual(terms.refusal_deadline(date(2026, 1, 5), ten_days), date(2025, 12, 26))

    def test_a_notice_is_positive_and_of_a_known_unit(self) -> None:
        for count, unit in [(-1, "month"), (1, "week")]:
            with self.subTest(unit), self.assertRaises(ValueError):
                Notice(count, unit)

    @FAST
    @given(DAYS, NOTICES)
    def test_a_longer_notice_never_comes_later(self, end: date, notice: Notice) -> None:
        longer = Notice(notice.count + 1, notice.unit)
        deadline = terms.refusal_deadline(end, notice)
        self.assertLessEqual(deadline, end)
        self.assertLess(terms.refusal_deadline(end, longer), deadline)


@tagged("post_install", "-at_install")
class TestNoticeWindow(BaseCase):
    def _assert_window(self, deadline: date, start: date, *expected: object) -> None:
        window = terms.notice_window(deadline, start)
        found = (window.opens, window.closes, window.shortened, window.late)
        self.assertEqual(found, expected)

    def test_l01_three_months_to_one_month_before_the_deadline(self) -> None:
        cases = [
            (date(2026, 11, 30), date(2026, 8, 30), date(2026, 10, 30)),
            (date(2026, 5, 31), date(2026, 2, 28), date(2026, 4, 30)),
            (date(2027, 1, 15), date(2026, 10, 15), date(2026, 12, 15)),
        ]
        for deadline, opens, closes in cases:
            with self.subTest(deadline):
                self._assert_window(deadline, date(2026, 1, 1), opens, closes, False, False)

    def test_a_term_that_starts_in_the_window_shortens_it(self) -> None:
        deadline = date(2026, 11, 30)
        cases = [
            (date(2026, 8, 30), date(2026, 8, 30), False),
            (date(2026, 8, 31), date(2026, 8, 31), True),
            (date(2026, 10, 30), date(2026, 10, 30), True),
        ]
        for start, opens, shortened in cases:
            with self.subTest(start):
                self._assert_window(deadline, start, opens, date(2026, 10, 30), shortened, False)

    def test_a_term_that_starts_after_the_legal_close_leaves_its_first_day(self) -> None:
        start = date(2026, 10, 31)
        self._assert_window(date(2026, 11, 30), start, start, start, True, True)

    def test_s35_one_month_terms_with_a_month_of_notice(self) -> None:
        june = terms.term(JAN_1, 3, 1, 3)
        deadline = terms.refusal_deadline(june.last_day, Notice(1, "month"))
        self.assertEqual((june.start, deadline), (date(2026, 6, 1), date(2026, 5, 31)))
        self._assert_window(deadline, june.start, deadline, deadline, True, True)

    @FAST
    @given(DAYS, st.integers(1, 36), st.integers(1, 12), st.integers(0, 5), NOTICES)
    def test_a_window_opens_then_closes_before_the_deadline(
        self, anchor: date, initial: int, tacit: int, number: int, notice: Notice
    ) -> None:
        period = terms.term(anchor, initial, tacit, number)
        deadline = terms.refusal_deadline(period.last_day, notice)
        window = terms.notice_window(deadline, period.start)
        self.assertTrue(window.opens <= window.closes <= deadline)
        self.assertTrue(window.opens >= period.start or deadline < period.start)
        self.assertTrue(window.shortened or not window.late)
