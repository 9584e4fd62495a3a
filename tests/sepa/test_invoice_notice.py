"""What an invoice that is debited says of it: paper, e-mail, e-invoice (L08d)."""

from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.tests import tagged

from ...tools.sepa import mask_iban
from .common import SepaCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInvoiceNotice(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.sepa_creditor_identifier = "FR78ZZZ424242"
        cls.contract = cls.create_contract(cls.payer, cls.product_fibre, start="2026-06-01")

    def get_invoice(self, post=True, customer=None):
        customer = customer or self.payer
        return self.bill(post=post).invoice_ids.filtered(lambda move: move.partner_id == customer)

    def print(self, invoice):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", invoice.ids
        )
        return " ".join(" ".join(etree.HTML(html).itertext()).split())

    def mail(self, invoice):
        template = invoice._get_mail_template()
        return template._render_field("body_html", invoice.ids)[invoice.id]

    def export(self, invoice):
        xml, _errors = self.env["account.edi.xml.cii"]._export_invoice(invoice)
        return etree.fromstring(xml)

    def find(self, tree, *names):
        """Return the texts of the elements under a path of names, in any namespace."""
        return [node.text for node in tree.iterfind(".//" + "/".join("{*}" + n for n in names))]

    def assertAsksForTransfer(self, invoice):
        self.assertEqual(invoice._get_service_payment_notice(), "")
        self.assertIn("Payment Communication", self.print(invoice))
        self.assertNotIn("Do not pay", self.mail(invoice))
        tree = self.export(invoice)
        self.assertNotIn("59", self.find(tree, "TypeCode"))
        for name in ("CreditorReferenceID", "DirectDebitMandateID"):
            self.assertFalse(self.find(tree, name), name)

    def test_paper_and_mail(self):
        invoice = self.get_invoice()
        account = self.mandate.partner_bank_id.sanitized_acc_number
        notice = invoice._get_service_payment_notice()
        mandate = self.mandate.unique_mandate_reference
        # The 15th of June 2026 is a Monday: a file sent that day is debited on the 16th.
        for part in ("46.80", "06/16/2026", mandate, "FR78ZZZ424242", mask_iban(account)):
            self.assertIn(part, notice)
        for text in (self.print(invoice), self.mail(invoice)):
            self.assertIn(" ".join(notice.split()), " ".join(text.split()))
            self.assertNotIn("Payment Communication", text)
            self.assertNotIn(account, text)

    def test_no_code_asks_for_a_transfer(self):
        self.company.qr_code = True
        payer = self.create_customer("Transfers")
        self.create_contract(payer, start="2026-06-01")
        invoices = self.bill().invoice_ids
        code = {"return_value": "data:image/png;base64,AA=="}  # drawn by a library of its own
        for invoice in invoices:
            with patch.object(type(invoice), "_generate_qr_code", **code):
                is_asked = "Scan this QR Code" in self.print(invoice)
            self.assertEqual(is_asked, invoice.partner_id == payer)

    def test_e_invoice(self):
        tree = self.export(self.get_invoice())
        means = "SpecifiedTradeSettlementPaymentMeans"
        account = self.mandate.partner_bank_id.sanitized_acc_number
        self.assertEqual(self.find(tree, means, "TypeCode"), ["59"])
        debtor = self.find(tree, means, "PayerPartyDebtorFinancialAccount", "IBANID")
        self.assertEqual(debtor, [account])
        self.assertFalse(self.find(tree, "PayeePartyCreditorFinancialAccount"))
        self.assertEqual(self.find(tree, "CreditorReferenceID"), ["FR78ZZZ424242"])
        mandate = self.mandate.unique_mandate_reference
        self.assertEqual(self.find(tree, "DirectDebitMandateID"), [mandate])

    def test_e_invoice_of_a_service(self):
        """The period is that of the service, the tax is due on payment, the contract is named."""
        tree = self.export(self.get_invoice())
        period = ("ApplicableHeaderTradeSettlement", "BillingSpecifiedPeriod")
        self.assertEqual(
            self.find(tree, *period, "StartDateTime", "DateTimeString")
            + self.find(tree, *period, "EndDateTime", "DateTimeString"),
            ["20260601", "20260630"],
        )
        settlement = ("ApplicableHeaderTradeSettlement", "ApplicableTradeTax", "DueDateTypeCode")
        self.assertEqual(self.find(tree, *settlement), ["72"])
        contract = self.find(tree, "ContractReferencedDocument", "IssuerAssignedID")
        self.assertEqual(contract, [self.contract.name])

    def test_tax_on_debits(self):
        self.tax_excluded.tax_exigibility = "on_invoice"
        tree = self.export(self.get_invoice())
        self.assertEqual(self.find(tree, "ApplicableTradeTax", "DueDateTypeCode"), ["5"])

    def test_transfer(self):
        customer = self.create_customer("Transfers")
        self.create_contract(customer, start="2026-06-01")
        self.assertAsksForTransfer(self.get_invoice(customer=customer))

    def test_dead_mandate(self):
        invoice = self.get_invoice()
        self.mandate.cancel()
        self.assertAsksForTransfer(invoice)

    def test_no_debit_decided(self):
        invoice = self.get_invoice()
        invoice._ask_debit_decision("Came back")
        self.assertAsksForTransfer(invoice)

    def test_what_collecting_refuses_is_not_announced(self):
        invoice = self.get_invoice()
        self.company.sepa_creditor_identifier = False
        self.assertAsksForTransfer(invoice)

    def test_no_day_that_is_over_is_announced(self):
        invoice = self.get_invoice()
        with freeze_time("2026-08-14"):  # a Friday
            self.assertEqual(str(invoice._get_debit_terms()["day"]), "2026-08-17")

    def test_what_an_order_takes_is_announced(self):
        run = self.bill()
        invoice = run.invoice_ids
        self.pay(invoice, 10.0)
        self.collect(run)
        self.assertIn("36.80", invoice._get_service_payment_notice())
        self.assertFalse(invoice._has_to_be_paid())

    def test_paid_there_is_nothing_to_announce(self):
        invoice = self.get_invoice()
        self.pay(invoice, 46.8)
        self.assertEqual(invoice._get_service_payment_notice(), "")

    def test_plain_invoices_are_odoos(self):
        invoice = self.credit(self.payer, 10.0)
        self.assertEqual(invoice._get_service_payment_notice(), "")
        self.assertEqual(
            invoice._get_mail_template(), self.env.ref("account.email_template_edi_credit_note")
        )
