"""Which charges make one invoice, and what customers demand of it (L08)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import IBANS
from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestGrouping(BillingRunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sites = cls.env["res.partner"].create(
            [
                {"name": name, "type": "delivery", "parent_id": cls.customer.id, "city": name}
                for name in ("Lyon", "Vienne")
            ]
        )
        cls.contracts = cls.env["service.contract"]
        for site in (*cls.sites, cls.sites[0]):
            cls.contracts += cls.create_contract(start="2026-06-01", partner_shipping_id=site.id)

    def get_counts(self, run):
        return sorted(len(self.get_charges_of(move)) for move in run.invoice_ids)

    def get_charges_of(self, invoice):
        return invoice.invoice_line_ids.service_charge_id

    # ----- Contract, site, customer -----

    def test_contract(self):
        self.assertEqual(self.get_counts(self.bill()), [1, 1, 1])

    def test_site(self):
        self.customer.service_grouping = "site"
        invoices = self.bill().invoice_ids
        self.assertEqual(
            {
                move.partner_shipping_id: len(move.invoice_line_ids.service_charge_id)
                for move in invoices
            },
            {self.sites[0]: 2, self.sites[1]: 1},
        )

    def test_a_site_that_cannot_be_billed_keeps_no_other_from_it(self):
        """An invoice is made whole, or waits: those of other sites are other invoices."""
        self.customer.service_grouping = "site"
        odd = self.create_product("Odd", 10.0)
        odd.taxes_id = False
        self.contracts[0].line_ids.sudo().product_id = odd
        invoices = self.bill().invoice_ids
        self.assertEqual(invoices.partner_shipping_id, self.sites[1])

    def test_who_sold_it_all_is_named(self):
        """The accountant who starts the run has sold nothing."""
        self.customer.service_grouping = "customer"
        self.contracts.user_id = self.user_sales
        self.assertEqual(self.bill().invoice_ids.invoice_user_id, self.user_sales)

    def test_customer(self):
        self.customer.service_grouping = "customer"
        invoice = self.bill().invoice_ids
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.partner_shipping_id, self.customer)
        sections = invoice.invoice_line_ids.filtered(lambda it: it.display_type == "line_section")
        self.assertEqual(
            [name.rpartition(" – ")[2] for name in sections.sorted("sequence").mapped("name")],
            [contract.partner_shipping_id.display_name for contract in self.contracts],
        )

    def test_each_customer_as_it_wants(self):
        self.company.service_grouping = "customer"
        other = self.create_customer("Other", service_grouping="contract")
        for _number in range(2):
            self.create_contract(other, start="2026-06-01")
        self.assertEqual(self.get_counts(self.bill()), [1, 1, 3])

    def test_an_invoice_contact_is_billed_as_its_company_wants(self):
        self.customer.service_grouping = "customer"
        contact = {"name": "Accounts", "type": "invoice", "parent_id": self.customer.id}
        self.contracts.partner_invoice_id = self.env["res.partner"].create(contact)
        invoice = self.bill().invoice_ids
        self.assertEqual((invoice.partner_id.name, len(invoice)), ("Accounts", 1))

    def test_small_steps_tear_no_invoice_apart(self):
        """Whatever a step holds: an invoice is made whole, of all its charges."""
        self.customer.service_grouping = "customer"
        other = self.create_customer("Other")
        for _number in range(3):
            self.create_contract(other, start="2026-06-01")
        run = self.create_run("2026-06-15", start=False)
        run._set_running("charge")
        for _number in range(40):
            if run.state != "running":
                break
            run._step(1)
        self.assertEqual(self.get_counts(run), [1, 1, 1, 3])

    # ----- References -----

    def test_order_numbers_keep_invoices_apart(self):
        self.customer.write({"service_grouping": "customer", "service_order_ref": "PO 1"})
        self.contracts[2].client_order_ref = "PO 2"
        invoices = self.bill().invoice_ids
        counts = {move.ref: len(self.get_charges_of(move)) for move in invoices}
        self.assertEqual(counts, {"PO 1": 2, "PO 2": 1})

    def test_a_quotation_gives_its_order_number(self):
        order = self.create_quote(self.product_support, client_order_ref="PO 9")
        order.action_confirm()
        self.assertEqual(order.service_contract_ids.client_order_ref, "PO 9")

    def test_lines_and_sections_are_in_the_payers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        payer = self.create_customer("Payer", lang="fr_FR", service_grouping="customer")
        self.contracts[0].family_id.with_context(lang="fr_FR").name = "Dépannage"
        for _number in range(2):
            self.create_contract(start="2026-06-01", partner_invoice_id=payer.id)
        invoice = self.bill().invoice_ids.filtered(lambda move: move.partner_id == payer)
        names = invoice.invoice_line_ids.mapped("name")
        self.assertEqual(sum("Dépannage" in name for name in names), 2)
        self.assertEqual(sum("Du 01/06/2026" in name for name in names), 2)

    def test_what_is_given_back_or_owed_again_is_in_the_payers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        payer = self.create_customer("Payer", lang="fr_FR")
        contract = self.create_contract(start="2026-06-01", partner_invoice_id=payer.id)
        invoice = self.bill().invoice_ids.filtered(lambda move: move.partner_id == payer)
        invoice.action_post()
        charge = contract.charge_ids
        self.assertIn("À nouveau dû", charge._get_owed_name(0.5))
        contract._set_last_day(self.day("2026-06-20"))
        self.assertIn("\nDu 21/06/2026 au 30/06/2026", (contract.charge_ids - charge).name)

    # ----- What the customer refuses without -----

    def test_without_its_order_number_nothing_is_billed(self):
        self.customer.service_is_order_required = True
        payer = self.create_customer("Payer", iban=IBANS[0])
        self.create_contract(payer, start="2026-06-01")
        self.contracts[0].client_order_ref = "PO 1"
        run = self.bill()
        self.assertEqual(set(run.invoice_ids.partner_id), {self.customer, payer})
        matters = run.exception_ids
        self.assertEqual(set(matters.mapped("res_id")), set(self.contracts[1:].ids))
        self.assertEqual(matters.cause_id.code, "order_number")

    def give(self, matter, user=None):
        action = matter.with_user(user or self.user_accountant).action_mend()
        wizards = self.env[action["res_model"]].with_user(user or self.user_accountant)
        wizard = wizards.with_context(**action["context"]).create({})
        wizard.line_ids.order_number = " PO 7 "
        wizard.action_confirm()
        return wizard

    def test_the_accountant_gives_it_and_resumes(self):
        self.customer.write({"service_is_order_required": True, "service_grouping": "customer"})
        run = self.bill()
        self.assertFalse(run.invoice_ids)
        wizard = self.give(run.exception_ids)
        self.assertEqual(self.contracts.mapped("client_order_ref"), ["PO 7"] * 3)
        self.assertFalse(run.exception_ids.filtered(lambda row: row.state == "open"))
        with self.assertRaises(UserError):
            wizard.action_confirm()
        run.action_resume()
        self.assertEqual(self.get_counts(run), [3])
        self.assertEqual(run.invoice_ids.ref, "PO 7")

    def test_blanks_are_no_order_number(self):
        self.customer.service_is_order_required = True
        matter = self.bill().exception_ids[:1]
        wizard = self.env["service.order.number"].with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, "Type an order number"):
            wizard.create({"matter_id": matter.id, "order_number": "  "}).action_confirm()
        self.assertEqual(matter.state, "open")

    def test_for_sessions_without_contract_it_is_the_customers(self):
        self.company.service_default_level_id = self.level
        customer = self.create_customer("Without", service_is_order_required=True)
        self.create_session([("2026-06-10 09:00:00", 1800)], customer)
        run = self.bill()
        self.assertEqual(run.exception_ids.res_id, customer.id)
        self.give(run.exception_ids)
        self.assertEqual(customer.service_order_ref, "PO 7")
        run.action_resume()
        self.assertIn("PO 7", run.invoice_ids.mapped("ref"))

    def test_of_what_an_order_sold_once(self):
        self.customer.service_is_order_required = True
        fee = self.create_product("Set-up", 90.0)
        order = self.create_quote(self.product_support, fee, start="2026-07-01")
        order.action_confirm()
        run = self.bill()
        matter = run.exception_ids.filtered(lambda row: row.res_model == "sale.order")
        self.assertIn("order number", matter.detail)
        self.give(matter)
        self.assertEqual((order.client_order_ref, matter.state), ("PO 7", "done"))
        run.action_resume()
        self.assertIn("PO 7", run.invoice_ids.mapped("ref"))

    def test_who_does_not_bill_gives_none(self):
        self.customer.service_is_order_required = True
        matter = self.bill().exception_ids[:1]
        with self.assertRaises(AccessError):
            self.give(matter, self.user_technician)
