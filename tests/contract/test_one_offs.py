"""What is billed once beside what recurs: by whom, how much, why, and with which invoice."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..billing.common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBilledOnce(BillingRunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.create_contract(start="2026-06-01")

    def ask(self, user=None, contract=None, **vals):
        action = (contract or self.contract).with_user(user or self.user_sales).action_bill_once()
        wizards = self.env[action["res_model"]].with_user(user or self.user_sales)
        vals = {"product_id": self.product_fee.id, "reason": "Asked for by telephone", **vals}
        return wizards.with_context(**action["context"]).create(vals)

    def once(self, **vals):
        wizard = self.ask(**vals)
        wizard.action_confirm()
        return wizard.charge_id

    def test_form_of_a_salesperson(self):
        """Description and price come with the product; the trace says who and why."""
        action = self.contract.with_user(self.user_sales).action_bill_once()
        wizards = self.env["service.one.off"].with_user(self.user_sales)
        form = Form(wizards.with_context(**action["context"]))
        form.product_id = self.product_fee
        self.assertEqual(form.price_unit, 15.0)
        form.quantity = 2
        form.reason = "Second access"
        form.save().action_confirm()
        charge = self.contract.charge_ids.filtered(lambda charge: charge.kind == "one_off")
        self.assertEqual((charge.amount, charge.state), (30.0, "ready"))
        self.assertIn("Reason: Second access.", charge._explain())
        for record in (charge, self.contract):
            message = record.message_ids.sorted("id")[-1]
            self.assertIn("Second access", message.body)
            self.assertEqual(message.author_id, self.user_sales.partner_id)

    def test_billed_with_the_next_invoice(self):
        """On the contract's own invoice, with the taxes of its fiscal position (L09)."""
        self.once(quantity=2)
        run = self.create_run("2026-06-30", user=self.user_accountant)
        lines = run.invoice_ids.invoice_line_ids.filtered(lambda line: line.product_id)
        self.assertEqual(len(run.invoice_ids), 1)
        self.assertEqual(lines.product_id, self.product_fee | self.product_support)
        self.assertEqual(sum(lines.mapped("price_subtotal")), 80.0)

    def test_later_day_waits(self):
        self.once(date="2026-07-10")
        run = self.create_run("2026-06-30", user=self.user_accountant)
        self.assertEqual(run.invoice_ids.amount_untaxed, 50.0)

    def test_foreseen(self):
        """Preview and forecast see it as they see what recurs."""
        self.once()
        run = self.create_run("2026-06-30", user=self.user_accountant, start=False)
        action = run.action_preview()
        rows = run.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(rows.mapped("amount_untaxed")), 65.0)

    def test_confirmed_twice_is_charged_once(self):
        wizard = self.ask()
        wizard.action_confirm()
        wizard.action_confirm()
        self.assertEqual(len(self.contract.charge_ids), 1)

    def test_not_for_what_is_given_back(self):
        """L08c: neither a negative price nor a negative quantity gives money back."""
        for vals in ({"price_unit": -15.0}, {"quantity": -1}, {"price_unit": 0.0}):
            with self.assertRaisesRegex(UserError, "more than zero"):
                self.once(**vals)
        with self.assertRaisesRegex(UserError, "recurs"):
            self.once(product_id=self.product_support.id)

    def test_who_may(self):
        """Who sells or decides on charges; a technician may not, nor on what is not in force."""
        for user in (self.user_accountant, self.user_manager):
            self.assertTrue(self.once(user=user))
        with self.assertRaises(AccessError):
            self.once(user=self.user_technician)
        draft = self.create_contract(activate=False)
        with self.assertRaisesRegex(UserError, "not in force"):
            self.ask(contract=draft)
        contract = self.create_contract(start="2026-06-01")
        wizard = self.ask(contract=contract)
        contract.with_user(self.user_manager).action_cancel()
        with self.assertRaisesRegex(UserError, "not in force"):
            wizard.action_confirm()

    def test_locked_and_waived(self):
        charge = self.once()
        for user in (self.user_sales, self.user_accountant):
            with self.assertRaises(AccessError):
                charge.with_user(user).price_unit = 1.0
        self.waive(charge.with_user(self.user_accountant))
        run = self.create_run("2026-06-30", user=self.user_accountant)
        self.assertEqual(run.invoice_ids.amount_untaxed, 50.0)

    def test_takes_the_new_address_of_the_contract(self):
        charge = self.once()
        payer = self.create_customer("Payer")
        self.contract.with_user(self.user_manager).partner_invoice_id = payer
        self.assertEqual(charge.partner_invoice_id, payer)
