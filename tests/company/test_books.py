"""Country and chart first, services on their own account, taxes rounded so that lines add up."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..common import ServiceContractCommon
from .common import SetupCommon


@tagged("post_install", "-at_install")
class TestServiceIncome(ServiceContractCommon):
    """French services are booked on 706, never on 707, the account of goods."""

    def get_codes(self, moves):
        lines = moves.line_ids.filtered(lambda line: line.display_type == "product")
        return set(lines.with_company(self.company).account_id.mapped("code"))

    def test_everything_billed_is_booked_as_a_service(self):
        contract = self.create_contract()
        self.company.service_default_level_id = self.level
        self.create_session([("2026-01-06 09:00:00", 1800)], customer=self.create_customer("B"))
        run = self.create_run("2026-01-31")
        self.assertIn(contract.charge_ids.invoice_id, run.invoice_ids)
        self.assertGreater(len(run.invoice_ids), 1)
        self.assertEqual(self.get_codes(run.invoice_ids), {"706000"})

    def test_one_offs_of_an_order_and_exits_as_well(self):
        order = self.create_quote(self.product_fee)
        order.action_confirm()
        self.assertEqual(self.get_codes(order._create_invoices()), {"706000"})
        exit_product = self.company.service_exit_product_id
        accounts = exit_product.with_company(self.company)._get_product_accounts()
        self.assertEqual(accounts["income"], self.company.service_income_account_id)

    def test_goods_and_what_was_chosen_stay(self):
        goods = self.env["product.product"].create({"name": "PC", "type": "consu"})
        template = self.product_fee.product_tmpl_id.with_company(self.company)
        rentals = self.env["account.account"].search(
            [("code", "=", "708300"), ("company_ids", "in", self.company.ids)]
        )
        for record, income in (
            (goods.with_company(self.company), self.company.income_account_id),
            (template, self.company.service_income_account_id),
        ):
            self.assertEqual(record._get_product_accounts()["income"], income)
        template.categ_id = self.env["product.category"].create({"name": "Rentals"})
        template.categ_id.property_account_income_categ_id = rentals
        self.assertEqual(template._get_product_accounts()["income"], rentals)
        template.property_account_income_id = self.company.income_account_id
        self.assertEqual(template._get_product_accounts()["income"], self.company.income_account_id)
        self.assertEqual(self.company._get_misbooked_services(), template)
        self.assertEqual(self.company._inspect_service_income().state, "blocked")

    def test_each_company_has_its_own(self):
        self.sister.service_income_account_id = False
        accounts = self.product_fee.sudo().with_company(self.sister)._get_product_accounts()
        self.assertEqual(accounts["income"], self.sister.income_account_id)

    def test_fiscal_positions_map_it(self):
        rentals = self.env["account.account"].search(
            [("code", "=", "708300"), ("company_ids", "in", self.company.ids)]
        )
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "account_ids": [
                    Command.create(
                        {
                            "account_src_id": self.company.service_income_account_id.id,
                            "account_dest_id": rentals.id,
                        }
                    )
                ],
            }
        )
        product = self.product_fee.product_tmpl_id.with_company(self.company)
        self.assertEqual(product.get_product_accounts(position)["income"], rentals)


@tagged("post_install", "-at_install")
class TestSetupBooks(SetupCommon):
    """The set-up says "ready" of books only when they are."""

    def open_setup(self, company=None):
        setups = self.env["service.setup"].with_user(self.manager)
        setups = setups.with_context(allowed_company_ids=(company or self.company).ids)
        return setups.browse(setups.action_open()["res_id"])

    def get_check(self, setup, key):
        setup.check_ids.invalidate_recordset()
        return setup.check_ids.filtered(lambda check: check.key == key)

    def create_company(self, country=None, chart=None):
        company = self.env["res.company"].create(
            {"name": "New", "country_id": country and self.env.ref(f"base.{country}").id}
        )
        if chart:
            self.env["account.chart.template"].try_loading(chart, company, install_demo=False)
        self.manager.company_ids |= company
        return company

    def test_account_is_found_by_its_number_and_prepared(self):
        setup = self.open_setup()
        check = self.get_check(setup, "income")
        self.assertEqual(check.state, "todo")
        self.assertIn("706000", check.note)
        self.assertFalse(self.company.service_income_account_id)
        setup.action_prepare()
        self.assertEqual(self.company.service_income_account_id.code, "706000")
        self.assertEqual(self.get_check(setup, "income").state, "ready")

    def test_account_can_be_chosen_but_not_that_of_goods(self):
        other = self.env["account.account"].search(
            [("code", "=", "704000"), ("company_ids", "in", self.company.ids)]
        )
        setup = self.open_setup()
        with Form(setup) as form:
            form.income_account_id = self.company.income_account_id
        setup.action_prepare()
        self.assertEqual(self.get_check(setup, "income").state, "blocked")
        with Form(setup) as form:
            form.income_account_id = other
        setup.action_prepare()
        self.assertEqual(self.company.service_income_account_id, other)
        self.assertEqual(self.get_check(setup, "income").state, "ready")

    def test_without_the_account_a_person_chooses(self):
        self.company._find_service_income_account().code = "790000"
        setup = self.open_setup()
        self.assertEqual(self.get_check(setup, "income").state, "blocked")
        self.assertFalse(setup.is_ready)

    def test_services_that_name_the_account_of_goods_are_shown(self):
        service = self.create_service(property_account_income_id=self.company.income_account_id.id)
        setup = self.open_setup()
        setup.action_prepare()
        check = self.get_check(setup, "income")
        self.assertEqual(check.state, "blocked")
        self.assertEqual(check.action_open()["res_id"], service.id)

    def test_included_prices_want_rounding_per_line(self):
        """S06: four sessions of 50.00 are 166.68 by line and 166.67 as a whole."""
        self.assertEqual(self.company.tax_calculation_rounding_method, "round_globally")
        setup = self.open_setup()
        self.assertEqual(self.get_check(setup, "rounding").state, "ready")
        family = self.env["service.family"].create({"name": "Repair"})
        self.create_service(included=True, service_family_id=family.id)
        self.assertEqual(self.get_check(setup, "rounding").state, "blocked")
        setup.action_prepare()
        self.assertEqual(self.company.tax_calculation_rounding_method, "round_globally")
        with Form(setup) as form:
            form.tax_rounding = "round_per_line"
        setup.action_prepare()
        self.assertEqual(self.company.tax_calculation_rounding_method, "round_per_line")
        self.assertEqual(self.get_check(setup, "rounding").state, "ready")

    def test_country_comes_first(self):
        company = self.create_company()
        setup = self.open_setup(company)
        self.assertEqual(setup.check_ids.mapped("key"), ["country"])
        self.assertEqual(setup.check_ids.state, "blocked")
        self.assertEqual(setup.check_ids.action_open()["res_id"], company.id)
        self.assertFalse(setup.has_ground or setup.is_ready or setup.product_ids)
        with self.assertRaisesRegex(UserError, "come first"):
            setup.action_prepare()
        company.country_id = self.env.ref("base.fr")
        again = self.open_setup(company)
        self.assertEqual(
            [(check.key, check.state) for check in again.check_ids],
            [("country", "ready"), ("chart", "blocked")],
        )

    def test_no_rate_of_another_countrys_chart_is_offered(self):
        """A French company with the chart for everybody, whose default tax is 15 %."""
        company = self.create_company("fr", "generic_coa")
        self.assertEqual(company.account_sale_tax_id.amount, 15.0)
        checks = company._get_service_checks()
        self.assertEqual(list(checks), ["country", "chart"])
        self.assertEqual(checks["chart"].state, "blocked")
        self.assertEqual(
            company._get_service_check_action("chart")["res_model"], "res.config.settings"
        )
        setup = self.open_setup(company)
        with self.assertRaisesRegex(UserError, "come first"):
            setup.action_prepare()
        self.assertFalse(company.service_project_id or company.service_tax_exigibility)

    def test_a_company_of_a_territory_has_the_chart_of_its_state(self):
        self.company.country_id = self.env.ref("base.re")
        self.assertTrue(self.company._has_service_ground())

    def test_a_company_in_business_keeps_its_chart_but_not_the_one_for_everybody(self):
        self.company.country_id = self.env.ref("base.be")
        self.assertFalse(self.company._has_service_ground())
        self.create_invoice("fr", self.create_service())
        self.assertTrue(self.company._has_service_ground())


@tagged("post_install", "-at_install")
class TestSetupBooksPoland(SetupCommon):
    @classmethod
    @AccountTestInvoicingCommon.setup_country("pl")
    def setUpClass(cls):
        super(SetupCommon, cls).setUpClass()
        cls.company = cls.company_data["company"]

    def test_services_are_booked_by_the_polish_chart(self):
        service = self.create_service()
        self.assertEqual(self.company.income_account_id.code, "73.000.100")
        self.company._prepare_service_company()
        invoice = self.create_invoice("pl", service, 100.0)
        self.assertEqual(invoice.invoice_line_ids.account_id.code, "70.000.300")
