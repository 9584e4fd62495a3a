"""From the quote to the contract: what confirming an order makes, and what the order invoices."""

from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import IBANS, ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSaleOrder(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls.create_customer("Payer", iban=IBANS[0])
        cls.product_setup = cls.create_product("Set-up", 100.0)
        cls.product_backup = cls.create_product("Backup", 12.0, recurring=cls.family)
        cls.product_managed = cls.create_product(
            "Managed", 90.0, recurring=cls.family, level=cls.level
        )

    def confirm(self, *products, **vals):
        order = self.create_quote(*products, user=self.user_sales, **vals)
        order.action_confirm()
        return order

    def get_line(self, order, product):
        return order.order_line.filtered(lambda line: line.product_id == product)

    # ----- Contracts -----

    def test_confirming_makes_an_active_contract(self):
        order = self.confirm(self.product_support, self.product_setup)
        contract = order.service_contract_ids
        self.assertEqual(len(contract), 1)
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.partner_id, self.customer)
        self.assertEqual(
            (contract.family_id, contract.level_id), (self.family, self.level_unlimited)
        )
        self.assertEqual(contract.user_id, self.user_sales)
        self.assertEqual(contract.line_ids.product_id, self.product_support)
        self.assertEqual(contract.line_ids.price_unit, 50)
        self.assertEqual(len(contract.commitment_ids), 1)
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))

    def test_customers_created_while_selling_read_the_companys_language(self):
        """Whatever their colleague reads; on the forms of quotations, contracts and sessions."""
        self.company.partner_id.lang = self.env["res.lang"]._activate_lang("fr_FR").code
        for model in ("sale.order", "service.contract", "service.session"):
            with self.subTest(model):
                form = etree.fromstring(self.env[model].get_view(view_type="form")["arch"])
                context = form.find(".//field[@name='partner_id']").get("context")
                mode = {"res_partner_search_mode": "customer"}
                self.assertIn("'res_partner_search_mode': 'customer'", context)
                customers = self.env["res.partner"].with_context(**mode, lang="en_US")
                created = customers.browse(customers.name_create("New")[0])
                self.assertEqual(created.lang, "fr_FR")
                contact = customers.create({"name": "Contact", "parent_id": self.customer.id})
                self.assertEqual(contact.lang, self.customer.lang)
        self.assertEqual(self.env["res.partner"].create({"name": "Other"}).lang, "en_US")

    def test_links_go_both_ways(self):
        order = self.confirm(self.product_support, self.product_setup)
        contract = order.service_contract_ids
        line = self.get_line(order, self.product_support)
        self.assertEqual(contract.sale_order_id, order)
        self.assertEqual(contract.line_ids.sale_line_id, line)
        self.assertEqual(line.service_contract_id, contract)
        self.assertFalse(self.get_line(order, self.product_setup).service_contract_id)
        self.assertEqual(order.service_contract_count, 1)
        self.assertEqual(order.action_open_service_contracts()["res_id"], contract.id)
        self.assertEqual(contract.with_user(self.user_sales).sale_order_id, order)

    def test_one_contract_per_family_and_level(self):
        order = self.confirm(
            self.product_support, self.product_fibre, self.product_managed, customer=self.payer
        )
        contracts = order.service_contract_ids
        self.assertEqual(
            {(contract.family_id, contract.level_id) for contract in contracts},
            {
                (self.family, self.level_unlimited),
                (self.family, self.level),
                (self.family_sepa, self.env["service.level"]),
            },
        )
        self.assertEqual(set(contracts.mapped("state")), {"active"})
        domain = order.action_open_service_contracts()["domain"]
        self.assertEqual(self.env["service.contract"].search(domain), contracts)

    def test_product_without_level_joins_its_family(self):
        order = self.confirm(self.product_backup, self.product_support)
        contract = order.service_contract_ids
        self.assertEqual(len(contract), 1)
        self.assertEqual(contract.level_id, self.level_unlimited)
        self.assertEqual(contract.mrr, 62)

    def test_start_date(self):
        self.assertEqual(
            self.confirm(self.product_support, start="2026-09-01").service_contract_ids.date_start,
            date(2026, 9, 1),
        )
        self.assertEqual(
            self.confirm(self.product_support, start=False).service_contract_ids.date_start,
            date(2026, 6, 15),
        )

    def test_what_the_contract_has_is_fixed_once_confirmed(self):
        order = self.confirm(self.product_support).with_user(self.user_sales)
        for vals in (
            {"service_start_date": "2026-10-01"},
            {"service_referent_id": self.payer.id},
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "stands in the contract"):
                order.write(vals)

    def test_terms_are_taken_over(self):
        term = self.env.ref("account.account_payment_term_30days")
        referent = self.env["res.partner"].create({"name": "R", "parent_id": self.payer.id})
        site = self.env["res.partner"].create(
            {"name": "Site", "type": "delivery", "parent_id": self.payer.id}
        )
        order = self.confirm(
            self.product_fibre,
            customer=self.payer,
            payment_term_id=term.id,
            service_referent_id=referent.id,
            partner_shipping_id=site.id,
        )
        contract = order.service_contract_ids
        self.assertEqual(contract.payment_term_id, term)
        self.assertEqual(contract.referent_id, referent)
        self.assertEqual(contract.partner_shipping_id, site)
        self.assertEqual(contract.payment_method_line_id, self.method_sdd)
        self.assertEqual(contract.mandate_id, self.payer.valid_mandate_id)

    def test_mandate_chosen_on_the_quote_is_taken_over(self):
        mandate = self.create_mandate(self.payer, IBANS[1])
        order = self.create_quote(self.product_fibre, customer=self.payer)
        order.mandate_id = mandate
        order.action_confirm()
        self.assertEqual(order.service_contract_ids.mandate_id, mandate)

    def test_negotiated_price_quantity_and_discount_are_taken_over(self):
        order = self.create_quote(self.product_support, user=self.user_sales)
        order.order_line.write(
            {"price_unit": 45, "product_uom_qty": 3, "discount": 10, "name": "X"}
        )
        order.action_confirm()
        line = order.service_contract_ids.line_ids
        self.assertEqual(
            (line.price_unit, line.quantity, line.discount, line.name), (45, 3, 10, "X")
        )

    def test_units_are_the_products(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.create_quote(self.product_support)
        order.order_line.write(
            {"product_uom_id": dozen.id, "product_uom_qty": 2, "price_unit": 600}
        )
        order.action_confirm()
        line = order.service_contract_ids.line_ids
        self.assertEqual((line.quantity, line.price_unit), (24, 50))

    def test_without_mandate_the_sale_is_made_and_the_contract_waits(self):
        order = self.confirm(self.product_fibre, self.product_support)
        waiting = order.service_contract_ids.filtered(lambda contract: contract.state == "draft")
        self.assertEqual(order.state, "sale")
        self.assertEqual(waiting.family_id, self.family_sepa)
        self.assertIn("none is given", waiting.message_ids[0].body)
        row = self.env["service.exception"].search([("contract_id", "=", waiting.id)])
        self.assertEqual((row.kind, row.state), ("sepa", "open"))
        mandate = self.create_mandate(self.customer, IBANS[1], state="draft")
        self.assertEqual(waiting.payment_method_line_id, self.method_sdd)
        mandate.validate()
        self.assertEqual((waiting.state, row.state), ("active", "done"))

    def test_one_off_quote_makes_no_contract(self):
        order = self.confirm(self.product_setup)
        self.assertFalse(order.service_contract_ids)
        self.assertFalse(order.service_has_recurring)

    def test_recurring_total_of_a_quote(self):
        yearly = self.create_product("Yearly", 120.0, recurring=self.family, period="12")
        order = self.create_quote(self.product_support, yearly, self.product_setup)
        self.assertTrue(order.service_has_recurring)
        self.assertEqual(order.service_monthly_total, 60)

    def test_quote_on_screen(self):
        with Form(self.env["sale.order"].with_user(self.user_sales)) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.product_support
            form.service_start_date = date(2026, 7, 1)
        order = form.save()
        order.action_confirm()
        self.assertEqual(order.service_contract_ids.date_start, date(2026, 7, 1))

    def test_another_company(self):
        """The order's company counts, not the one that the user works in."""
        data = self.setup_other_company(name="Sister")
        sister = data["company"]
        self.user_sales.company_ids += sister
        order = (
            self.env["sale.order"]
            .with_user(self.user_sales)
            .with_context(allowed_company_ids=[self.company.id, sister.id])
            .create(
                {
                    "company_id": sister.id,
                    "partner_id": self.customer.id,
                    "order_line": [Command.create({"product_id": self.product_support.id})],
                }
            )
        )
        order.action_confirm()
        contract = order.service_contract_ids
        self.assertEqual((contract.company_id, contract.state), (sister, "active"))
        self.assertEqual(contract.commitment_ids.company_id, sister)

    # ----- What the order invoices -----

    def test_recurring_lines_have_nothing_to_invoice(self):
        order = self.confirm(self.product_support, self.product_setup)
        line = self.get_line(order, self.product_support)
        self.assertEqual(line.qty_to_invoice, 0)
        self.assertEqual(line.amount_to_invoice, 0)
        self.assertEqual(line.untaxed_amount_to_invoice, 0)
        self.assertEqual(line.amount_to_invoice_at_date, 0)
        self.assertEqual(line.invoice_status, "invoiced")
        self.assertEqual(order.invoice_status, "to invoice")
        self.assertEqual(order.amount_to_invoice, 120)

    def test_recurring_quote_is_not_invoiced_yet(self):
        order = self.create_quote(self.product_support)
        self.assertEqual(order.order_line.invoice_status, "no")

    def test_order_invoices_one_offs_only(self):
        order = self.confirm(self.product_support, self.product_setup)
        invoice = order._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.product_id, self.product_setup)
        self.assertEqual(order.invoice_status, "invoiced")
        with self.assertRaises(UserError):
            order._create_invoices()

    def test_only_recurring_is_invoiced_from_the_start(self):
        order = self.confirm(self.product_support)
        self.assertEqual(order.invoice_status, "invoiced")
        with self.assertRaises(UserError):
            order._create_invoices()

    def test_credit_exposure_does_not_swell(self):
        self.company.account_use_credit_limit = True
        self.confirm(self.product_support, self.product_setup)
        customer = self.customer.with_company(self.company)
        customer.invalidate_recordset()
        self.assertEqual(customer.credit_to_invoice, 120)

    def test_catalogue_change_does_not_touch_confirmed_orders(self):
        order = self.confirm(self.product_support)
        self.product_support.service_is_recurring = False
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertEqual(order.invoice_status, "invoiced")

    # ----- Down payments and discounts -----

    def pay_down(self, order, **vals):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create(vals)
        )
        return wizard._create_invoices(order)

    def test_down_payment_takes_one_offs_only(self):
        order = self.confirm(self.product_support, self.product_setup).with_user(self.env.user)
        invoice = self.pay_down(order, advance_payment_method="percentage", amount=50)
        self.assertEqual(invoice.amount_untaxed, 50)
        invoice.invoice_date = "2026-06-15"
        invoice.action_post()
        final = order._create_invoices(final=True)
        self.assertEqual(final.amount_untaxed, 50)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_down_payment_without_one_offs_is_refused(self):
        order = self.confirm(self.product_support).with_user(self.env.user)
        with self.assertRaisesRegex(UserError, "nothing to pay in advance"):
            self.pay_down(order, advance_payment_method="fixed", fixed_amount=20)

    def discount(self, order, **vals):
        wizard = self.env["sale.order.discount"].with_context(active_id=order.id)
        wizard.create({"sale_order_id": order.id, **vals}).action_apply_discount()

    def test_global_discount_takes_one_offs_only(self):
        order = self.create_quote(self.product_support, self.product_setup)
        self.discount(order, discount_type="so_discount", discount_percentage=0.1)
        discount = order.order_line.filtered(lambda line: line._is_global_discount())
        self.assertEqual(discount.price_subtotal, -10)
        order.action_confirm()
        self.assertEqual(order.service_contract_ids.mrr, 50)
        self.assertEqual(order._create_invoices().amount_untaxed, 90)

    def test_global_discount_without_one_offs_is_refused(self):
        order = self.create_quote(self.product_support)
        with self.assertRaisesRegex(UserError, "Discount the lines"):
            self.discount(order, discount_type="so_discount", discount_percentage=0.1)

    def test_discount_on_all_lines_is_the_contracts_too(self):
        order = self.create_quote(self.product_support, self.product_setup)
        self.discount(order, discount_type="sol_discount", discount_percentage=0.1)
        order.action_confirm()
        self.assertEqual(order.service_contract_ids.line_ids.discount, 10)

    # ----- Cancel, confirm again -----

    def test_what_binds_is_not_cancelled_with_its_order(self):
        order = self.confirm(self.product_support, start="2026-06-14")
        with self.assertRaisesRegex(UserError, "in force since 06/14/2026: ask a manager"):
            order.action_cancel()
        self.assertEqual(order.service_contract_ids.state, "active")

    def test_cancel_then_confirm_again_takes_up_the_contract(self):
        order = self.confirm(self.product_support, start="2026-07-01")
        contract = order.service_contract_ids
        order.action_cancel()
        self.assertEqual(contract.state, "cancelled")
        order.action_draft()
        order.order_line.price_unit = 55
        order.service_start_date = "2026-08-01"
        order.action_confirm()
        self.assertEqual(order.service_contract_ids, contract)
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.line_ids.price_unit, 55)
        self.assertEqual(len(contract.line_ids), 1)
        self.assertEqual(contract.date_start, date(2026, 8, 1))
        self.assertEqual(contract.commitment_end, date(2027, 7, 31))

    def test_cancel_then_sell_something_else(self):
        order = self.confirm(self.product_support, start="2026-07-01")
        contract = order.service_contract_ids
        order.action_cancel()
        order.action_draft()
        order.order_line.unlink()
        order.order_line = [Command.create({"product_id": self.product_managed.id})]
        order.action_confirm()
        self.assertEqual(contract.state, "cancelled")
        self.assertFalse(contract.line_ids)
        active = order.service_contract_ids - contract
        self.assertEqual((active.level_id, active.state), (self.level, "active"))

    def test_cancel_then_sell_once_what_recurred(self):
        """The cancelled contract does not come back with what its order sells once by now."""
        order = self.confirm(self.product_support, start="2026-07-01")
        contract = order.service_contract_ids
        order.action_cancel()
        order.action_draft()
        self.product_support.service_is_recurring = False
        order.action_confirm()
        self.assertFalse(order.order_line.service_is_recurring)
        contract = contract.with_user(self.user_sales)
        contract.action_draft()
        self.assertFalse(contract.line_ids)
        with self.assertRaisesRegex(UserError, "at least one recurring product"):
            contract.action_activate()

    def test_nothing_recurs_for_nothing_without_a_manager(self):
        """A discount of 100 % is a service for ever: a manager gives it, on whatever it stands."""
        support = self.product_support
        refused = "only a manager of service contracts gives that"
        order = self.create_quote(support, user=self.user_sales)
        draft = self.create_contract(activate=False)
        for line in (order.order_line, draft.line_ids):
            for vals in ({"discount": 100}, {"price_unit": 0}):
                with self.subTest(line=line, **vals), self.assertRaisesRegex(UserError, refused):
                    with self.env.cr.savepoint():
                        line.with_user(self.user_sales).write(vals)
            line.with_user(self.user_sales).discount = 50
        free = self.create_contract(initial_months=0, tacit_months=0)
        amendment = self.env["service.amendment"].with_user(self.user_sales)
        amendment = amendment.with_context(default_contract_id=free.id).create({})
        amendment.line_ids.discount = 100
        with self.assertRaisesRegex(UserError, refused), self.env.cr.savepoint():
            amendment.action_confirm()
        amendment.with_user(self.user_manager).action_confirm()
        draft.line_ids.with_user(self.user_manager).discount = 100
        draft.action_activate()
        quote = self.env["sale.order"].browse(
            draft.with_user(self.user_sales).action_amend_by_quote()["res_id"]
        )
        self.assertEqual(quote.order_line.discount, 100)
        self.product_support.list_price = 0
        self.create_quote(support, user=self.user_sales).action_confirm()

    def test_billed_order_cannot_be_cancelled(self):
        order = self.confirm(self.product_support)
        self.create_run("2026-06-15", user=self.user_accountant)
        with self.assertRaisesRegex(UserError, "has been billed and cannot be cancelled"):
            order.action_cancel()

    def test_confirming_twice_makes_nothing_twice(self):
        order = self.confirm(self.product_support)
        order._create_service_contracts()
        self.assertEqual(len(order.service_contract_ids.line_ids), 1)

    # ----- Changes after confirmation -----

    def add_line(self, order, product, **vals):
        """Add a line as a manager does: others amend what is in force."""
        order = order.with_user(self.env.user)
        order.order_line = [Command.create({"product_id": product.id, **vals})]
        return order.order_line[-1]

    def test_a_managers_added_line_amends_the_contract_from_today(self):
        order = self.confirm(self.product_support)
        contract = order.service_contract_ids
        self.create_run("2026-06-15", user=self.user_accountant)
        line = self.add_line(order, self.product_backup, product_uom_qty=2)
        self.assertEqual(order.service_contract_ids, contract)
        self.assertEqual(line.service_contract_id, contract)
        added = line.sudo().service_contract_line_ids
        self.assertEqual((added.quantity, added.date_start), (2, date(2026, 6, 15)))
        self.assertIn("Backup", contract.message_ids[0].body)
        contract._generate_charges(date(2026, 6, 15))
        self.assertPeriods(added.charge_ids, [("2026-06-15", "2026-06-30")])
        self.assertEqual(added.charge_ids.amount, 12.8)

    def test_added_line_before_the_start_follows_the_contract(self):
        order = self.confirm(self.product_support, start="2026-09-01")
        line = self.add_line(order, self.product_backup)
        self.assertFalse(line.sudo().service_contract_line_ids.date_start)

    def test_added_line_of_another_family_makes_a_contract(self):
        order = self.confirm(self.product_support, customer=self.payer)
        line = self.add_line(order, self.product_fibre)
        self.assertEqual(len(order.service_contract_ids), 2)
        self.assertEqual(line.service_contract_id.state, "active")

    def test_added_line_after_the_end_makes_a_contract(self):
        order = self.confirm(self.product_support)
        first = order.service_contract_ids
        first._set_ended(date(2026, 6, 15))
        line = self.add_line(order, self.product_backup)
        self.assertNotEqual(line.service_contract_id, first)

    def test_line_of_nothing_joins_when_it_becomes_something(self):
        order = self.confirm(self.product_support)
        line = self.add_line(order, self.product_backup, product_uom_qty=0)
        self.assertFalse(line.service_contract_id)
        line.product_uom_qty = 4
        self.assertEqual(line.sudo().service_contract_line_ids.quantity, 4)

    def test_waiting_contract_follows_its_order(self):
        order = self.confirm(self.product_fibre)
        line = order.service_contract_ids.line_ids
        order.order_line.write({"product_uom_qty": 2, "price_unit": 35})
        self.assertEqual((line.quantity, line.price_unit), (2, 35))
        order.order_line.product_uom_qty = 0
        self.assertFalse(line.exists())

    def test_active_contract_does_not_follow_its_order(self):
        order = self.confirm(self.product_support)
        for vals in ({"product_uom_qty": 2}, {"price_unit": 1}, {"discount": 5}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "amend the contract"):
                order.order_line.write(vals)
        order.order_line.write({"product_uom_qty": 1, "price_unit": 50.0})
