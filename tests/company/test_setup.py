from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import SetupCommon

ICS = "FR78ZZZ424242"


@tagged("post_install", "-at_install")
class TestSetupFrance(SetupCommon):
    """Taxes by rate and territory (L08b, L09), direct debit (L10, L16), project."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.excluded = cls.create_service()
        cls.included = cls.create_service("Help incl.", included=True)
        cls.give_iban()
        cls.company._prepare_service_company(creditor_identifier="fr78 zzz 424242")
        cls.company._assign_service_taxes(cls.excluded | cls.included)

    def test_chart_gives_a_goods_tax_and_the_setup_a_service_tax(self):
        goods = self.env["product.template"].create({"name": "PC", "type": "consu"})
        self.assertEqual(self.get_tax(goods).tax_scope, "consu")
        for template, is_included in ((self.excluded, False), (self.included, True)):
            tax = self.get_tax(template)
            self.assertEqual((tax.amount, tax.tax_scope, tax.active), (20.0, "service", True))
            self.assertEqual(tax.price_include, is_included)
            self.assertEqual(tax.tax_exigibility, "on_payment")
            self.assertTrue(tax.cash_basis_transition_account_id.reconcile)

    def test_mainland_pays_20_percent(self):
        self.assertTotals(self.create_invoice("fr", self.excluded), 30.0, 36.0)
        self.assertTotals(self.create_invoice("fr", self.included), 25.0, 30.0)

    def test_reunion_pays_8_5_percent_and_included_stays_included(self):
        for country in ("re", "gp", "mq"):
            with self.subTest(country=country):
                invoice = self.create_invoice(country, self.excluded)
                self.assertTotals(invoice, 30.0, 32.55)
                tax = invoice.invoice_line_ids.tax_ids
                self.assertEqual((tax.amount, tax.tax_exigibility), (8.5, "on_payment"))
                invoice = self.create_invoice(country, self.included)
                self.assertTotals(invoice, 27.65, 30.0)

    def test_guiana_and_mayotte_pay_none(self):
        for country in ("gf", "yt"):
            with self.subTest(country=country):
                self.assertTotals(self.create_invoice(country, self.excluded), 30.0, 30.0)
                self.assertEqual(self.create_invoice(country, self.included).amount_tax, 0.0)

    def test_created_tax_takes_accounts_and_grids_of_its_rate(self):
        tax = self.create_invoice("re", self.excluded).invoice_line_ids.tax_ids
        goods_tax = (
            self.env["account.tax"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("amount", "=", 8.5),
                    ("tax_scope", "=", "consu"),
                    ("type_tax_use", "=", "sale"),
                ],
                limit=1,
            )
        )
        self.assertTrue(goods_tax)
        for field_name in ("account_id", "tag_ids"):
            self.assertEqual(
                tax.repartition_line_ids.mapped(field_name),
                goods_tax.repartition_line_ids.mapped(field_name),
            )
        self.assertEqual(tax.tax_group_id, goods_tax.tax_group_id)
        self.assertEqual(tax.name, "8.5% S")

    def test_goods_to_reunion_stay_exports(self):
        goods = self.env["product.template"].create({"name": "PC", "type": "consu"})
        self.assertEqual(self.create_invoice("re", goods).amount_tax, 0.0)

    def test_other_customers_keep_their_positions(self):
        self.assertEqual(self.create_invoice("us", self.excluded).amount_tax, 0.0)
        private_german = self.create_invoice("de", self.excluded)
        self.assertTotals(private_german, 30.0, 36.0)
        self.assertEqual(self.company.domestic_fiscal_position_id.country_id.code, "FR")
        self.assertTrue(self.get_tax(self.excluded).is_domestic)

    def test_tax_is_due_on_payment(self):
        invoice = self.create_invoice("fr", self.excluded)
        invoice.action_post()
        transition = self.get_tax(self.excluded).cash_basis_transition_account_id
        tax_line = invoice.line_ids.filtered("tax_line_id")
        self.assertEqual(tax_line.account_id, transition)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"payment_date": "2026-04-01"})._create_payments()
        cash_basis = self.env["account.move"].search(
            [("tax_cash_basis_origin_move_id", "=", invoice.id)]
        )
        collected = self.get_tax(self.excluded).invoice_repartition_line_ids.account_id
        paid = cash_basis.line_ids.filtered(lambda line: line.account_id == collected)
        self.assertEqual(sum(paid.mapped("credit")), 6.0)

    def test_services_may_be_due_on_invoice(self):
        before = self.get_tax(self.excluded)
        self.excluded.service_family_id = self.env["service.family"].create({"name": "Help"})
        self.company.service_tax_exigibility = "on_invoice"
        self.company._prepare_service_company()
        self.assertIn(self.excluded, self.company._get_mistaxed_services())
        self.company._assign_service_taxes(self.excluded | self.included)
        tax = self.get_tax(self.excluded)
        self.assertNotEqual(tax, before)
        self.assertEqual((tax.amount, tax.tax_exigibility), (20.0, "on_invoice"))
        self.assertEqual(before.tax_exigibility, "on_payment")
        self.assertTotals(self.create_invoice("re", self.excluded), 30.0, 32.55)
        self.assertTotals(self.create_invoice("re", self.included), 27.65, 30.0)
        self.assertEqual(self.create_invoice("us", self.excluded).amount_tax, 0.0)

    def test_setup_may_run_again(self):
        def count():
            models = ("account.tax", "account.fiscal.position", "account.payment.method.line")
            return [
                self.env[name].with_context(active_test=False).search_count([])
                for name in (*models, "project.project")
            ]

        before = count()
        self.company._prepare_service_company()
        self.company._assign_service_taxes(self.excluded | self.included)
        self.assertEqual(count(), before)

    def test_taxes_of_other_companies_stay(self):
        other = self._create_company(name="Other company")
        other._assign_service_taxes(self.excluded)
        self.assertLessEqual(self.company | other, self.excluded.sudo().taxes_id.company_id)
        for company in self.company | other:
            self.assertEqual(company._get_taxes_of_service(self.excluded).amount, 20.0)

    def test_company_of_reunion_charges_its_own_rate(self):
        company = self._create_company(name="Réunion company")
        company.country_id = self.env.ref("base.re")
        company.account_sale_tax_id = (
            self.env["account.tax"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "=", company.id),
                    ("amount", "=", 8.5),
                    ("type_tax_use", "=", "sale"),
                    ("price_include_override", "=", False),
                ],
                limit=1,
            )
        )
        company._prepare_service_company()
        template = self.create_service("Local help")
        company._assign_service_taxes(template)
        env_company = {"company_id": company.id}
        self.env.user.company_ids |= company
        for country, total in (("re", 32.55), ("fr", 36.0), ("yt", 30.0)):
            with self.subTest(country=country):
                self.env = self.env(context=dict(self.env.context, allowed_company_ids=company.ids))
                template = template.with_env(self.env)
                invoice = self.create_invoice(country, template, **env_company)
                self.assertEqual(round(invoice.amount_total, 2), total)

    def test_direct_debit_method(self):
        line = self.company._get_service_debit_line()
        self.assertEqual(line.journal_id, self.bank_journal)
        self.assertEqual(line.payment_method_id.code, "sepa_direct_debit")
        self.assertEqual((line.bank_account_link, line.default_date_prefered), ("fixed", "due"))
        self.assertTrue(line.selectable and line.payment_order_ok and line.group_lines)
        self.assertTrue(line.payment_account_id.reconcile)
        self.assertEqual(self.company.sepa_creditor_identifier, ICS)

    def test_what_the_setup_makes_is_named_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        company = self.company.with_context(lang="fr_FR")
        company._get_service_debit_line().selectable = False
        company.write({"service_project_id": False, "service_exit_product_id": False})
        company._prepare_service_company(creditor_identifier=ICS)
        for record, english, french in (
            (company.service_exit_product_id, "Rest of the commitment", "Reste de l'engagement"),
            (company._get_service_debit_line(), "SEPA Direct Debit", "Prélèvement SEPA"),
            (company.service_project_id, "Service Sessions", "Interventions"),
        ):
            with self.subTest(english):
                self.assertEqual(record.with_context(lang="en_US").name, english)
                self.assertEqual(record.with_context(lang="fr_FR").name, french)

    def test_l09_positions_of_territories_are_named_in_every_language(self):
        """Made in English, they are read in French on quotations and invoices."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        territory = self.company._get_service_territories()[0]
        positions = self.env["account.fiscal.position"].with_company(self.company)
        position = self.company._create_territory_position(positions, territory)
        self.assertEqual(position.name, f"Services: {territory.name}")
        french = position.with_context(lang="fr_FR").name
        self.assertRegex(french, rf"\xa0: {territory.with_context(lang='fr_FR').name}$")

    def test_project_is_billable_by_hand(self):
        project = self.company.service_project_id
        self.assertTrue(project.allow_timesheets and project.allow_billable)
        self.assertEqual(project.billing_type, "manually")
        self.assertEqual(project.privacy_visibility, "employees")
        self.assertFalse(project.partner_id)
        self.assertEqual(project.company_id, self.company)

    def test_wrong_creditor_identifier_is_refused(self):
        with self.assertRaises(ValidationError):
            self.company._prepare_service_company(creditor_identifier="FR00ZZZ424242")


