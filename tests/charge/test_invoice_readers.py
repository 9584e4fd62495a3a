"""Who sees contracts can open their invoices, whatever he may see of payments."""

from freezegun import freeze_time
from lxml import etree

from odoo.tests import Form, tagged

from odoo.addons.service_contract.models.common.client_actions import open_window

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInvoiceReaders(ServiceContractCommon):
    def setUp(self):
        super().setUp()
        self.contract = self.create_contract(start="2026-06-01", user_id=self.user_sales.id)
        self.invoice = self.create_run("2026-06-15", user=self.user_accountant).invoice_ids
        self.invoice.action_post()

    def pay(self, amount):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.invoice.ids
        )
        wizard.create({"amount": amount}).action_create_payments()

    def read_views(self, action, user):
        """Read what the client reads of an action's list and form."""
        action_model = self.env[action["res_model"]].with_user(user)
        action_model = action_model.with_context(**action["context"])
        views = action_model.get_views([(False, "list"), (False, "form")])
        for view in views["views"].values():
            names = self.get_field_names(view["arch"], action_model)
            records = action_model.search(action["domain"])
            self.assertEqual(records.ids, self.invoice.ids)
            self.env.invalidate_all()
            records.web_read({name: self.get_spec(action_model, name) for name in names})
        return records

    def get_field_names(self, arch, model):
        tree = etree.fromstring(arch)
        nodes = tree.xpath("//field[not(ancestor::field)]/@name")
        return [name for name in nodes if name in model._fields]

    def get_spec(self, model, name):
        field = model._fields[name]
        if field.type == "many2one":
            return {"fields": {"display_name": {}}}
        return {"fields": {}} if field.relational else {}

    def test_sales_read_the_invoices_of_a_contract(self):
        for amount in (0, 20, 40):
            if amount:
                self.pay(amount)
            with self.subTest(paid=amount):
                contract = self.contract.with_user(self.user_sales)
                self.read_views(contract.action_open_invoices(), self.user_sales)
                self.env.invalidate_all()
                with Form(self.invoice.with_user(self.user_sales)) as form:
                    self.assertEqual(form.partner_id, self.contract.partner_id)

    def test_everybody_sees_the_customer_of_each_invoice(self):
        """Odoo's lists show the customer to who says which kind of documents he lists."""
        run = self.invoice.service_run_id
        for action in (run.action_open_invoices(), self.contract.action_open_invoices()):
            self.assertEqual(action["context"]["default_move_type"], "out_invoice")
            self.assertFalse(action["context"]["create"])
            self.read_views(action, self.user_accountant)

    def test_windows_keep_their_context_but_its_filters(self):
        action = open_window(self.env, "account.action_move_out_invoice", [], create=False)
        self.assertEqual(action["context"], {"default_move_type": "out_invoice", "create": False})
        orders = self.invoice.service_run_id.with_user(self.user_accountant).action_open_orders()
        self.assertEqual(orders["context"], {"default_payment_type": "inbound"})
