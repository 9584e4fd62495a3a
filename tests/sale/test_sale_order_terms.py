"""What a quotation commits to: negotiated on it, printed, and in its contract (S35, S36)."""

from freezegun import freeze_time
from lxml import etree
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import IBANS, ServiceContractCommon


class TermsCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls.create_customer("Payer", iban=IBANS[0])

    def quote(self, *products, **vals):
        return self.create_quote(*products, user=self.user_sales, start="2026-07-01", **vals)

    def get_terms(self, order):
        return [
            (term.family_id.name, term.initial_months, term.tacit_months, term.notice_count)
            for term in order.service_term_ids
        ]

    def render(self, order):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )
        return " ".join(html.decode().split())


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestQuotedTerms(TermsCommon):
    """“Maintenance” commits for 12 months, “Fibre Access” for 36 and by SEPA."""

    def test_a_quotation_begins_with_what_its_families_say(self):
        order = self.quote(self.product_support, self.product_fibre, self.product_fee)
        self.assertEqual(
            self.get_terms(order), [("Maintenance", 12, 12, 1), ("Fibre Access", 36, 12, 1)]
        )
        self.assertFalse(self.quote(self.product_fee).service_term_ids)
        self.assertEqual(
            order.service_commitment_summary.splitlines(),
            [
                "Maintenance: 12 months, then renewed by 12 months · notice: 1 month",
                "Fibre Access: 36 months, then renewed by 12 months · notice: 1 month · "
                "SEPA direct debit required",
            ],
        )

    def test_terms_follow_the_products_and_keep_what_was_negotiated(self):
        order = self.quote(self.product_fibre)
        order.service_term_ids.initial_months = 24
        order.order_line = [Command.create({"product_id": self.product_support.id})]
        self.assertEqual(
            self.get_terms(order), [("Fibre Access", 24, 12, 1), ("Maintenance", 12, 12, 1)]
        )
        order.order_line.filtered(
            lambda line: line.product_id == self.product_support
        ).product_id = self.create_product("Backup", 9.0, recurring=self.family)
        order.order_line[0].unlink()
        self.assertEqual(self.get_terms(order), [("Maintenance", 12, 12, 1)])
        copy = order.copy()
        self.assertEqual(self.get_terms(copy), [("Maintenance", 12, 12, 1)])

    def test_the_form_shows_and_negotiates_them(self):
        form = Form(self.env["sale.order"].with_user(self.user_sales))
        form.partner_id = self.payer
        with form.order_line.new() as line:
            line.product_id = self.product_fibre
        self.assertIn("36 months", form.service_commitment_summary)
        with form.service_term_ids.edit(0) as term:
            term.binding_months = 12
            term.notice_count = 2
        self.assertIn("12 months", form.service_commitment_summary)
        order = form.save()
        self.assertEqual(self.get_terms(order), [("Fibre Access", 12, 12, 2)])
        order.action_confirm()
        contract = order.service_contract_ids
        self.assertEqual(
            (contract.initial_months, contract.tacit_months, contract.notice_count), (12, 12, 2)
        )
        self.assertFalse(contract.with_user(self.user_sales).can_change_terms)

    def test_what_is_negotiated_is_printed_and_binds(self):
        order = self.quote(self.product_support, customer=self.payer)
        order.service_term_ids.write({"initial_months": 24, "tacit_months": 6, "notice_count": 3})
        words = (
            "Commitment of 24 months, then renewed by tacit agreement for 6 months at a time, "
            "unless refused with a notice of 3 months."
        )
        self.assertIn(words, self.render(order))
        self.assertNotIn("SEPA direct debit", self.render(order))
        order.action_confirm()
        contract = order.service_contract_ids
        self.assertEqual(contract.commitment_end, self.day("2028-06-30"))
        self.assertEqual(contract.refusal_deadline, self.day("2028-03-31"))

    def test_l03_telecom_is_limited_all_the_same(self):
        order = self.quote(self.product_fibre, customer=self.payer, service_is_small_firm=True)
        order.service_term_ids.initial_months = 48
        self.assertEqual(order.service_telecom_months, 48)
        self.assertTrue(order.service_is_telecom_capped)
        self.assertEqual(order.service_term_ids.binding_months, 24)
        self.assertEqual(order.service_term_ids.capped_note, "24 months, not 48")
        order.action_confirm()
        self.assertEqual(order.service_contract_ids.initial_months, 24)
        short = self.quote(self.product_fibre, customer=self.payer, service_is_small_firm=True)
        short.service_term_ids.initial_months = 12
        self.assertFalse(short.service_is_telecom_capped or short.service_term_ids.capped_note)

    def test_l03_the_form_shows_the_months_that_bind(self):
        """A consumer never reads 36 where the contract commits for 24."""
        order = self.quote(self.product_fibre, customer=self.payer, service_regime="consumer")
        form = Form(order.with_user(self.user_sales))
        with form.service_term_ids.edit(0) as term:
            self.assertEqual((term.binding_months, term.capped_note), (24, "24 months, not 36"))
            term.binding_months = 60
            self.assertEqual((term.binding_months, term.capped_note), (24, "24 months, not 60"))
        form.save()
        self.assertEqual(order.service_term_ids.initial_months, 60)
        terms = order.service_term_ids.with_user(self.user_sales)
        terms.binding_months = 24
        self.assertEqual(terms.initial_months, 60)
        terms.binding_months = 12
        self.assertEqual((terms.initial_months, terms.binding_months), (12, 12))
        self.assertFalse(terms.capped_note)

    def test_l05_a_commitment_has_the_duration_of_its_renewal(self):
        order = self.quote(self.product_support)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            order.service_term_ids.tacit_months = 0
            self.env.flush_all()
        order.service_term_ids.write({"initial_months": 0, "tacit_months": 0})
        order.action_confirm()
        self.assertFalse(order.service_contract_ids.commitment_ids)

    def test_s36_exempt_from_sepa_is_who_a_manager_says(self):
        order = self.quote(self.product_fibre)
        self.assertIn("Paid by SEPA direct debit: Fibre Access", self.render(order))
        vals = {"is_sepa_waived": True, "sepa_waiver_reason": "Town hall"}
        with self.assertRaisesRegex(UserError, "Only a manager"), self.env.cr.savepoint():
            order.service_term_ids.write(vals)
        theirs = order.service_term_ids.with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "say why"), self.env.cr.savepoint():
            theirs.is_sepa_waived = True
        theirs.write(vals)
        self.env.invalidate_all()
        self.assertNotIn("Paid by SEPA", self.render(order))
        order.action_confirm()
        contract = order.service_contract_ids
        self.assertEqual((contract.state, contract.sudo().is_sepa_waived), ("active", True))

    def test_s36_nobody_is_exempt_by_a_default(self):
        """The program makes the terms; no default of the database is theirs."""
        defaults = {"is_sepa_waived": True, "sepa_waiver_reason": "Mine"}
        for name, value in defaults.items():
            self.env["ir.default"].set("service.quoted.term", name, value)
        term = self.quote(self.product_fibre).service_term_ids
        self.assertFalse(term.is_sepa_waived or term.sepa_waiver_reason)

    def test_terms_are_negotiated_by_who_may_change_the_quotation(self):
        """Salespeople of their own documents: neither by its lines nor by its terms."""
        order = self.create_quote(self.product_support, user_id=self.env.user.id)
        term = order.service_term_ids.with_user(self.user_sales)
        for change in (
            lambda: term.write({"initial_months": 1}),
            lambda: term.unlink(),
            lambda: term.create({"order_id": order.id, "family_id": self.family_sepa.id}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                change()
        term.with_user(self.user_manager).initial_months = 24
        order.user_id = self.user_sales
        term.initial_months = 6
        self.assertEqual(term.initial_months, 6)

    def test_confirmed_terms_stay(self):
        order = self.quote(self.product_support)
        order.action_confirm()
        term = order.service_term_ids
        for change in (
            lambda: term.write({"initial_months": 6}),
            lambda: term.with_user(self.user_manager).write({"notice_count": 0}),
            lambda: term.unlink(),
            lambda: term.create({"order_id": order.id, "family_id": self.family_sepa.id}),
        ):
            with self.assertRaisesRegex(UserError, "is confirmed"), self.env.cr.savepoint():
                change()


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestAmendingQuote(TermsCommon):
    """50.00 a month until then; what is quoted is shown beside it."""

    def quote_amendment(self, contract, *products, **vals):
        return self.quote(*products, service_amended_contract_id=contract.id, **vals)

    def test_it_says_what_it_replaces_and_from_when(self):
        contract = self.create_contract()
        backup = self.create_product("Backup", 20.0, recurring=self.family)
        order = self.quote_amendment(contract, self.product_support, backup)
        order.order_line[0].product_uom_qty = 2
        order.service_start_date = "2026-07-01"
        words = f"Amends contract {contract.name} (Maintenance) from 07/01/2026 on."
        self.assertEqual(order.service_amendment_note, words)
        text = self.render(order)
        self.assertIn(words, text)
        for part in ("Before", "After", "1 × 50.00", "2 × 50.00", "1 × 20.00", "120.00"):
            self.assertIn(part, order.service_comparison)
            self.assertIn(part, text)
        order.service_start_date = False
        self.assertIn("on which it is confirmed", order.service_amendment_note)

    def test_what_is_taken_out_is_said(self):
        contract = self.create_contract()
        backup = self.create_product("Backup", 60.0, recurring=self.family)
        order = self.quote_amendment(contract, backup)
        self.assertIn("Taken out", order.service_comparison)

    def test_it_commits_the_amended_contract_by_its_own_field(self):
        contract = self.create_contract()
        order = self.quote_amendment(contract, self.product_support, self.product_fibre)
        self.assertEqual(self.get_terms(order), [("Fibre Access", 36, 12, 1)])

    def test_buttons_lead_there_and_back(self):
        contract = self.create_contract()
        order = self.quote_amendment(contract, self.product_support)
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.action_open_amended_contract()["res_id"], contract.id)
        theirs = contract.with_user(self.user_sales)
        self.assertEqual(theirs.amending_quote_count, 1)
        self.assertEqual(theirs.action_open_amending_quotes()["res_id"], order.id)
        self.assertIn(order.name, theirs.coming_change)
        order.action_confirm()
        self.env.invalidate_all()
        self.assertEqual((theirs.amending_quote_count, order.service_amendment_count), (0, 1))
        amendment = contract.amendment_ids
        self.assertEqual(order.action_open_service_amendments()["res_id"], amendment.id)
        self.assertEqual(order.service_comparison, amendment.comparison)
        self.assertIn("Committed until", self.render(order))

    def test_the_contract_shows_the_coming_change(self):
        contract = self.create_contract()
        order = self.quote_amendment(contract, self.product_support)
        order.order_line.product_uom_qty = 2
        order.action_confirm()
        for user in (self.user_technician, self.user_sales):
            words = contract.with_user(user).coming_change
            self.assertIn("From 07/01/2026 on", words)
            self.assertRegex(words, "50.00.*→.*100.00")
        with freeze_time("2026-07-01 12:00:00"):
            self.env.invalidate_all()
            self.assertFalse(contract.coming_change)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSites(TermsCommon):
    def create_site(self, city):
        vals = {"name": city, "type": "delivery", "parent_id": self.customer.id, "city": city}
        return self.env["res.partner"].create(vals)

    def test_a_second_site_is_sold_by_another_quotation(self):
        """By a salesperson who does not see Odoo's own delivery addresses."""
        sites = [self.create_site(city) for city in ("Lyon", "Vienne")]
        contracts = self.env["service.contract"]
        for site in sites:
            form = Form(self.env["sale.order"].with_user(self.user_sales))
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.product_support
            form.partner_shipping_id = site
            order = form.save()
            order.action_confirm()
            contracts += order.service_contract_ids
        self.assertEqual(contracts.mapped("partner_shipping_id.city"), ["Lyon", "Vienne"])
        self.assertEqual(set(contracts.mapped("state")), {"active"})
        invoices = self.create_run("2026-06-15", user=self.user_accountant).invoice_ids
        self.assertEqual(invoices.partner_shipping_id, sites[0] + sites[1])

    def test_lists_show_find_and_group_sites(self):
        for model, group in (
            ("service.contract", "group_site"),
            ("service.charge", "group_site"),
            ("sale.order", "group_service_site"),
        ):
            arch = etree.fromstring(self.env[model].get_view(view_type="search")["arch"])
            self.assertTrue(arch.findall(".//field[@name='partner_shipping_id']"), model)
            self.assertTrue(arch.findall(f".//filter[@name='{group}']"), model)
        arch = etree.fromstring(self.env["service.contract"].get_view(view_type="list")["arch"])
        self.assertTrue(arch.findall(".//field[@name='partner_shipping_id']"))
