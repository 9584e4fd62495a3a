"""What is printed on invoices of services: the seller, references, mentions (L07, L08b, L25)."""

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.tests import tagged

from .common import BillingRunCommon

SIRET, VAT = "73282932000074", "FR44732829320"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInvoicePaper(BillingRunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "company_registry": SIRET,
                "vat": VAT,
                "company_details": False,
                "report_footer": False,
            }
        )

    def get_invoice(self, customer=None):
        customer = customer or self.customer
        self.create_contract(customer, start="2026-06-01")
        invoice = self.bill().invoice_ids.filtered(lambda move: move.partner_id == customer)
        invoice.action_post()
        return invoice

    def print(self, invoice):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", invoice.ids
        )
        return " ".join(" ".join(etree.HTML(html).itertext()).split())

    # ----- The seller -----

    def test_the_seller_is_named_once(self):
        invoice = self.get_invoice()
        for footer in (False, f"<p>SIRET 732 829 320 00074, TVA {VAT}</p>"):
            with self.subTest(footer):
                self.company.report_footer = footer
                text = self.print(invoice).replace("732 829 320 00074", SIRET)
                self.assertEqual(text.count(SIRET), 1)
                self.assertEqual(text.count(VAT), 1)

    def test_plain_invoices_are_odoos(self):
        plain = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"name": "Plain", "price_unit": 10.0})],
            }
        )
        plain.ref = "PO 1"
        text = self.print(plain)
        self.assertNotIn(SIRET, text)
        self.assertNotIn("L441-10", text)
        self.assertIn("Reference", text)
        self.assertNotIn("Order Number", text)

    # ----- References -----

    def test_references_are_printed(self):
        self.customer.service_contract_ref = "MARKET 7"
        contract = self.create_contract(start="2026-06-01")
        contract.client_order_ref = "PO 4500001"
        invoice = self.bill().invoice_ids
        self.assertEqual((invoice.ref, invoice.service_contract_ref), ("PO 4500001", "MARKET 7"))
        text = self.print(invoice)
        self.assertIn("Order Number PO 4500001", text)
        self.assertIn("Contract Reference MARKET 7", text)

    def test_a_credit_note_names_them_as_well(self):
        self.customer.write({"service_order_ref": "PO 2", "service_contract_ref": "M 2"})
        invoice = self.get_invoice()
        note = invoice._reverse_moves([{"ref": "Reversal of it"}])
        self.assertEqual(note._get_order_number(), "PO 2")
        self.assertEqual(note.service_contract_ref, "M 2")

    # ----- Mentions -----

    def test_professionals_read_what_late_payment_costs(self):
        text = self.print(self.get_invoice())
        for words in ("plus 10 percentage points", "40.00", "D441-5", "No discount"):
            self.assertIn(words, text)

    def test_consumers_do_not(self):
        """The fixed fee is owed by professionals alone (L07); they read of the mediator (L25)."""
        self.company.service_mediator = "CM2C, Paris"
        consumer = self.create_customer("Consumer", is_company=False, service_regime="consumer")
        text = self.print(self.get_invoice(consumer))
        self.assertNotIn("D441-5", text)
        self.assertNotIn("L441-10", text)
        self.assertIn("CM2C, Paris", text)

    def test_a_foreign_company_says_no_french_law(self):
        invoice = self.get_invoice()
        self.company.account_fiscal_country_id = self.env.ref("base.pl")
        self.assertFalse(invoice._get_service_mentions())

    def test_a_company_overseas_does(self):
        invoice = self.get_invoice()
        self.company.account_fiscal_country_id = self.env.ref("base.re")
        self.assertEqual(list(invoice._get_service_mentions()), ["PMD", "PMT", "AAB"])

    def test_a_company_words_them_itself(self):
        self.company.write(
            {
                "service_penalty_note": "Three times the legal rate",
                "service_recovery_fee": 45.0,
                "service_discount_note": "2 % within a week",
            }
        )
        text = self.print(self.get_invoice())
        for words in ("Three times the legal rate", "45.00", "2 % within a week"):
            self.assertIn(words, text)
        self.assertNotIn("No discount", text)

    def test_the_discount_of_the_payment_term(self):
        self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids
        invoice.invoice_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "2 %",
                "early_discount": True,
                "discount_percentage": 2.0,
                "discount_days": 8,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        self.assertIn("2.00", invoice._get_discount_mention())
        self.assertIn("8 days", invoice._get_discount_mention())

    def test_what_the_terms_say_is_not_said_twice(self):
        self.company.service_penalty_note = "Three times the legal rate"
        invoice = self.get_invoice()
        invoice.narration = "<p>Three times the\nlegal rate. Thank you.</p>"
        self.assertEqual(self.print(invoice).count("Three times the legal rate"), 1)

    def test_a_credit_note_is_not_paid_late(self):
        note = self.get_invoice()._reverse_moves()
        self.assertNotIn("D441-5", self.print(note))
        self.assertTrue(note._get_service_mentions())

    def test_they_are_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.with_context(lang="fr_FR").service_penalty_note = "Trois fois le taux légal"
        self.company.with_context(lang="en_US").service_penalty_note = "Three times"
        self.customer.lang = "fr_FR"
        self.assertIn("Trois fois", self.print(self.get_invoice()))

    # ----- Lines -----

    def test_first_and_next_blocks_are_told_apart(self):
        """Where one product bills both, its name does not tell (S03)."""
        apart = self.create_level("Apart", "per_intervention", following=self.product_next)
        for level, words in ((self.level, {"First block", "Next blocks"}), (apart, set())):
            with self.subTest(level.name):
                self.company.service_default_level_id = level
                session = self.create_session([("2026-06-10 09:00:00", 4000)])
                charges = session.sudo().charge_ids
                self.assertEqual(len(charges), 2)
                heads = [charge.name.split("\n")[0] for charge in charges]
                self.assertEqual({head.partition(" – ")[2] for head in heads} - {""}, words)
                self.assertTrue(all("Session" in charge.name for charge in charges))

    def test_lines_say_the_days_of_the_service(self):
        text = self.print(self.get_invoice())
        self.assertIn("From 06/01/2026 to 06/30/2026", text)
