"""The 24-month limit of telecom commitments, and its express waiver, on the quotation (L03)."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestTelecomQuote(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.family_sepa.sepa_required = False

    def quote(self, *products, **vals):
        products = products or (self.product_fibre,)
        return self.create_quote(*products, user=self.user_sales, start="2026-06-15", **vals)

    def confirm(self, order):
        order.action_confirm()
        return order.sudo().service_contract_ids

    def test_l03_who_is_limited_and_who_may_waive(self):
        """A non-profit and a small firm may; a consumer never; a larger firm has no limit."""
        cases = [
            ("consumer", False, True, False, 24),
            ("non_professional", False, True, True, 24),
            ("professional", True, True, True, 24),
            ("professional", False, False, False, 36),
        ]
        for regime, is_small, is_capped, can_waive, months in cases:
            with self.subTest(regime, small=is_small):
                order = self.quote(service_regime=regime, service_is_small_firm=is_small)
                self.assertEqual(order.service_is_telecom_capped, is_capped)
                self.assertEqual(order.service_can_waive_telecom_cap, can_waive)
                self.assertFalse(order.service_is_telecom_cap_waived)
                contract = self.confirm(order)
                self.assertEqual(contract.initial_months, months)
                self.assertEqual((contract.regime, contract.is_small_firm), (regime, is_small))
                self.assertFalse(contract.is_telecom_cap_waived)

    def test_l03_without_the_waiver_the_commitment_is_24_months(self):
        contract = self.confirm(self.quote(service_is_small_firm=True))
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.commitment_end, date(2028, 6, 14))

    def test_l03_waived_it_goes_over_to_the_contract(self):
        order = self.quote(service_is_small_firm=True, service_is_telecom_cap_waived=True)
        self.assertFalse(order.service_is_telecom_capped)
        contract = self.confirm(order)
        self.assertTrue(contract.is_telecom_cap_waived)
        self.assertEqual(contract.commitment_end, date(2029, 6, 14))
        with self.assertRaisesRegex(UserError, "is confirmed"):
            order.service_is_telecom_cap_waived = False

    def test_l03_others_cannot_waive(self):
        for vals in ({"service_regime": "consumer"}, {"service_is_small_firm": False}):
            with self.assertRaisesRegex(UserError, "cannot give the limit"):
                self.quote(service_is_telecom_cap_waived=True, **vals)

    def test_l03_never_ticked_beforehand(self):
        """Neither by a copy, nor by another customer."""
        order = self.quote(service_is_small_firm=True, service_is_telecom_cap_waived=True)
        self.assertFalse(order.copy().service_is_telecom_cap_waived)
        other = self.create_customer("Other")
        with Form(order) as form:
            self.assertTrue(form.service_is_telecom_cap_waived)
            form.partner_id = other
            self.assertFalse(form.service_is_telecom_cap_waived)

    def test_l03_other_services_have_no_limit(self):
        self.family.initial_months = 36
        order = self.quote(self.product_support, self.product_fibre, service_regime="consumer")
        contracts = self.confirm(order)
        months = {contract.family_id: contract.initial_months for contract in contracts}
        self.assertEqual(months, {self.family: 36, self.family_sepa: 24})
        plain = self.quote(self.product_support, service_regime="consumer")
        self.assertFalse(plain.service_is_telecom_capped)

    def test_l03_printed_and_shown_to_who_signs(self):
        waived = self.quote(service_is_small_firm=True, service_is_telecom_cap_waived=True)
        limited = self.quote(service_is_small_firm=True)
        free = self.quote(service_is_small_firm=False)
        for order, words, others in (
            (waived, "expressly gives that limit up", "is limited to 24 months (Code"),
            (limited, "is limited to 24 months (Code", "expressly gives"),
            (free, "", "L224-28"),
        ):
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                "sale.report_saleorder", order.ids
            )
            text = " ".join(html.decode().split())
            self.assertIn(words, text)
            self.assertNotIn(others, text)

    def amending(self, contract, months, **vals):
        return self.quote(
            service_amended_contract_id=contract.id, service_amendment_months=months, **vals
        )

    def test_l03_a_new_commitment_needs_a_waiver_of_its_own(self):
        contract = self.create_contract(
            product=self.product_fibre, is_small_firm=True, initial_months=12
        )
        order = self.amending(contract, 36)
        self.assertTrue(order.service_is_small_firm)
        self.assertTrue(order.service_is_telecom_capped)
        order.action_confirm()
        self.assertEqual(contract.commitment_end, date(2028, 6, 14))
        with self.assertRaisesRegex(UserError, "only a manager"), self.env.cr.savepoint():
            order._action_cancel()
        order.with_user(self.env.user)._action_cancel()
        waived = self.amending(contract, 36, service_is_telecom_cap_waived=True)
        waived.action_confirm()
        self.assertEqual(contract.commitment_end, date(2029, 6, 14))
        self.assertTrue(contract.is_telecom_cap_waived)
        waived.with_user(self.env.user)._action_cancel()
        self.assertFalse(contract.is_telecom_cap_waived)
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))

    def test_l03_amended_without_a_quotation(self):
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        for regime, may_waive in (("consumer", False), ("non_professional", True)):
            contract = self.create_contract(
                product=self.product_fibre, regime=regime, initial_months=12
            )
            vals = amendments._prepare_draft_vals(contract, date(2026, 6, 20))
            amendment = amendments.create(
                {**vals, "is_new_commitment": True, "commitment_months": 36}
            )
            self.assertEqual(amendment.is_waiver_needed, may_waive)
            with self.assertRaisesRegex(UserError, "24 months at most"):
                amendment.action_confirm()
            amendment.is_telecom_cap_waived = True
            if may_waive:
                amendment.action_confirm()
                self.assertTrue(contract.is_telecom_cap_waived)
                amendment.with_user(self.user_manager).action_cancel()
                self.assertFalse(contract.is_telecom_cap_waived)
            else:
                with self.assertRaisesRegex(UserError, "24 months at most"):
                    amendment.action_confirm()

    def test_lines_added_later_keep_the_limit(self):
        order = self.quote(self.product_support, service_is_small_firm=True)
        order.action_confirm()
        order.order_line = [
            Command.create({"product_id": self.product_fibre.id, "product_uom_qty": 1})
        ]
        fibre = order.sudo().service_contract_ids.filtered("is_telecom")
        self.assertEqual(fibre.initial_months, 24)