@tagged("post_install", "-at_install")
class TestSetupPoland(SetupCommon):
    @classmethod
    @AccountTestInvoicingCommon.setup_country("pl")
    def setUpClass(cls):
        super(SetupCommon, cls).setUpClass()
        cls.company = cls.company_data["company"]

    def test_polish_services_pay_23_percent_on_invoice(self):
        template = self.create_service()
        self.company._prepare_service_company()
        self.company._assign_service_taxes(template)
        tax = self.get_tax(template)
        self.assertEqual((tax.amount, tax.tax_scope), (23.0, "service"))
        self.assertEqual(tax.tax_exigibility, "on_invoice")
        self.assertTotals(self.create_invoice("pl", template, 100.0), 100.0, 123.0)
        self.assertEqual(self.create_invoice("us", template, 100.0).amount_tax, 0.0)

    def test_included_tax_is_made_with_the_grids_of_the_rate(self):
        included = self.company._get_service_tax(True)
        excluded = self.company._get_service_tax(False)
        self.assertTrue(included.price_include)
        self.assertEqual(
            included.repartition_line_ids.tag_ids, excluded.repartition_line_ids.tag_ids
        )
        self.assertEqual(included.replacing_tax_ids, excluded.replacing_tax_ids)

    def test_cash_basis_is_possible(self):
        self.company.service_tax_exigibility = "on_payment"
        self.company._prepare_service_company()
        tax = self.company._get_service_tax(False)
        self.assertEqual((tax.amount, tax.tax_exigibility), (23.0, "on_payment"))
        self.assertTrue(tax.cash_basis_transition_account_id.reconcile)
        self.assertTrue(self.company.tax_exigibility)

    def test_no_direct_debit_outside_the_euro(self):
        self.assertFalse({"debit", "identifier"} & set(self.company._get_service_checks()))
        self.company._prepare_service_company()
        self.assertFalse(self.company._get_service_debit_line())


