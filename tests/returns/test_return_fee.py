"""A return fee is a firm's, and somebody's decision; never a consumer's (L15c, L111-8, L441-10)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..sepa.common import SepaCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestReturnFee(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_return_fee = 12.5
        cls.reason = cls.env.ref("service_contract.payment_return_reason_ms02")
        cls.reason.service_fee = True

    def return_debit(self, regime="professional"):
        """Return the return of a customer's debit, and the invoice."""
        contract = self.create_debited_contract(regime=regime)
        run = self.bill()
        order = self.collect(run).with_user(self.user_accountant)
        order.generated2uploaded()
        one = self.return_debits(order.payment_ids, "2026-06-15", reason_id=self.reason.id)
        return contract, one, run.invoice_ids.with_user(self.user_accountant)

    def test_a_firm_is_billed_with_its_next_invoice(self):
        contract, one, invoice = self.return_debit()
        self.assertRegex(invoice.service_debit_note, r"fee of 12\.50\s€ may be billed")
        self.assertTrue(invoice.service_can_bill_fee)
        self.assertFalse(one.line_ids.service_fee_charge_id, "reading the return bills nothing")
        invoice.action_bill_return_fee()
        charge = one.line_ids.service_fee_charge_id
        self.assertEqual((charge.contract_id, charge.amount_total), (contract, 15.0))
        self.assertIn(invoice.name, charge.name)
        self.assertFalse(invoice.service_can_bill_fee)
        with self.assertRaisesRegex(UserError, "charged already"):
            invoice.action_bill_return_fee()
        with freeze_time("2026-07-01"):
            following = self.create_run("2026-07-01", user=self.user_accountant)
            following.action_post_invoices()
        self.assertIn(charge, following.invoice_ids.line_ids.service_charge_id)
        self.assertEqual(following.invoice_ids.amount_total, 46.8 + 15)

    def test_never_a_consumer(self):
        for regime in ("consumer", "non_professional"):
            with self.subTest(regime), self.env.cr.savepoint() as undone:
                _contract, one, invoice = self.return_debit(regime)
                self.assertFalse(invoice.service_can_bill_fee)
                self.assertNotIn("fee", invoice.service_debit_note)
                with self.assertRaisesRegex(UserError, "L111-8"):
                    invoice.action_bill_return_fee()
                self.assertFalse(one.line_ids.service_fee_charge_id)
                undone.rollback()

    def test_by_the_setting_and_by_the_reason(self):
        _contract, _one, invoice = self.return_debit()
        for record, name in ((self.company, "service_return_fee"), (self.reason, "service_fee")):
            with self.subTest(name):
                kept = record[name]
                record[name] = False
                with self.assertRaisesRegex(UserError, "ask for no fee"):
                    invoice.action_bill_return_fee()
                record[name] = kept

    def test_no_more_than_the_law_gives(self):
        with self.assertRaisesRegex(ValidationError, "L441-10"):
            self.company.service_return_fee = 40.01
        self.company.service_return_fee = 40

    def test_an_ended_contract_bills_nothing(self):
        contract, _one, invoice = self.return_debit()
        self.store(contract, state="closed")
        with self.assertRaisesRegex(UserError, "no contract in force"):
            invoice.action_bill_return_fee()

    def test_a_return_that_was_none(self):
        _contract, one, invoice = self.return_debit()
        invoice.action_bill_return_fee()
        one.action_cancel()
        self.assertEqual(one.line_ids.service_fee_charge_id.state, "waived")

    def test_a_fee_that_is_billed_is_told(self):
        _contract, one, invoice = self.return_debit()
        invoice.action_bill_return_fee()
        with freeze_time("2026-07-01"):
            following = self.create_run("2026-07-01", user=self.user_accountant)
            following.action_post_invoices()
        self.assertEqual(one.line_ids.service_fee_charge_id.state, "invoiced")
        one.action_cancel()
        self.assertIn("credit it", one.sudo().message_ids[:1].body)

    def test_who_decides(self):
        _contract, one, invoice = self.return_debit()
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                invoice.with_user(user).action_bill_return_fee()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            one.line_ids.write({"service_fee_charge_id": False})
