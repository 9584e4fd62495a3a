"""How far portal users reach, by address and by RPC: a written list (S33)."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...models.portal.res_company import INTERNAL
from ..house.test_access import RIGHTS
from .common import PagesCommon

# ``{model: fields that portal users read}`` of this add-on's models; of all others none.
READABLE = {
    "service.session": {
        "id",
        "name",
        "display_name",
        "state",
        "company_id",
        "partner_id",
        "contact_id",
        "commercial_partner_id",
        "channel",
        "tz",
        "date",
        "start",
        "request",
        "request_source",
        "requested_at",
        "due_at",
        "answered_at",
        "planned_start",
        "planned_stop",
        "create_date",
        "write_date",
    },
}


@tagged("post_install", "-at_install")
class TestPortalReach(PagesCommon):
    def test_what_is_read_is_written_here(self):
        """Each field of each of our models is tried as the customer whose record it is."""
        found = {}
        for model in RIGHTS:
            names = self.try_fields(model)
            if names:
                found[model] = names
        self.assertEqual(found, READABLE)

    def try_fields(self, model):
        records = self.env[model].with_user(self.user_customer)
        own = self.request_own if model == "service.session" else records.sudo().search([], limit=1)
        record = own.with_user(self.user_customer) or records.new()
        return {name for name in records._fields if self.is_read(record, name)}

    def is_read(self, record, name):
        self.env.invalidate_all()
        try:
            record.browse(record.id or 1).read([name])
        except AccessError:
            return False
        return True

    def test_fields_of_ours_on_odoos_models(self):
        """What this add-on knows of contacts, orders and invoices is read by nobody by RPC."""
        order = self.create_quote(self.product_support, customer=self.customer_managed)
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer_managed.id,
                "invoice_line_ids": [Command.create({"product_id": self.product_fee.id})],
            }
        )
        records = (
            self.customer_managed,
            order,
            order.order_line,
            invoice,
            invoice.invoice_line_ids,
            self.company,
        )
        shared = {"res.company": set(self.company._fields) - INTERNAL}
        for record in records:
            own = record.with_user(self.user_customer)
            for name, field in record._fields.items():
                is_shown = name in shared.get(record._name, ())
                if field._modules[:1] == ("service_contract",) and not is_shown:
                    with self.subTest(f"{record._name}.{name}"), self.assertRaises(AccessError):
                        own.read([name])

    def test_odoos_pages_of_orders_and_invoices_open(self):
        self.create_run("2026-06-15", is_auto_post=True)
        order = self.create_quote(self.product_support, customer=self.customer_managed)
        order.action_confirm()
        invoice = self.contract.sudo().charge_ids.invoice_id[:1]
        self.assertTrue(invoice)
        for path in (
            "/my/invoices",
            f"/my/invoices/{invoice.id}",
            "/my/orders",
            f"/my/orders/{order.id}",
            "/my/account",
        ):
            with self.subTest(path):
                page = self.get(path)
                self.assertEqual(page.status_code, 200)
        self.assertIn(invoice.name, self.get("/my/invoices").text)

    def test_messages_and_files_are_not_found(self):
        words = "Hello"
        self.contract.message_post(body=words, subtype_xmlid="mail.mt_comment")
        messages = self.env["mail.message"].with_user(self.user_customer)
        self.assertFalse(messages.search([("model", "=", "service.contract")]))

    def test_guessed_numbers_lead_to_the_list(self):
        sister = self.create_sister_contract(self.customer_managed)
        for number in (self.foreign.id, sister.id, 99999999, 2**31, 10**30, 0):
            for part in ("", "/conditions", "/documents/x"):
                with self.subTest(number=number, part=part):
                    page = self.get(f"/my/contracts/{number}{part}")
                    self.assertTrue(page.url.endswith("/my/contracts"))
                    self.assertNotIn(self.foreign.name, page.text)
                    self.assertNotIn(sister.name, page.text)

    def test_visitors_log_in_first(self):
        for path in ("/my/contracts", self.path, f"{self.path}/conditions"):
            self.authenticate(None, None)
            self.assertIn("/web/login", self.url_open(path).url)

    def test_colleagues_of_ours_have_no_pages_of_customers(self):
        page = self.get(login=self.user_technician.login)
        self.assertNotIn(self.contract.name, page.text)