@tagged("post_install", "-at_install")
class TestSetupWizard(SetupCommon):
    def open_setup(self, user=None):
        setups = self.env["service.setup"].with_user(user or self.manager)
        return setups.browse(setups.action_open()["res_id"])

    def get_states(self, setup):
        setup.invalidate_recordset()
        setup.check_ids.invalidate_recordset()
        return {check.key: check.state for check in setup.check_ids}

    def test_checklist_of_a_new_company(self):
        states = self.get_states(self.open_setup())
        self.assertEqual(states["taxes"], "todo")
        self.assertEqual(states["territories"], "todo")
        self.assertEqual(states["debit"], "blocked")
        self.assertEqual(states["identifier"], "blocked")
        self.assertEqual(states["project"], "todo")
        self.assertEqual(states["level"], "blocked")

    def test_states_follow_the_company(self):
        setup = self.open_setup()
        self.give_iban()
        self.assertEqual(self.get_states(setup)["debit"], "todo")

    def test_the_sellers_numbers_are_asked_for(self):
        """Invoices name SIRET and VAT number: a wrong one is refused by platforms (L08b)."""
        setup = self.open_setup()
        right = {"company_registry": "73282932000074", "vat": "FR44732829320"}
        for vals, state in (
            ({"company_registry": False, "vat": False}, "blocked"),
            ({**right, "vat": False}, "blocked"),
            ({**right, "company_registry": "73282932000075"}, "blocked"),
            (right, "ready"),
        ):
            with self.subTest(vals):
                self.company.write(vals)
                self.assertEqual(self.get_states(setup)["identity"], state)
        check = setup.check_ids.filtered(lambda check: check.key == "identity")
        self.assertEqual(check.action_open()["res_id"], self.company.id)

    def test_prepare_makes_everything_ready(self):
        self.give_iban()
        self.company.write({"company_registry": "73282932000074", "vat": "FR44732829320"})
        self.company.service_default_level_id = self.env["service.level"].create(
            {"name": "None", "family_id": self.env["service.family"].create({"name": "F"}).id}
        )
        setup = self.open_setup()
        self.assertFalse(setup.is_ready)
        with Form(setup) as form:
            form.creditor_identifier = ICS
        setup.action_prepare()
        setup.product_ids.is_selected = True
        if setup.product_ids:
            setup.action_correct_taxes()
        states = self.get_states(setup)
        self.assertEqual(set(states.values()), {"ready"}, states)
        self.assertTrue(setup.is_ready)

    def test_exigibility_is_chosen_before(self):
        setup = self.open_setup()
        self.assertEqual(setup.tax_exigibility, "on_payment")
        setup.tax_exigibility = "on_invoice"
        setup.action_prepare()
        self.assertEqual(self.company.service_tax_exigibility, "on_invoice")
        self.assertEqual(self.company._get_service_tax().tax_exigibility, "on_invoice")

    def test_services_with_a_goods_tax_are_listed_and_corrected(self):
        goods_tax = self.company.account_sale_tax_id
        service = self.create_service("Resold help")
        included_tax = (
            self.env["account.tax"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("amount", "=", 10.0),
                    ("type_tax_use", "=", "sale"),
                    ("tax_scope", "=", "consu"),
                    ("price_include_override", "=", "tax_included"),
                ],
                limit=1,
            )
        )
        reduced = self.create_service("Reduced", taxes_id=[Command.set(included_tax.ids)])
        goods = self.env["product.template"].create({"name": "PC", "type": "consu"})
        setup = self.open_setup()
        listed = setup.product_ids.product_tmpl_id
        self.assertLessEqual(service | reduced, listed)
        self.assertNotIn(goods, listed)
        setup.product_ids.is_selected = False
        setup.product_ids.filtered(
            lambda line: line.product_tmpl_id in service | reduced
        ).is_selected = True
        setup.action_correct_taxes()
        self.assertEqual(self.describe(service), (20.0, "service"))
        self.assertEqual(self.describe(reduced), (10.0, "service"))
        self.assertTrue(self.get_tax(reduced).price_include)
        self.assertEqual(self.get_tax(goods), goods_tax)
        self.assertFalse((service | reduced) & setup.product_ids.product_tmpl_id)

    def test_overseas_postcodes_in_france_are_found(self):
        self.assertNotIn("addresses", self.get_states(self.open_setup()))
        customer = self.create_customer("fr", zip="97410")
        setup = self.open_setup()
        check = setup.check_ids.filtered(lambda check: check.key == "addresses")
        self.assertEqual(check.state, "blocked")
        self.assertEqual(check.action_open()["res_id"], customer.id)
        customer.country_id = self.env.ref("base.re")
        self.assertNotIn("addresses", self.get_states(self.open_setup()))

    def test_correcting_nothing_is_said(self):
        setup = self.open_setup()
        setup.product_ids.is_selected = False
        with self.assertRaisesRegex(UserError, "Select the services"):
            setup.action_correct_taxes()

    def test_open_leads_to_what_is_missing(self):
        setup = self.open_setup()
        checks = {check.key: check for check in setup.check_ids}
        self.assertEqual(checks["debit"].action_open()["res_model"], "account.journal")
        self.assertEqual(checks["level"].action_open()["res_model"], "res.config.settings")
        self.assertEqual(checks["taxes"].action_open()["res_model"], "account.tax")
        self.assertFalse(checks["identifier"].can_open)

    def test_rights(self):
        plain_manager = self.create_manager("setup_plain")
        setup = self.open_setup(plain_manager)
        with self.assertRaisesRegex(AccessError, "accounting administrator"):
            setup.action_prepare()
        other = self._create_company(name="Other company")
        setups = self.env["service.setup"].with_user(self.manager)
        with self.assertRaisesRegex(AccessError, "Other company"), self.env.cr.savepoint():
            setups.create({"company_id": other.id})
        with self.assertRaisesRegex(AccessError, "Other company"), self.env.cr.savepoint():
            self.open_setup().company_id = other
        user = new_test_user(
            self.env, login="setup_user", groups="service_contract.service_contract_group_user"
        )
        with self.assertRaises(AccessError):
            self.env["service.setup"].with_user(user).create({})

    def test_company_without_chart_of_accounts(self):
        company = self.env["res.company"].create({"name": "No chart"})
        company._prepare_service_company()
        checks = company._get_service_checks()
        self.assertEqual(
            {key: check.state for key, check in checks.items()}, {"country": "blocked"}
        )
        self.assertFalse(company._get_service_tax())
        company._assign_service_taxes(self.create_service())
