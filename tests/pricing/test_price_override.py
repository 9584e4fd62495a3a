from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import HALF_HOUR, ScopeCommon


@tagged("post_install", "-at_install")
class TestPriceOverride(ScopeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreed = cls.env.ref("service_contract.service_reason_price_agreed")

    def override(self, session, amount, user=None):
        wizard = self.env["service.session.override"].with_user(user or self.user_manager)
        form = Form(wizard.with_context(default_session_id=session.id))
        form.amount = amount
        form.reason_id = self.agreed
        form.save().action_apply()
        return session

    def test_who_why_and_what_it_would_have_cost(self):
        session = self.override(self.close(self.travel), 12.5)
        charge = session.charge_ids
        self.assertEqual((charge.component, charge.amount_untaxed), ("override", 12.5))
        self.assertEqual(session.amount_untaxed, 12.5)
        self.assertEqual(session.override_user_id, self.user_manager)
        self.assertEqual(charge.explanation["override_by"], self.user_manager.name)
        self.assertEqual(charge.explanation["override_reason"], self.agreed.name)
        self.assertEqual(charge.explanation["computed_amount"], "30.00")

    def test_the_wizard_shows_the_computed_price(self):
        session = self.close(self.travel)
        wizard = self.env["service.session.override"].with_user(self.user_manager)
        form = Form(wizard.with_context(default_session_id=session.id))
        self.assertEqual((form.computed_amount, form.amount), (30.0, 30.0))
        self.assertFalse(form.is_tax_included)
        self.override(session, 10)
        form = Form(wizard.with_context(default_session_id=session.id))
        self.assertEqual((form.computed_amount, form.amount), (30.0, 10.0))

    def test_tax_included(self):
        tariff = self.level_unlimited.tariff_ids
        tariff.write(
            {
                "first_block_product_id": self.product_block_incl.id,
                "next_block_product_id": self.product_next_incl.id,
            }
        )
        session = self.override(self.close(self.travel), 12.0)
        self.assertEqual((session.amount_total, session.amount_untaxed), (12.0, 10.0))

    def test_nothing_owed(self):
        session = self.override(self.close(self.travel), 0)
        self.assertEqual(session.billing_state, "included")
        self.assertEqual(session.charge_ids.included_amount, 30.0)

    def test_included_work_may_get_a_price(self):
        session = self.override(self.close(self.remote), 5.0)
        self.assertEqual((session.amount_untaxed, session.billing_state), (5.0, "ready"))

    def open_dialog(self, session):
        wizard = self.env["service.session.override"].with_user(self.user_manager)
        return Form(wizard.with_context(default_session_id=session.id))

    def test_the_dialog_says_that_the_sheet_is_taken_back(self):
        session = self.close(self.travel)
        self.assertFalse(self.open_dialog(session).sheet_warning)
        session._set_sheet_validated("paper")
        self.assertIn(
            "“Validated”. Another price takes it back", self.open_dialog(session).sheet_warning
        )
        self.override(session, 12.5)
        self.assertEqual(session.sheet_state, "draft")
        self.assertFalse(self.open_dialog(session).sheet_warning)

    def test_words_are_no_price(self):
        """The plain widget of amounts reads letters as 0.00; this one marks the field as wrong."""
        arch = self.env["service.session.override"].get_view(view_type="form")["arch"]
        (amount,) = etree.fromstring(arch).xpath("//field[@name='amount']")
        self.assertEqual(amount.get("widget"), "float")

    def test_it_outlives_corrections(self):
        session = self.override(self.close(self.travel), 12.5)
        session.line_ids.service_seconds = HALF_HOUR + 1
        self.assertEqual(session.amount_untaxed, 12.5)
        self.assertEqual(session.charge_ids.explanation["computed_amount"], "60.00")
        session.with_user(self.user_manager).work_type_id = self.remote
        self.assertEqual(session.amount_untaxed, 12.5)
        self.assertTrue(session.is_price_overridden)

    def test_taken_back(self):
        session = self.override(self.close(self.travel), 12.5).with_user(self.user_manager)
        session.action_remove_override()
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertFalse(session.override_reason_id or session.override_user_id)

    def test_before_closing(self):
        session = self.override(self.record(self.travel), 12.5)
        self.assertIn("12.50", session.price_explanation)
        session.action_done()
        self.assertEqual(session.amount_untaxed, 12.5)

    def test_managers_only_and_with_a_reason(self):
        session = self.close(self.travel)
        no_reason = self.env["service.reason"]
        with self.assertRaises(AccessError):
            session._set_override(1.0, self.agreed)
        for name, value in (("is_price_overridden", True), ("override_amount", 1.0)):
            with self.assertRaisesRegex(AccessError, "cannot be written"):
                session.with_user(self.user_manager)[name] = value
        with self.assertRaises(AccessError):
            self.override(session, 1.0, self.user_technician)
        for amount, reason in ((-1.0, self.agreed), (1.0, no_reason)):
            with self.assertRaisesRegex(UserError, "0.00 or more and has a reason"):
                session.with_user(self.user_manager)._set_override(amount, reason)

    def test_a_billed_session_is_locked(self):
        session = self.close(self.travel)
        self.env["account.move"]._as_billing().create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    (0, 0, session.sudo().charge_ids._prepare_invoice_line_vals())
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "is billed on"):
            session.with_user(self.user_manager)._set_override(1.0, self.agreed)
