from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import exits, terms
from odoo.addons.service_contract.tools.exits import Commitment, Customer, Telecom, Term
from odoo.addons.service_contract.tools.periods import Period
from odoo.addons.service_contract.tools.terms import Notice

FAST = settings(max_examples=80, deadline=None, derandomize=True)
MONTH = Notice(1, "month")
CONSUMER, NON_PROFIT = Customer("consumer"), Customer("non_professional")
FIRM, SMALL_FIRM = Customer("professional"), Customer("professional", small_firm=True)


def day(text: str) -> date:
    return date.fromisoformat(text)


def commit(
    start: str, initial: int, tacit: int, notice: Notice = MONTH, known: int = 0, free: int = -1
) -> Commitment:
    """Return a commitment with the terms up to ``known`` recorded, one of them free to leave."""
    recorded = []
    for number in range(known + 1 if initial else 0):
        term = terms.term(day(start), initial, tacit, number)
        recorded.append(Term(number, term.start, term.last_day, number == free))
    return Commitment(day(start), initial, tacit, notice, tuple(recorded))


@tagged("post_install", "-at_install")
class TestExits(BaseCase):
    def assertExit(self, answer, earliest, rule, residual=None, share=0) -> None:
        found = answer.residual and (
            answer.residual.start.isoformat(),
            answer.residual.last_day.isoformat(),
        )
        self.assertEqual(
            (answer.earliest.isoformat(), answer.rule, found, answer.share),
            (earliest, rule, residual, Fraction(share)),
        )

    # ----- Contract -----

    def test_contract_rule(self) -> None:
        """Refused by the deadline: the end of the term; later: the end of the next one."""
        cases = [
            ("last day", "2026-01-01", 12, 12, MONTH, "2026-11-30", "2026-12-31", True),
            ("a day late", "2026-01-01", 12, 12, MONTH, "2026-12-01", "2027-12-31", False),
            ("three months", "2026-07-01", 12, 12, Notice(3, "month"), "2027-03-31", "2027-06-30"),
            ("ten days", "2026-01-01", 12, 12, Notice(10, "day"), "2026-12-22", "2027-12-31", 0),
            ("no notice", "2026-01-01", 12, 12, Notice(0, "month"), "2026-12-31", "2026-12-31"),
            ("3 + 1", "2026-01-31", 3, 1, MONTH, "2026-03-29", "2026-04-29"),
            ("3 + 1, late", "2026-01-31", 3, 1, MONTH, "2026-03-30", "2026-05-30", False),
            ("3 + 1, years on", "2026-01-31", 3, 1, MONTH, "2029-01-15", "2029-02-27"),
            ("fibre", "2026-01-01", 36, 12, MONTH, "2026-02-01", "2028-12-31"),
            ("leap day", "2028-02-29", 12, 12, MONTH, "2029-01-27", "2029-02-27"),
        ]
        for name, start, initial, tacit, notice, received, expected, *kept in cases:
            with self.subTest(name):
                answer = exits.leave(commit(start, initial, tacit, notice), FIRM, day(received))
                if name == "3 + 1, years on":
                    self.assertIn(answer.rule, ("deadline_kept", "deadline_missed"))
                    self.assertGreater(answer.earliest, day(received))
                    continue
                rule = "deadline_kept" if (kept or [True])[0] else "deadline_missed"
                self.assertExit(answer, expected, rule)

    def test_without_commitment_the_notice_runs(self) -> None:
        """L05, Code civil 1211: what has no term ends by notice."""
        answer = exits.leave(commit("2026-01-01", 0, 0), FIRM, day("2026-06-10"))
        self.assertExit(answer, "2026-07-10", "no_term")
        answer = exits.leave(commit("2026-01-01", 0, 0), FIRM, day("2026-06-10"), day("2026-06-30"))
        self.assertExit(answer, "2026-07-10", "no_term", ("2026-07-01", "2026-07-10"), 1)

    def test_early_exit_owes_the_rest(self) -> None:
        """L06: month 6 of 36 leaves 30 months."""
        commitment = commit("2026-01-01", 36, 12)
        answer = exits.leave(commitment, FIRM, day("2026-06-01"), day("2026-06-30"))
        rest = ("2026-07-01", "2028-12-31")
        self.assertExit(answer, "2028-12-31", "deadline_kept", rest, 1)
        self.assertEqual(exits.count_months(answer.residual, day("2026-01-01")), 30)

    def test_wish_beyond_the_earliest_day_binds_a_next_term(self) -> None:
        commitment = commit("2026-01-01", 12, 12)
        answer = exits.leave(commitment, FIRM, day("2026-06-01"), day("2027-03-31"))
        rest = ("2027-04-01", "2027-12-31")
        self.assertExit(answer, "2026-12-31", "deadline_kept", rest, 1)
        answer = exits.leave(commitment, FIRM, day("2026-06-01"), day("2027-12-31"))
        self.assertExit(answer, "2026-12-31", "deadline_kept")

    def test_wish_before_the_contract(self) -> None:
        with self.assertRaisesRegex(ValueError, "starts on 2026-01-01"):
            exits.leave(commit("2026-01-01", 12, 12), FIRM, day("2026-01-01"), day("2025-12-31"))

    # ----- L01 -----

    def test_l01_renewal_without_notice(self) -> None:
        cases = [
            ("on the way", "2027-03-15", "2027-03-15"),
            ("before it begins", "2026-12-15", "2026-12-31"),
            ("first day", "2027-01-01", "2027-01-01"),
            ("last day", "2027-12-31", "2027-12-31"),
        ]
        commitment = commit("2026-01-01", 12, 12, known=1, free=1)
        for name, received, expected in cases:
            with self.subTest(name):
                answer = exits.leave(commitment, CONSUMER, day(received))
                self.assertExit(answer, expected, "free_renewal")
                self.assertEqual(answer.refund_by, day(expected) + timedelta(days=30))

    def test_l01_free_exit_ends_with_its_renewal(self) -> None:
        """The renewal after it was announced in time: its rest is owed."""
        commitment = commit("2026-01-01", 12, 12, known=1, free=1)
        answer = exits.leave(commitment, CONSUMER, day("2027-12-05"), day("2028-03-31"))
        rest = ("2028-04-01", "2028-12-31")
        self.assertExit(answer, "2027-12-05", "free_renewal", rest, 1)
        self.assertIsNone(answer.refund_by)

    def test_l01_informed_customers_keep_to_the_contract(self) -> None:
        answer = exits.leave(commit("2026-01-01", 12, 12, known=1), CONSUMER, day("2027-03-15"))
        self.assertExit(answer, "2027-12-31", "deadline_kept")
        self.assertIsNone(answer.refund_by)

    # ----- L03, L04 -----

    def test_l03_24_months_at_most(self) -> None:
        """It protects small firms and non-profits too, unless they gave it up."""
        waived = Customer("professional", small_firm=True, waived_cap=True)
        cases = [
            ("small firm", SMALL_FIRM, "2026-06-01", "2027-12-31", "telecom_cap"),
            ("non-profit", NON_PROFIT, "2026-06-01", "2027-12-31", "telecom_cap"),
            ("small firm, later", SMALL_FIRM, "2028-03-01", "2028-03-11", "telecom_cap"),
            ("waived", waived, "2026-06-01", "2028-12-31", "deadline_kept"),
            ("larger firm", FIRM, "2026-06-01", "2028-12-31", "deadline_kept"),
        ]
        for name, customer, received, expected, rule in cases:
            with self.subTest(name):
                commitment = commit("2026-01-01", 36, 12)
                answer = exits.leave(commitment, customer, day(received), telecom=Telecom())
                self.assertExit(answer, expected, rule)
                codes = [step.code for step in answer.steps]
                self.assertEqual("telecom_cap_waived" in codes, customer == waived)

    def test_l03_small_firm_owes_up_to_month_24_only(self) -> None:
        answer = exits.leave(
            commit("2026-01-01", 36, 12),
            SMALL_FIRM,
            day("2026-06-01"),
            day("2026-06-30"),
            Telecom(),
        )
        rest = ("2026-07-01", "2027-12-31")
        self.assertExit(answer, "2027-12-31", "telecom_cap", rest, 1)

    def test_l03_consumers_leave_after_a_year(self) -> None:
        commitment = commit("2026-01-01", 24, 12)
        answer = exits.leave(commitment, CONSUMER, day("2026-06-01"), telecom=Telecom())
        self.assertExit(answer, "2026-12-31", "telecom_year")
        for customer in (FIRM, SMALL_FIRM, NON_PROFIT):
            answer = exits.leave(commitment, customer, day("2026-06-01"), telecom=Telecom())
            self.assertExit(answer, "2027-12-31", "deadline_kept")

    def test_l03_subsidised_equipment_costs_a_fifth_of_the_rest(self) -> None:
        commitment = commit("2026-01-01", 24, 12)
        telecom = Telecom(subsidised=True)
        cases = [
            ("after a year", "2027-02-28", ("2027-03-01", "2027-12-31"), "1/5"),
            ("before", "2026-09-30", ("2026-10-01", "2027-12-31"), "1"),
            ("at the end", "2027-12-31", None, 0),
        ]
        for name, wished, rest, share in cases:
            with self.subTest(name):
                answer = exits.leave(commitment, CONSUMER, day("2026-08-01"), day(wished), telecom)
                self.assertExit(answer, "2027-12-31", "deadline_kept", rest, share)

    def test_l04_ten_days_after_a_tacit_renewal(self) -> None:
        cases = [
            ("in the renewal", "2027-03-01", 10, "2027-03-11"),
            ("family's own notice", "2027-03-01", 5, "2027-03-06"),
            ("too late for the contract", "2026-12-10", 10, "2026-12-31"),
            ("at the very end", "2026-12-28", 10, "2027-01-07"),
        ]
        for name, received, days, expected in cases:
            for customer in (CONSUMER, FIRM):
                with self.subTest(name, customer=customer):
                    commitment = commit("2026-01-01", 12, 12, known=1)
                    answer = exits.leave(commitment, customer, day(received), telecom=Telecom(days))
                    self.assertExit(answer, expected, "telecom_tacit")

    def test_rules_of_telecom_are_for_telecom(self) -> None:
        answer = exits.leave(commit("2026-01-01", 36, 12, known=1), CONSUMER, day("2029-02-01"))
        self.assertExit(answer, "2029-12-31", "deadline_kept")

    # ----- Months -----

    def test_months_of_the_contract(self) -> None:
        cases = [
            (None, 0),
            (Period(day("2026-01-31"), day("2026-02-28")), 1),
            (Period(day("2026-02-28"), day("2026-04-30")), 2),
            (Period(day("2026-02-28"), day("2026-03-01")), Fraction(1, 31)),
        ]
        for residual, expected in cases:
            self.assertEqual(exits.count_months(residual, day("2026-01-31")), expected)

    def test_notice_end(self) -> None:
        cases = [
            ("2026-11-30", MONTH, "2026-12-31"),
            ("2026-12-01", MONTH, "2027-01-01"),
            ("2026-01-29", MONTH, "2026-02-28"),
            ("2026-01-31", MONTH, "2026-02-28"),
            ("2026-01-31", Notice(0, "month"), "2026-01-31"),
            ("2026-02-27", Notice(3, "day"), "2026-03-02"),
        ]
        for received, notice, expected in cases:
            with self.subTest(received, notice=notice):
                self.assertEqual(exits.notice_end(day(received), notice), day(expected))

    # ----- Properties -----

    @FAST
    @given(
        st.dates(date(2024, 1, 1), date(2027, 12, 31)),
        st.sampled_from([(0, 0), (3, 1), (12, 12), (24, 12), (36, 12)]),
        st.builds(Notice, st.integers(0, 4), st.sampled_from(["day", "month"])),
        st.integers(0, 1500),
        st.integers(0, 1500),
        st.sampled_from([CONSUMER, NON_PROFIT, FIRM, SMALL_FIRM]),
        st.sampled_from([None, Telecom(), Telecom(subsidised=True)]),
        st.integers(0, 2),
    )
    def test_properties(
        self, start, durations, notice, received, wished, customer, telecom, known
    ) -> None:
        """The earliest day is free, an earlier one never is, and the law only shortens."""
        commitment = commit(start.isoformat(), *durations, notice, known, free=known or -1)
        letter, wish = start + timedelta(days=received), start + timedelta(days=wished)
        answer = exits.leave(commitment, customer, letter, telecom=telecom)
        self.assertIsNone(answer.residual)
        self.assertGreaterEqual(answer.earliest, min(letter, start))
        asked = exits.leave(commitment, customer, letter, wish, telecom)
        self.assertEqual(asked.earliest, answer.earliest)
        if wish < answer.earliest:
            self.assertEqual(asked.residual.start, wish + timedelta(days=1))
            self.assertGreater(asked.share, 0)
        bound = asked.residual.last_day if asked.residual else wish
        again = exits.leave(commitment, customer, letter, bound, telecom)
        self.assertIsNone(again.residual)
        plain = exits.leave(commitment, FIRM, letter, wish)
        if plain.residual is None:
            self.assertIsNone(asked.residual)
