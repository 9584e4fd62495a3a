"""New services begin with the tax of services, and what has another one says so (L08b, L09)."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import ServiceContractCommon


class TaxesCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods_tax = cls.company.account_sale_tax_id
        cls.templates = (
            cls.env["product.template"]
            .with_user(cls.user_manager)
            .with_context(allowed_company_ids=cls.company.ids)
        )

    def taxes_of(self, product):
        return self.company._get_taxes_of_service(product.sudo().product_tmpl_id)


@tagged("post_install", "-at_install")
class TestNewServices(TaxesCommon):
    def test_goods_have_the_tax_of_goods(self):
        self.assertEqual(self.goods_tax.tax_scope, "consu")
        goods = self.templates.create({"name": "PC", "type": "consu"})
        self.assertEqual(goods.taxes_id, self.goods_tax)

    def test_made_by_any_door(self):
        """By RPC or import, as a template or a variant, with a default kind, copied, turned."""
        vals = {"name": "Help", "type": "service"}
        variants = self.env[self.templates._name].env["product.product"]
        variants = variants.with_env(self.templates.env)
        by_default = self.templates.with_context(default_type="service").create({"name": "Help"})
        turned = self.templates.create({"name": "Help", "type": "consu"})
        turned.type = "service"
        for door, product in {
            "template": self.templates.create(vals),
            "variant": variants.create(vals).product_tmpl_id,
            "default": by_default,
            "copy": by_default.copy(),
            "turned": turned,
        }.items():
            with self.subTest(door):
                self.assertEqual(product.taxes_id, self.tax_excluded)

    def test_made_by_our_menu(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.product_template_action"
        )
        context = {"default_type": "service", "default_service_is_recurring": True}
        for part in ('"default_type": "service"', '"default_service_is_recurring": True'):
            self.assertIn(part, action["context"])
        with Form(self.templates.with_context(**context)) as form:
            form.name = "Backup"
            form.service_family_id = self.family
            self.assertEqual(form.taxes_id[:], self.tax_excluded)
        self.assertFalse(form.record.service_tax_note)

    def test_the_form_follows_kind_and_price(self):
        with Form(self.templates) as form:
            form.name = "Help"
            self.assertEqual(form.taxes_id[:], self.goods_tax)
            form.type = "service"
            self.assertEqual(form.taxes_id[:], self.tax_excluded)
            form.service_price_included = True
            self.assertEqual(form.taxes_id[:], self.tax_included)
            form.type = "consu"
            self.assertEqual(form.taxes_id[:], self.goods_tax)

    def test_what_was_chosen_stays(self):
        reduced = self.company._get_service_tax(rate=10.0)
        chosen = [Command.set(reduced.ids)]
        product = self.templates.create({"name": "R", "type": "service", "taxes_id": chosen})
        none = self.templates.create({"name": "N", "type": "service", "taxes_id": False})
        self.assertEqual((product.taxes_id, bool(none.taxes_id)), (reduced, False))
        with Form(product) as form:
            form.service_price_included = True
            self.assertEqual(form.taxes_id[:], reduced)
        product.write({"type": "consu", "taxes_id": [Command.set(self.goods_tax.ids)]})
        product.write({"type": "service", "taxes_id": chosen})
        self.assertEqual(product.taxes_id, reduced)

    def test_each_company_gives_its_own(self):
        sister = self.sister.sudo()
        sister._prepare_service_company()
        product = self.templates.create({"name": "Help", "type": "service"})
        for company in self.company.sudo() | sister:
            taxes = company._get_taxes_of_service(product)
            self.assertEqual(taxes, company._get_service_tax())

    def test_before_the_set_up_nothing_changes(self):
        self.company.service_tax_exigibility = False
        product = self.templates.create({"name": "Help", "type": "service"})
        self.assertEqual(product.taxes_id, self.goods_tax)
        self.assertFalse(product.service_tax_note)


@tagged("post_install", "-at_install")
class TestUnsuitableTaxes(TaxesCommon):
    """Product, quotation and contract warn; confirming puts it in the inbox."""

    def give_goods_tax(self, product):
        product.product_tmpl_id.taxes_id = [Command.set(self.goods_tax.ids)]

    def get_matters(self, record):
        return self.env["service.exception"]._get_open(record, "contract", "tax")

    def test_product_warns_and_is_corrected(self):
        self.give_goods_tax(self.product_support)
        template = self.templates.browse(self.product_support.product_tmpl_id.id)
        self.assertIn(self.goods_tax.name, template.service_tax_note)
        template.action_take_service_tax()
        self.assertEqual(template.taxes_id, self.tax_excluded)
        self.assertFalse(template.service_tax_note)

    def test_an_included_price_stays_included(self):
        template = self.templates.browse(self.product_block_incl.product_tmpl_id.id)
        goods = self.goods_tax.copy(
            {"name": "Goods incl.", "price_include_override": "tax_included"}
        )
        template.taxes_id = goods
        self.assertTrue(template.service_tax_note)
        template.action_take_service_tax()
        self.assertEqual(template.taxes_id, self.tax_included)

    def test_a_rate_without_tax_is_a_matter_of_the_set_up(self):
        odd = self.goods_tax.copy({"name": "7 % G", "amount": 7})
        template = self.templates.browse(self.product_support.product_tmpl_id.id)
        template.taxes_id = odd
        with self.assertRaisesRegex(UserError, "7 %"):
            template.action_take_service_tax()

    def test_after_a_rate_that_nobody_has_any_more_comes_the_standard_one(self):
        """20 % is archived everywhere: the service gets the 21 % that the company has now."""
        template = self.templates.browse(self.product_support.product_tmpl_id.id)
        self.company.account_sale_tax_id = self.goods_tax.copy({"name": "21 % G", "amount": 21})
        standard = self.company._get_service_tax()
        self.assertEqual(standard.amount, 21)
        (self.tax_excluded | self.goods_tax).active = False
        self.assertIn("archived", template.service_tax_note)
        template.action_take_service_tax()
        self.assertEqual(self.company._get_taxes_of_service(template), standard)
        self.assertFalse(self.tax_excluded.active)

    def test_goods_do_not_warn(self):
        goods = self.templates.create({"name": "PC", "type": "consu"})
        self.assertFalse(goods.service_tax_note)

    def test_quotation_warns_before_and_when_it_is_confirmed(self):
        self.give_goods_tax(self.product_support)
        order = self.create_quote(self.product_support, user=self.user_sales)
        self.assertIn(self.product_support.name, order.service_tax_note)
        order.action_confirm()
        self.assertIn(self.goods_tax.name, self.get_matters(order).detail)
        contract = order.sudo().service_contract_ids
        self.assertEqual(contract.state, "active")
        self.assertIn(self.goods_tax.name, self.get_matters(contract).detail)
        self.assertTrue(contract.with_user(self.user_technician).tax_note)

    def test_what_suits_says_nothing(self):
        order = self.create_quote(self.product_support, user=self.user_sales)
        order.action_confirm()
        self.assertFalse(order.service_tax_note)
        self.assertFalse(self.get_matters(order) or self.get_matters(order.service_contract_ids))

    def test_one_off_services_warn_too(self):
        self.give_goods_tax(self.product_fee)
        order = self.create_quote(self.product_fee, user=self.user_sales)
        order.action_confirm()
        self.assertTrue(self.get_matters(order))
