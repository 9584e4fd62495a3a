"""After a return: who speaks with the customer, and when a suspension is proposed (L15c)."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..sepa.common import SepaCommon

DAILY = "service_contract.service_billing_day_cron"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestDunning(SepaCommon):
    def return_debit(self, activity=False):
        """Return the contract, the return and the invoice of a debit that came back."""
        reason = self.env.ref("service_contract.payment_return_reason_ms02")
        reason.service_activity = activity
        contract = self.create_debited_contract()
        contract.user_id = self.user_sales
        run = self.bill()
        order = self.collect(run).with_user(self.user_accountant)
        order.generated2uploaded()
        one = self.return_debits(order.payment_ids, "2026-06-15", reason_id=reason.id)
        return contract, one, run.invoice_ids.with_user(self.user_accountant)

    # ----- Who calls -----

    def test_the_salesperson_of_the_contract(self):
        contract, one, invoice = self.return_debit("contact")
        activity = one.line_ids.service_activity_id.sudo()
        self.assertEqual((activity.user_id, activity.res_model), (self.user_sales, contract._name))
        self.assertEqual(contract.with_user(self.user_sales).activity_ids, activity)
        self.assertIn("Refused by the customer", activity.note)
        self.run_cron(DAILY)
        self.assertTrue(activity.exists())
        self.pay(invoice, invoice.amount_residual)
        self.run_cron(DAILY)
        self.assertFalse(activity.exists(), "it is paid")

    def test_who_books_it(self):
        _contract, one, invoice = self.return_debit("accountant")
        activity = one.line_ids.service_activity_id
        self.assertEqual(
            (activity.user_id, activity.res_model, activity.res_id),
            (self.user_accountant, "account.move", invoice.id),
        )
        one.action_cancel()
        self.assertFalse(activity.exists(), "it did not come back")

    def test_a_salesperson_who_has_left(self):
        """Who books the return is asked instead."""
        self.user_sales.active = False
        _contract, one, _invoice = self.return_debit("contact")
        self.assertEqual(one.line_ids.service_activity_id.sudo().user_id, self.user_accountant)

    def test_nobody_where_the_reason_asks_for_nobody(self):
        _contract, one, invoice = self.return_debit()
        self.assertFalse(one.line_ids.service_activity_id)
        self.assertFalse(invoice.activity_ids)

    # ----- Suspension -----

    def get_proposal(self, contract, day):
        """Return what the inbox proposes of a contract on a day."""
        with freeze_time(day):
            self.run_cron(DAILY)
        found = self.env["service.exception"]._get_open(contract, "contract")
        return found.filtered(lambda matter: matter.cause_id.code == "suspend_unpaid")

    def test_only_after_formal_notice_and_its_delay(self):
        contract, _one, invoice = self.return_debit()
        self.assertFalse(self.get_proposal(contract, "2026-08-31"), "no notice was given")
        invoice.action_note_formal_notice()
        self.assertFalse(self.get_proposal(contract, "2026-06-29"), "the 15 days are not over")
        matter = self.get_proposal(contract, "2026-06-30")
        self.assertIn(invoice.name, matter.detail)
        self.assertFalse(contract.is_suspended, "nothing is suspended by itself")
        with self.assertRaises(AccessError):
            matter.with_user(self.user_accountant).action_mend()
        action = matter.with_user(self.user_manager).action_mend()
        self.assertEqual(action["res_model"], "service.suspension")
        suspensions = self.env["service.suspension"].with_user(self.user_manager)
        with freeze_time("2026-06-30"):
            suspension = suspensions.with_context(**action["context"]).create({})
        self.assertEqual(suspension.reason_id.name, "Unpaid invoices")
        self.assertFalse(self.get_proposal(contract, "2026-07-01"), "it is suspended")
        self.assertEqual(matter.state, "done")

    def test_paid_meanwhile(self):
        contract, _one, invoice = self.return_debit()
        invoice.action_note_formal_notice()
        matter = self.get_proposal(contract, "2026-06-30")
        self.assertTrue(matter)
        self.pay(invoice, invoice.amount_residual)
        self.assertFalse(self.get_proposal(contract, "2026-07-01"))
        self.assertEqual(matter.state, "done")

    def test_disputed_or_older_than_insolvency(self):
        """What is disputed suspends nothing, nor what was owed before proceedings (L622-13)."""
        contract, _one, invoice = self.return_debit()
        invoice.action_note_formal_notice()
        self.payer.service_insolvent_on = "2026-06-20"
        self.assertFalse(self.get_proposal(contract, "2026-06-30"))
        self.payer.service_insolvent_on = False
        invoice.payment_state = "blocked"
        self.assertFalse(self.get_proposal(contract, "2026-06-30"))

    def test_older_than_insolvency_is_what_it_bills(self):
        """A debt is as old as what it bills, here as wherever that is asked (L15c)."""
        contract, _one, invoice = self.return_debit()
        invoice.action_note_formal_notice()
        self.assertEqual(
            (str(invoice._get_debt_day()), str(invoice.invoice_date)), ("2026-06-01", "2026-06-15")
        )
        self.payer.service_insolvent_on = "2026-06-10"
        self.assertFalse(self.get_proposal(contract, "2026-06-30"))
        self.payer.service_insolvent_on = "2026-06-01"
        self.assertTrue(self.get_proposal(contract, "2026-06-30"))

    def test_served_before_billed_after(self):
        """A formal notice is of what was owed then: an invoice of later on is not covered."""
        contract, _one, first = self.return_debit()
        first.action_note_formal_notice()
        with freeze_time("2026-07-01"):
            run = self.create_run("2026-07-01", user=self.user_accountant, is_auto_post=True)
        later = run.invoice_ids
        self.assertEqual((later.service_contract_id, later.state), (contract, "posted"))
        self.assertFalse(later.service_formal_notice_on)
        matter = self.get_proposal(contract, "2026-08-31")
        self.assertIn(first.name, matter.detail)
        self.assertNotIn(later.name, matter.detail)
        self.pay(first, first.amount_residual)
        self.assertFalse(self.get_proposal(contract, "2026-09-01"))

    def test_a_contract_is_looked_at_once(self):
        """However many of its invoices are late; what is mended is settled as anything else."""
        contract, _one, first = self.return_debit()
        with freeze_time("2026-07-01"):
            run = self.create_run("2026-07-01", user=self.user_accountant, is_auto_post=True)
        both = first + run.invoice_ids
        both.with_user(self.user_accountant).action_note_formal_notice()
        asked, ask = [], type(contract)._may_be_suspended

        def count(one):
            asked.extend(one.ids)
            return ask(one)

        with patch.object(type(contract), "_may_be_suspended", count), freeze_time("2026-08-01"):
            contract._propose_suspensions()
        self.assertEqual(asked, contract.ids * 2, "proposed, and looked at again")
        matter = self.get_proposal(contract, "2026-08-01")
        for move in both:
            self.assertIn(move.name, matter.detail)

    def test_the_delay_is_settable(self):
        contract, _one, invoice = self.return_debit()
        self.company.service_suspension_days = 30
        invoice.action_note_formal_notice()
        self.assertFalse(self.get_proposal(contract, "2026-07-14"))
        self.assertTrue(self.get_proposal(contract, "2026-07-15"))

    def test_who_notes_a_formal_notice(self):
        _contract, _one, invoice = self.return_debit()
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                invoice.with_user(user).action_note_formal_notice()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            invoice.write({"service_formal_notice_on": "2026-01-01"})
        invoice.action_note_formal_notice()
        with self.assertRaisesRegex(UserError, "given once"):
            invoice.action_note_formal_notice()
