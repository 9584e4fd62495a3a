"""Gestures: off the next invoice, never below zero, for a reason; taken back while unbilled."""

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestGoodwill(BillingRunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.create_contract(start="2026-06-01", line={"price_unit": 100.0})
        cls.contract._generate_charges(cls.day("2026-06-15"))
        cls.charge = cls.contract.charge_ids.with_user(cls.user_accountant)
        cls.reason = cls.env.ref("service_contract.service_reason_waive_gesture")

    def give(self, records=None, user=None, **vals):
        user = user or self.user_accountant
        action = (records or self.charge).with_user(user).action_give_goodwill()
        wizard = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        wizard = wizard.create({"reason_id": self.reason.id, **vals})
        wizard.action_confirm()
        return self.contract.charge_ids.filtered(lambda charge: charge.kind == "goodwill")

    def bill(self, until):
        return self.create_run(until, user=self.user_accountant).invoice_ids

    def test_percent_of_a_charge(self):
        """Less on the same invoice, as a line of its own that says what it is."""
        gesture = self.give(is_percent=True, percent=33.333)
        self.assertEqual(gesture.amount, -33.33)
        invoice = self.bill("2026-06-15")
        self.assertEqual(invoice.amount_untaxed, 66.67)
        self.assertTrue(
            [line for line in invoice.invoice_line_ids if "Goodwill: Support" in line.name]
        )
        self.assertEqual(gesture.state, "invoiced")

    def test_form_of_a_contract(self):
        """The product's taxes count; reason, amount and author stand in the chatter."""
        action = self.contract.with_user(self.user_accountant).action_give_goodwill()
        wizards = self.env["service.goodwill"].with_user(self.user_accountant)
        form = Form(wizards.with_context(**action["context"]))
        self.assertEqual(form.product_id, self.product_support)
        form.amount = 12.5
        form.reason_id = self.reason
        form.note = "Late on Monday"
        form.save().action_confirm()
        gesture = self.contract.charge_ids - self.charge
        self.assertEqual((gesture.amount, gesture.reason_id), (-12.5, self.reason))
        message = self.contract.message_ids.sorted("id")[-1]
        self.assertIn("Late on Monday", message.body)
        self.assertEqual(message.author_id, self.user_accountant.partner_id)
        self.assertIn(self.reason.name, gesture._explain()[0])
        self.assertEqual(self.bill("2026-06-15").amount_untaxed, 87.5)

    def test_never_below_zero(self):
        """250.00 come off three invoices of 100.00: 0.00 makes none, the rest waits (L08c)."""
        self.give(self.contract, amount=250.0)
        given, billed = [], []
        for day in ("2026-06-15", "2026-07-01", "2026-08-01", "2026-09-01"):
            with freeze_time(day):
                invoices = self.bill(day)
                self.assertFalse(invoices.filtered(lambda move: move.move_type != "out_invoice"))
                given.append(sum(invoices.mapped("amount_untaxed")))
                billed.append(len(invoices))
        self.assertEqual(given, [0.0, 0.0, 50.0, 100.0])
        gestures = self.contract.charge_ids.filtered(lambda charge: charge.kind == "goodwill")
        self.assertEqual(round(sum(gestures.mapped("amount")), 2), -250.0)

    def test_not_more_than_the_charge(self):
        self.give(amount=60.0)
        with self.assertRaisesRegex(UserError, "40.00.€ at most"):
            self.give(amount=60.0)
        for amount in (0, -5):
            with self.assertRaisesRegex(UserError, "more than nothing"):
                self.give(amount=amount)

    def test_several_charges_by_percent(self):
        with freeze_time("2026-07-01"):
            self.contract._generate_charges(self.day("2026-07-01"))
            charges = self.contract.charge_ids
            with self.assertRaisesRegex(UserError, "a percentage"):
                self.give(charges, amount=5.0)
            self.assertEqual(
                sum(self.give(charges, is_percent=True, percent=10).mapped("amount")), -20.0
            )

    def test_reason_is_one_of_waiving(self):
        with self.assertRaisesRegex(UserError, "no reason for that"):
            self.give(
                amount=5.0,
                reason_id=self.env.ref("service_contract.service_reason_exit_change").id,
            )

    def test_only_what_is_to_be_billed(self):
        self.bill("2026-06-15")
        with self.assertRaises(UserError):
            self.give(amount=5.0)

    def test_who_may(self):
        self.give(user=self.user_manager, amount=5.0)
        for user in (self.user_sales, self.user_technician):
            for records in (self.charge, self.contract):
                with self.assertRaises(AccessError):
                    self.give(records, user=user, amount=5.0)

    def test_taken_back_while_unbilled(self):
        gesture = self.give(amount=30.0).with_user(self.user_accountant)
        gesture.action_take_back_goodwill()
        self.assertFalse(gesture.exists())
        self.assertIn("taken back", self.contract.message_ids.sorted("id")[-1].body)
        self.assertEqual(self.bill("2026-06-15").amount_untaxed, 100.0)

    def test_not_taken_back_once_billed(self):
        gesture = self.give(amount=30.0)
        self.bill("2026-06-15")
        with self.assertRaises(UserError):
            gesture.with_user(self.user_accountant).action_take_back_goodwill()

    def test_stays_when_the_charge_is_made_anew(self):
        """An amendment makes open charges anew: what was given is still given."""
        gesture = self.give(amount=30.0)
        self.contract.line_ids._as_workflow().price_unit = 90.0
        self.assertFalse(gesture.goodwill_charge_id)
        self.assertEqual(self.bill("2026-06-15").amount_untaxed, 60.0)

    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        cents=st.integers(1, 40000),
        price=st.sampled_from([9.95, 33.33, 100.0]),
        is_included=st.booleans(),
    )
    def test_cut_to_the_cent(self, cents, price, is_included):
        """Whatever is given: no invoice is below zero, and the parts add up to it (S06)."""
        savepoint = self.env.cr.savepoint()
        tax = self.tax_included if is_included else self.tax_excluded
        product = self.create_product("Once more", price, tax=tax, recurring=self.family)
        contract = self.create_contract(product=product, start="2026-06-01")
        contract._generate_charges(self.day("2026-06-15"))
        self.give(contract, amount=cents / 100)
        for day in ("2026-06-15", "2026-07-01"):
            with freeze_time(day):
                for move in self.bill(day).filtered(
                    lambda move: move.service_contract_id == contract
                ):
                    self.assertGreater(move.amount_total, 0)
        gestures = contract.charge_ids.filtered(lambda charge: charge.kind == "goodwill")
        self.assertEqual(round(-sum(gestures.mapped("amount")) * 100), cents)
        savepoint.rollback()
        self.env.invalidate_all()
