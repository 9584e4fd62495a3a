from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import terms
from odoo.addons.service_contract.tools.periods import Period, add_months
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


@tagged("post_install", "-at_install")
class TestAnotherCalendar(BaseCase):
    """The core beside another calendar, whose months are clamped by ``dateutil``."""

    def test_l01_worked_examples_from_the_term_to_the_window(self) -> None:
        """L01: (term's last day, notice) → last day to refuse, window to inform."""
        month, ten_days = Notice(1, "month"), Notice(10, "day")
        cases = [
            ("2026-12-31", month, "2026-11-30", "2026-08-30", "2026-10-30"),
            ("2026-06-30", Notice(3, "month"), "2026-03-31", "2025-12-31", "2026-02-28"),
            ("2028-06-30", Notice(3, "month"), "2028-03-31", "2027-12-31", "2028-02-29"),
            ("2026-02-28", month, "2026-01-31", "2025-10-31", "2025-12-31"),
            ("2028-02-28", month, "2028-01-28", "2027-10-28", "2027-12-28"),
            ("2028-02-29", month, "2028-01-31", "2027-10-31", "2027-12-31"),
            ("2026-03-31", month, "2026-02-28", "2025-11-28", "2026-01-28"),
            ("2028-03-31", month, "2028-02-29", "2027-11-29", "2028-01-29"),
            ("2026-07-30", month, "2026-06-29", "2026-03-29", "2026-05-29"),
            ("2026-08-31", Notice(2, "month"), "2026-06-30", "2026-03-30", "2026-05-30"),
            ("2026-03-05", ten_days, "2026-02-23", "2025-11-23", "2026-01-23"),
            ("2026-12-31", Notice(0, "day"), "2026-12-31", "2026-09-30", "2026-11-30"),
        ]
        for end, notice, deadline, opens, closes in cases:
            with self.subTest(end=end, notice=notice):
                found = terms.refusal_deadline(date.fromisoformat(end), notice)
                window = terms.notice_window(found, date(2020, 1, 1))
                days = [day.isoformat() for day in (found, window.opens, window.closes)]
                self.assertEqual(days, [deadline, opens, closes])

    def test_s35_terms_from_days_that_months_lack(self) -> None:
        """Start, durations → last days of the first terms."""
        cases = [
            ("2028-02-29", 12, 12, ["2029-02-27", "2030-02-27", "2031-02-27", "2032-02-28"]),
            ("2026-08-31", 3, 1, ["2026-11-29", "2026-12-30", "2027-01-30", "2027-02-27"]),
            ("2027-11-30", 3, 1, ["2028-02-28", "2028-03-29", "2028-04-29", "2028-05-29"]),
            ("2026-12-31", 36, 12, ["2029-12-30", "2030-12-30", "2031-12-30", "2032-12-30"]),
        ]
        for start, initial, tacit, ends in cases:
            with self.subTest(start):
                anchor = date.fromisoformat(start)
                found = [terms.term(anchor, initial, tacit, number).last_day for number in range(4)]
                self.assertEqual([day.isoformat() for day in found], ends)

    def test_s35_window_of_three_and_one_months(self) -> None:
        """3 + 1 months: the window opens with the term; a renewed month leaves no lawful day."""
        cases = [
            (0, Notice(1, "month"), "2026-01-31", "2026-02-28", True, False),
            (0, Notice(15, "day"), "2026-01-31", "2026-03-14", True, False),
            (1, Notice(15, "day"), "2026-04-30", "2026-04-30", True, True),
            (1, Notice(1, "month"), "2026-04-29", "2026-04-29", True, True),
        ]
        for number, notice, opens, closes, shortened, late in cases:
            with self.subTest(number=number, notice=notice):
                period = terms.term(JAN_31, 3, 1, number)
                deadline = terms.refusal_deadline(period.last_day, notice)
                window = terms.notice_window(deadline, period.start)
                found = (window.opens.isoformat(), window.closes.isoformat())
                self.assertEqual(found, (opens, closes))
                self.assertEqual((window.shortened, window.late), (shortened, late))

    @FAST
    @given(DAYS, st.integers(1, 36), st.integers(1, 12), st.integers(0, 40), NOTICES)
    def test_same_days(
        self, anchor: date, initial: int, tacit: int, number: int, notice: Notice
    ) -> None:
        def months(day: date, count: int) -> date:
            return day + relativedelta(months=count)

        one_day = timedelta(days=1)
        end = months(anchor, initial + number * tacit)
        start = months(anchor, initial + (number - 1) * tacit) if number else anchor
        self.assertEqual(terms.term(anchor, initial, tacit, number), Period(start, end))
        back = relativedelta(**{f"{notice.unit}s": notice.count})
        deadline = terms.refusal_deadline(end - one_day, notice)
        self.assertEqual(deadline, end - back - one_day)
        window = terms.notice_window(deadline, start)
        if start <= months(deadline, -3):
            self.assertEqual(
                (window.opens, window.closes), (months(deadline, -3), months(deadline, -1))
            )
        self.assertEqual(window.late, min(start, deadline) > months(deadline, -1))

    @FAST
    @given(
        DAYS,
        st.integers(1, 36),
        st.integers(1, 12),
        NOTICES,
        st.lists(st.integers(1, 150), min_size=1, max_size=25),
    )
    def test_outages_change_nothing(
        self, anchor: date, initial: int, tacit: int, notice: Notice, gaps: list[int]
    ) -> None:
        """Whatever days the job runs on, what is recorded is what is certain on the last one."""
        today, known = anchor, 0
        stages = terms.build_stages(0, initial, [(0, tacit, notice)])
        for gap in gaps:
            today += timedelta(days=gap)
            found = terms.terms_due(anchor, stages, known, today)
            self.assertEqual(found, list(range(known + 1, known + 1 + len(found))))
            known += len(found)
        at_once = terms.terms_due(anchor, stages, 0, today)
        self.assertEqual(known, len(at_once))
        for number, is_past in ((known - 1, True), (known, False)):
            if number >= 0:
                end = terms.term(anchor, initial, tacit, number).last_day
                self.assertEqual(terms.refusal_deadline(end, notice) < today, is_past)

    @FAST
    @given(
        DAYS,
        st.integers(1, 36),
        st.lists(st.tuples(st.integers(0, 6), st.integers(1, 12)), min_size=1, max_size=4),
    )
    def test_stages_tile_the_time_line(
        self, anchor: date, initial: int, steps: list[tuple[int, int]]
    ) -> None:
        """Each term begins where the one before ends, at its anchor's day of the month."""
        number, rules = 0, []
        for step, tacit in steps:
            number += step if rules else 0
            rules.append((number, tacit, Notice(0, "day")))
        stages = terms.build_stages(0, initial, rules)
        months = initial
        for index in range(rules[-1][0] + 4):
            found = terms.staged_term(anchor, stages, index)
            tacit = [tacit for number, tacit, _notice in rules if number <= index][-1]
            if index:
                months += tacit
            self.assertEqual(found.end, add_months(anchor, months))
            start = anchor if not index else terms.staged_term(anchor, stages, index - 1).end
            self.assertEqual(found.start, start)
