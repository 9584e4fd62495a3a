"""Cheques of customers are received, deposited by batch, and pay their invoices (S34)."""

from freezegun import freeze_time

from odoo.tests import Form, tagged

from .common import BankCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestCheques(BankCommon):
    def receive(self, move, amount):
        """Register a cheque for an invoice, as the accountant does."""
        journal = self.company._get_cheque_journal()
        wizard = self.env["account.payment.register"].with_user(self.user_accountant)
        wizard = wizard.with_context(active_model="account.move", active_ids=move.ids)
        wizard.create({"amount": amount, "journal_id": journal.id})._create_payments()

    def make_deposit(self):
        deposits = self.env["account.check.deposit"].with_user(self.user_accountant)
        with Form(deposits) as form:
            self.assertEqual(form.journal_id, self.company._get_cheque_journal())
            self.assertEqual(form.bank_journal_id, self.journal)
        form.record.get_all_checks()
        return form.record

    def test_the_set_up_makes_their_journal_once(self):
        journal = self.company._get_cheque_journal()
        self.assertEqual((journal.code, journal.name), ("CHQ", "Cheques"))
        self.assertFalse(journal.bank_account_id)
        self.company._prepare_service_company()
        domain = [("company_id", "=", self.company.id), ("code", "=", "CHQ")]
        self.assertEqual(self.env["account.journal"].search_count(domain), 1)
        check = self.company._get_service_checks()["cheques"]
        self.assertEqual((check.state, check.note), ("ready", journal.display_name))

    def test_a_code_that_is_taken(self):
        journal = self.company._get_cheque_journal()
        journal.inbound_payment_method_line_ids.payment_account_id = False
        self.assertEqual(self.company._get_service_checks()["cheques"].state, "todo")
        self.company._prepare_service_company()
        other = self.company._get_cheque_journal()
        self.assertTrue(other and other != journal and other.code != "CHQ")

    def test_received_and_deposited(self):
        """Two cheques, one slip: both invoices are paid, and the bank owes their sum."""
        customer = self.create_customer("Pays by cheque")
        first, second = (self.create_invoice(customer, price) for price in (100.0, 39.0))
        self.receive(first, 120.0)
        self.receive(second, 46.8)
        self.assertEqual(first.payment_state, "in_payment")
        deposit = self.make_deposit()
        self.assertEqual((deposit.check_count, deposit.total_amount), (2, 166.8))
        deposit.validate_deposit()
        self.assertEqual((first + second).mapped("payment_state"), ["paid", "paid"])
        (owed,) = deposit.move_id.line_ids.filtered("debit")
        self.assertEqual((owed.debit, owed.reconciled), (166.8, False))

    def test_other_countries_have_none(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(company._get_cheque_account())
        self.assertNotIn("cheques", company._get_service_checks())
