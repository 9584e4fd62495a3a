"""Days to withdraw, and what a withdrawal undoes (L19)."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import exits, withdrawal
from odoo.addons.service_contract.tools.public_holidays import Territory
from odoo.addons.service_contract.tools.terms import Notice

FAST = settings(max_examples=80, deadline=None, derandomize=True)
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
FRANCE = Territory("FR")
YEAR = exits.Commitment(date(2026, 6, 15), 12, 12, Notice(1, "month"))
CONSUMER = exits.Customer("consumer")


@tagged("post_install", "-at_install")
class TestWithdrawalDays(BaseCase):
    def test_l19_last_day(self) -> None:
        cases = [
            ("2026-03-03", "2026-03-17", "an ordinary Tuesday"),
            ("2026-03-06", "2026-03-20", "a Friday"),
            ("2026-03-07", "2026-03-23", "Saturday, so the Monday after"),
            ("2026-03-08", "2026-03-23", "Sunday, so the Monday after"),
            ("2026-03-23", "2026-04-07", "Easter Monday"),
            ("2026-04-17", "2026-05-04", "Friday, 1 May, and the weekend after"),
            ("2026-06-30", "2026-07-15", "14 July"),
            ("2024-02-15", "2024-02-29", "29 February"),
            ("2026-12-18", "2027-01-04", "New Year and the weekend after"),
        ]
        for concluded, until, why in cases:
            with self.subTest(why):
                found = withdrawal.last_day(date.fromisoformat(concluded), holidays=FRANCE)
                self.assertEqual(found.isoformat(), until)

    @FAST
    @given(DAYS, st.integers(0, 60))
    def test_l19_the_last_day_is_the_first_working_day_after_the_days(
        self, concluded: date, days: int
    ) -> None:
        found = withdrawal.last_day(concluded, days, FRANCE)
        nominal = concluded + timedelta(days=days)
        self.assertTrue(found.weekday() < 5 and found not in FRANCE)
        skipped = [nominal + timedelta(days=n) for n in range((found - nominal).days)]
        self.assertTrue(all(day.weekday() >= 5 or day in FRANCE for day in skipped))


@tagged("post_install", "-at_install")
class TestWithdrawalExit(BaseCase):
    UNTIL = date(2026, 6, 29)

    def leave(
        self, received: str, requested: bool = False, wished: str | None = None
    ) -> exits.Exit:
        return exits.leave(
            YEAR,
            CONSUMER,
            date.fromisoformat(received),
            wished and date.fromisoformat(wished) or None,
            right=withdrawal.Withdrawal(self.UNTIL, requested),
        )

    def test_l19_last_days(self) -> None:
        cases = [
            ("2026-06-15", False, "2026-06-14", "withdrawal"),
            ("2026-06-29", False, "2026-06-14", "withdrawal"),
            ("2026-06-29", True, "2026-06-29", "withdrawal"),
            ("2026-06-10", True, "2026-06-14", "withdrawal"),
            ("2026-06-30", True, "2027-06-14", "deadline_kept"),
        ]
        for received, requested, last_day, rule in cases:
            with self.subTest(received, requested=requested):
                answer = self.leave(received, requested)
                self.assertEqual((answer.last_day.isoformat(), answer.rule), (last_day, rule))
                self.assertIsNone(answer.residual)

    def test_l19_refund_within_fourteen_days_of_the_letter(self) -> None:
        self.assertEqual(self.leave("2026-06-20").refund_by, date(2026, 7, 4))
        self.assertIsNone(self.leave("2026-06-30").refund_by)

    def test_a_wish_within_the_commitment_costs_its_rest(self) -> None:
        answer = self.leave("2026-06-20", True, "2026-07-31")
        self.assertTrue(answer.residual)
        self.assertIsNone(answer.refund_by)

    def test_nobody_leaves_before_the_first_day_without_a_right(self) -> None:
        with self.assertRaises(ValueError):
            self.leave("2026-06-30", wished="2026-06-14")

    @FAST
    @given(DAYS, st.booleans())
    def test_l19_whoever_withdraws_owes_no_more_than_the_days_served(
        self, received: date, requested: bool
    ) -> None:
        right = withdrawal.Withdrawal(self.UNTIL, requested)
        answer = exits.leave(YEAR, CONSUMER, received, right=right)
        is_withdrawal = received <= self.UNTIL
        self.assertEqual(answer.rule == "withdrawal", is_withdrawal)
        if is_withdrawal:
            before = YEAR.first_day - timedelta(days=1)
            self.assertEqual(answer.last_day, max(before, received) if requested else before)
