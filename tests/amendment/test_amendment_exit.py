"""Leaving a contract that was amended, and amending one that is being left (S35, L01–L06)."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..commitment.common import ExitCommon
from .common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestAmendmentExit(AmendmentCommon, ExitCommon):
    def recommit(self, contract, day="2026-07-01", months=36):
        return self.amend(contract, day, is_new_commitment=True, commitment_months=months)

    def test_exit_is_reckoned_from_the_new_commitment(self):
        """12 months from January, 36 more from July 2026: free on 30 June 2029, then by year."""
        contract = self.create_contract()
        self.recommit(contract)
        cases = [
            ("2026-06-20", None, "2029-06-30", 0),
            ("2026-08-01", None, "2029-06-30", 0),
            ("2026-08-01", "2026-08-31", "2029-06-30", 34),
            ("2026-06-20", "2026-06-30", "2029-06-30", 36),
            ("2026-08-01", "2026-12-31", "2029-06-30", 30),
            ("2029-06-15", None, "2030-06-30", 0),
        ]
        for received, wished, earliest, months in cases:
            with self.subTest(received=received, wished=wished):
                simulation = self.simulate(contract, received, wished, user=self.user_sales)
                self.assertFalse(simulation.issue)
                self.assertEqual(simulation.earliest_date, date.fromisoformat(earliest))
                self.assertEqual(simulation.residual_months, months)
                self.assertEqual(simulation.claimed_amount, 50 * months)

    def test_new_commitment_at_the_end_of_the_old_one(self):
        """Signed ahead: the end of the old commitment is no way out any more."""
        contract = self.create_contract()
        self.recommit(contract, "2027-01-01", 12)
        self.assertEqual(self.simulate(contract).earliest_date, date(2027, 12, 31))

    def test_l03_telecom_months_count_from_the_new_commitment(self):
        self.family.is_telecom = True
        contract = self.create_contract(regime="consumer")
        self.recommit(contract, months=24)
        simulation = self.simulate(contract, "2026-08-01", user=self.user_sales)
        self.assertEqual(simulation.earliest_date, date(2027, 6, 30))

    def test_taken_back_the_old_commitment_binds_again(self):
        contract = self.create_contract()
        self.recommit(contract).with_user(self.user_manager).action_cancel()
        self.assertEqual(self.simulate(contract).earliest_date, date(2026, 12, 31))

    def test_what_an_amendment_gives_back_is_not_refunded_again(self):
        contract = self.create_contract(billing_interval="12")
        self.bill("2026-06-15")
        exits = [self.simulate(contract, wished="2026-09-30").refund_amount]
        self.amend(contract, "2026-07-01", line={"quantity": 2})
        exits.append(self.simulate(contract, wished="2026-09-30").refund_amount)
        self.assertGreater(exits[0], 140)
        self.assertEqual(exits[1], 0)

    # ----- Amending a contract that is being left -----

    def test_no_new_commitment_of_a_contract_that_is_being_left(self):
        for user in (self.user_sales, self.user_manager):
            contract = self.create_contract()
            self.simulate(contract, wished="2026-09-30", user=user).action_confirm()
            with self.subTest(user.name), self.assertRaisesRegex(UserError, "Withdraw it first"):
                self.recommit(contract)
            self.amend(contract, line={"quantity": 2})

    def test_amended_meanwhile_a_waiting_exit_is_asked_for_anew(self):
        contract = self.create_contract()
        termination = self.leave(contract, wished="2026-09-30", user=self.user_sales)
        self.assertEqual((termination.state, termination.claimed_amount), ("waiting", 150))
        amendment = self.amend(contract, line={"quantity": 2})
        with self.assertRaisesRegex(UserError, "costs another amount now"):
            termination.action_confirm()
        amendment.action_cancel()
        termination.action_confirm()
        self.assertEqual(termination.state, "confirmed")

    def test_waiting_exit_with_subsidised_equipment_is_confirmed(self):
        self.family.is_telecom = True
        contract = self.create_contract(start="2025-01-01", regime="consumer", initial_months=24)
        termination = self.leave(
            contract, wished="2026-07-31", user=self.user_sales, is_equipment_subsidised=True
        )
        self.assertTrue(termination.claimed_amount)
        termination.action_confirm()
        self.assertEqual(termination.state, "confirmed")

    # ----- One change before another -----

    def test_no_change_before_one_that_is_recorded_for_later(self):
        contract = self.create_contract()
        later = self.amend(contract, "2026-08-01", line={"price_unit": 60.0})
        draft = self.draft(contract, "2026-07-01", line={"quantity": 2})
        with self.assertRaisesRegex(UserError, "changes again on 08/01/2026"):
            draft.action_confirm()
        later.action_cancel()
        self.amend(contract, "2026-07-01", line={"quantity": 2})
        self.assertEqual(sorted(contract.line_ids.mapped("quantity")), [1, 2])

    def test_line_that_was_taken_out_since_is_not_taken_back(self):
        contract = self.create_contract()
        first = self.amend(contract, "2026-07-01", line={"quantity": 2})
        second = self.draft(contract, "2026-08-01", **self.allow())
        second.line_ids.is_removed = True
        second.write({"line_ids": [Command.create({"product_id": self.product_backup.id})]})
        second.action_confirm()
        error = self.assertRaisesRegex(UserError, "changed again from 08/01/2026 on")
        with error, self.env.cr.savepoint():
            first.action_cancel()
        second.action_cancel()
        first.action_cancel()
        self.assertEqual(contract.line_ids.mapped("date_end"), [False])
