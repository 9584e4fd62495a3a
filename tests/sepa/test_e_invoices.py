"""Every kind of invoice as the standards want its data (L08, L08c, L08d, BR-CO-10)."""

from freezegun import freeze_time
from lxml import etree

from odoo.tests import tagged

from ...tools import cii
from ..e_invoice import check_e_invoices
from .common import SepaCommon

SIRETS = (
    "73282932000074",
    "44306184100013",
    "55208131700018",
    "20000000800017",
    "30000000700017",
)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestEInvoices(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "company_registry": SIRETS[0],
                "vat": "FR44732829320",
                "email": "billing@seller.example.com",
                "phone": "+33 1 23 45 67 89",
                "service_default_level_id": cls.level.id,
            }
        )
        cls.payer.write({"company_registry": SIRETS[1], "vat": "FR64443061841"})
        cls.product_hosting = cls.create_product("Hosting", 39.0, recurring=cls.family)

    def make_customers(self):
        """Return customers of each kind: by debit, by transfer, consumer, overseas."""
        professional = {"company_registry": SIRETS[2], "vat": "FR03552081317"}
        consumer = {"is_company": False, "service_regime": "consumer", "email": "a@example.com"}
        overseas = {
            "country_id": self.env.ref("base.re").id,
            "zip": "97400",
            "company_registry": SIRETS[3],
        }
        guiana = {
            "country_id": self.env.ref("base.gf").id,
            "zip": "97300",
            "company_registry": SIRETS[4],
        }
        return {
            "debit": self.payer,
            "transfer": self.create_customer("Transfers", **professional),
            "consumer": self.create_customer("Consumer", **consumer),
            "reunion": self.create_customer("La Réunion", **overseas),
            "guiana": self.create_customer("Guyane", **guiana),
        }

    def sell(self, customer):
        """Sell each kind of thing: tax on top and inside, discount, odd quantity, gift, session."""
        access = self.product_fibre if customer == self.payer else self.product_hosting
        self.create_contract(customer, access, start="2026-06-01")
        line = {"quantity": 4, "price_unit": 50.0}
        contract = self.create_contract(
            customer, self.product_incl, start="2026-06-05", line={**line, "quantity": 1}
        )
        for vals in (
            {},
            {"discount": 12.5},
            {"quantity": 1.5, "price_unit": 33.33},
            {"price_unit": -7.77, "name": "Gift"},
        ):
            contract.line_ids[0].copy({**line, **vals})
        self.create_session([("2026-06-10 09:00:00", 4000)], customer)

    def make_mix(self, way):
        self.company.tax_calculation_rounding_method = way
        customers = self.make_customers()
        for customer in customers.values():
            self.sell(customer)
        customers["transfer"].service_grouping = "customer"
        customers["transfer"].service_order_ref = "PO 4500001"
        run = self.bill()
        self.assertFalse(run.exception_ids.mapped("detail"))
        invoices = run.invoice_ids
        credits = invoices._reverse_moves([{"invoice_date": "2026-06-15"} for _move in invoices])
        for credit in credits[::2]:
            credit.invoice_line_ids[-1:].quantity = 0.5
        credits.action_post()
        return invoices + credits

    def export(self, move):
        xml, errors = self.env["account.edi.xml.cii"]._export_invoice(move)
        self.assertFalse(errors)
        return xml

    def assertRight(self, way):
        moves = self.make_mix(way)
        french = moves.filtered(lambda move: move._get_service_mentions())
        files = {move.name: self.export(move) for move in moves}
        for name, xml in files.items():
            with self.subTest(name):
                self.assertEqual(cii.get_sum_errors(etree.fromstring(xml)), [])
        self.assertEqual(check_e_invoices(files, {move.name for move in french}), [])
        self.assertGreater(len(french), 4)

    def test_rounded_by_line(self):
        self.assertRight("round_per_line")

    def test_rounded_by_tax(self):
        self.assertRight("round_globally")

    # ----- What it says -----

    def find(self, move, *names):
        tree = etree.fromstring(self.export(move))
        return [node.text for node in tree.iterfind(".//" + "/".join("{*}" + n for n in names))]

    def test_references(self):
        """BT-12, BT-13: those of the customer; a credit note has its origin's, and names it."""
        order = ("BuyerOrderReferencedDocument", "IssuerAssignedID")
        contract = ("ContractReferencedDocument", "IssuerAssignedID")
        origin = ("InvoiceReferencedDocument", "IssuerAssignedID")
        self.create_debited_contract()
        invoice = self.bill().invoice_ids
        self.assertEqual(self.find(invoice, *order), [])
        self.assertEqual(self.find(invoice, *contract), [invoice.invoice_origin])
        self.payer.write({"service_order_ref": "PO 1", "service_contract_ref": "M 1"})
        self.create_debited_contract()
        invoice = self.bill().invoice_ids
        credit = invoice._reverse_moves([{"ref": "Reversal", "invoice_date": "2026-06-15"}])
        credit.action_post()
        for move in invoice + credit:
            self.assertEqual(self.find(move, *order), ["PO 1"])
            self.assertEqual(self.find(move, *contract), ["M 1"])
        self.assertEqual(self.find(invoice, *origin), [])
        self.assertEqual(self.find(credit, *origin), [invoice.name])

    def test_the_days_of_the_service_stand_for_its_delivery(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids
        self.assertEqual(self.find(invoice, "ActualDeliverySupplyChainEvent"), [])
        self.assertEqual(
            self.find(invoice, "BillingSpecifiedPeriod", "StartDateTime", "DateTimeString"),
            ["20260601"] * 2,
        )

    def test_what_another_module_wrote_stays(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids
        root = etree.fromstring(self.export(invoice))
        before = etree.tostring(root)
        self.env["account.edi.xml.cii"]._complete_service_invoice(root, invoice)
        self.assertEqual(etree.tostring(root), before)

    def test_seller_and_buyer_are_known_by_their_siren(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids
        legal = ("SellerTradeParty", "SpecifiedLegalOrganization", "ID")
        self.assertEqual(self.find(invoice, *legal), [SIRETS[0][:9]])
        self.assertEqual(self.find(invoice, "SellerTradeParty", "GlobalID"), [SIRETS[0]])
        uri = ("URIUniversalCommunication", "URIID")
        self.assertEqual(self.find(invoice, "SellerTradeParty", *uri), [SIRETS[0][:9]])
        self.assertEqual(self.find(invoice, "BuyerTradeParty", *uri), [SIRETS[1][:9]])
        process = ("BusinessProcessSpecifiedDocumentContextParameter", "ID")
        self.assertEqual(self.find(invoice, *process), ["S1"])
