"""A copy has none of its original's past; a past start is told and asked (invariant 1)."""

from freezegun import freeze_time

from odoo import Command
from odoo.tests import Form, tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-09-15 09:00:00")
class TestActivation(ServiceContractCommon):
    """50.00 a month."""

    def test_a_copy_begins_today(self):
        contract = self.create_contract(start="2026-01-31", concluded_on="2026-01-31")
        contract.line_ids.date_end = "2026-12-31"
        copy = contract.with_user(self.user_sales).copy()
        today = self.day("2026-09-15")
        self.assertEqual((copy.date_start, copy.anchor_date), (today, today))
        self.assertEqual(copy.price_base_date, today)
        self.assertFalse(copy.line_ids.date_start or copy.line_ids.date_end)
        self.assertFalse(copy.date_end or copy.concluded_on or copy.charged_until)
        copy.action_activate()
        copy._generate_charges(today)
        self.assertPeriods(copy.charge_ids, [("2026-09-15", "2026-10-14")])

    def test_a_copy_has_what_is_provided_and_not_what_was(self):
        contract = self.create_contract(start="2026-01-01")
        contract.line_ids._replace_from(self.day("2026-06-01"), price_unit=60)
        contract.line_ids.sorted("id")[-1]._replace_from(self.day("2026-12-01"), price_unit=70)
        contract.line_ids = [
            Command.create({"product_id": self.product_support.id, "date_end": "2026-06-30"})
        ]
        self.assertEqual(contract.copy().line_ids.mapped("price_unit"), [60])
        contract._set_ended(self.day("2026-03-31"))
        self.assertEqual(contract.copy().line_ids.mapped("price_unit"), [50, 50])
        later = self.create_contract(start="2027-01-01")
        self.assertEqual(later.copy().line_ids.mapped("price_unit"), [50])
        other = contract.copy({"line_ids": [Command.create({"product_id": self.product_fibre.id})]})
        self.assertEqual(other.line_ids.product_id, self.product_fibre)

    def test_a_copied_run_bills_as_of_today(self):
        run = self.create_run("2026-03-31", start=False)
        run.session_cutoff_date = "2026-02-28"
        copy = run.copy()
        today = self.day("2026-09-15")
        self.assertEqual((copy.cutoff_date, copy.invoice_date), (today, today))
        self.assertEqual(copy.session_cutoff_date, today)

    # ----- A past start -----

    def ask(self, contract):
        """Press “Activate” on the form; return the dialogue, empty where nothing is asked."""
        action = contract.with_context(service_asks_backlog=True).action_activate()
        wizards = self.env["service.contract.activation"].with_user(contract.env.user)
        return wizards.browse(action and action["res_id"])

    def create_draft(self, start, **vals):
        contract = self.create_contract(start=start, activate=False, **vals)
        return contract.with_user(self.user_sales)

    def test_what_a_past_start_bills_is_said_and_asked(self):
        """From 1 January to 15 September: nine months of 50.00."""
        contract = self.create_draft("2026-01-01")
        wizard = self.ask(contract)
        self.assertEqual(contract.state, "draft")
        self.assertRegex(wizard.backlog_note, "01/01/2026, is past.* 450.00")
        wizard.action_activate()
        contract.sudo()._generate_charges(self.day("2026-09-15"))
        self.assertEqual(sum(contract.sudo().charge_ids.mapped("amount_untaxed")), 450)

    def test_the_contract_may_start_today_instead(self):
        contract = self.create_draft("2026-01-01")
        self.ask(contract).action_start_today()
        self.assertEqual((contract.state, str(contract.date_start)), ("active", "2026-09-15"))
        self.assertEqual(contract.anchor_date, contract.date_start)

    def test_nothing_is_asked_where_nothing_is_past(self):
        cases = [
            ("today", {"start": "2026-09-15"}),
            ("later", {"start": "2026-10-01"}),
            ("in arrears, nothing due", {"start": "2026-09-01", "billing_mode": "arrears"}),
            ("free", {"start": "2026-01-01", "line": {"price_unit": 0.0}}),
        ]
        for name, vals in cases:
            with self.subTest(name):
                contract = self.create_draft(**vals)
                self.assertFalse(self.ask(contract))
                self.assertEqual(contract.state, "active")

    def test_what_is_said_is_without_tax(self):
        included = self.create_product(
            "Incl.", 60.0, tax=self.tax_included, recurring=self.family, level=self.level_unlimited
        )
        contract = self.create_draft("2026-09-15", product=included)
        self.assertEqual(contract.line_ids._get_owed_amount(self.day("2026-09-15")), 50)

    # ----- Quotations -----

    def quote(self, start):
        return self.create_quote(self.product_support, user=self.user_sales, start=start)

    def test_a_quotation_with_a_past_start_says_what_it_bills(self):
        order = self.quote("2026-07-01")
        self.assertTrue(order.service_is_start_past)
        self.assertRegex(order.service_backlog_warning, "07/01/2026, is past.* 150.00")
        form = Form(order)
        self.assertIn("150.00", form.service_backlog_warning)
        order.action_start_today()
        self.assertFalse(order.service_is_start_past or order.service_backlog_warning)
        order.action_confirm()
        self.assertEqual(str(order.service_contract_ids.date_start), "2026-09-15")

    def test_a_quotation_of_today_says_nothing(self):
        for start in (False, "2026-09-15", "2026-10-01"):
            self.assertFalse(self.quote(start).service_backlog_warning)

    def test_who_signs_online_is_billed_from_that_day_on(self):
        order = self.quote("2026-07-01")
        order.signed_on = "2026-09-15 08:00:00"
        order.with_user(self.user_portal).sudo()._validate_order()
        contract = order.service_contract_ids
        self.assertEqual((contract.state, str(contract.date_start)), ("active", "2026-09-15"))
        self.assertIn("signed later", " ".join(order.message_ids.mapped("body")))
