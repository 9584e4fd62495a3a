"""Prices with their tax inside, by each way of rounding that a company can have (S06)."""

from odoo import Command
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
class TestRounding(ServiceContractCommon):
    """Invariant 2: charges = their invoice lines = heads = ledger, tax-included prices as well."""

    def bill(self, count, way, **vals):
        """Return the posted invoice of some charges of one price, with its tax inside."""
        invoice = self.draft(count, way, **vals)
        invoice.action_post()
        return invoice

    def draft(self, count, way, price=50.0, quantity=1.0):
        self.company.tax_calculation_rounding_method = way
        charges = self.env["service.charge"].sudo()
        party = charges._prepare_billing_party_vals(self.customer, company=self.company)
        charges.create(
            [
                {
                    **party,
                    "kind": "one_off",
                    "product_id": self.product_block_incl.id,
                    "name": f"Session {number}",
                    "price_unit": price,
                    "quantity": quantity,
                    "tax_ids": [Command.set(self.tax_included.ids)],
                    "date_start": "2026-06-01",
                    "date_end": "2026-06-02",
                    "billing_date": "2026-06-01",
                }
                for number in range(count)
            ]
        )
        return self.create_run("2026-06-30").invoice_ids

    def get_untaxed(self, invoice):
        """Return the amounts without tax of charges, lines, head and sales account."""
        lines = invoice.invoice_line_ids
        amounts = (
            sum(lines.service_charge_id.mapped("amount_untaxed")),
            sum(lines.mapped("price_subtotal")),
            invoice.amount_untaxed,
            -sum(lines.mapped("balance")),
        )
        return [round(amount, 2) for amount in amounts]

    def get_totals(self, invoice):
        """Return what is to pay by charges, lines, head and the customer's account."""
        lines = invoice.invoice_line_ids
        receivable = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        amounts = (
            sum(lines.service_charge_id.mapped("amount_total")),
            sum(lines.mapped("price_total")),
            invoice.amount_total,
            sum(receivable.mapped("balance")),
        )
        return [round(amount, 2) for amount in amounts]

    def test_by_line_all_are_equal(self):
        for count, untaxed in ((1, 41.67), (4, 166.68), (8, 333.36)):
            with self.subTest(count):
                invoice = self.bill(count, "round_per_line")
                self.assertEqual(self.get_untaxed(invoice), [untaxed] * 4)
                self.assertEqual(self.get_totals(invoice), [50.0 * count] * 4)

    def test_by_tax_all_are_equal_as_well(self):
        for count, untaxed in ((1, 41.67), (4, 166.68), (8, 333.36)):
            with self.subTest(count):
                invoice = self.bill(count, "round_globally")
                self.assertEqual(self.get_untaxed(invoice), [untaxed] * 4)
                self.assertEqual(self.get_totals(invoice), [50.0 * count] * 4)
                self.assertEqual(round(invoice.tax_totals["base_amount"], 2), untaxed)

    def test_by_tax_quotations_of_odoo_differ(self):
        """The cents between lines and total of an order are why the set-up asks for the other."""
        self.company.tax_calculation_rounding_method = "round_globally"
        self.product_block_incl.service_family_id = self.family
        self.assertEqual(self.company._get_service_checks()["rounding"].state, "blocked")

    def test_what_is_added_by_hand_adds_up(self):
        """Two lines of a person's on a draft of ours are rounded like those of its charges."""
        self.company.tax_calculation_rounding_method = "round_globally"
        invoice = self.draft(2, "round_globally")
        line = {
            "product_id": self.product_block_incl.id,
            "price_unit": 50.0,
            "tax_ids": [Command.set(self.tax_included.ids)],
        }
        invoice.invoice_line_ids = [Command.create(line), Command.create(line)]
        invoice.action_post()
        self.assertEqual(self.get_untaxed(invoice)[1:], [166.68] * 3)
        self.assertEqual(self.get_totals(invoice)[1:], [200.0] * 3)

    def test_a_credit_note_gives_back_the_same(self):
        for way in ("round_per_line", "round_globally"):
            with self.subTest(way):
                invoice = self.bill(4, way)
                credit = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
                credit.action_post()
                for name in ("amount_untaxed", "amount_tax", "amount_total"):
                    self.assertEqual(credit[name], invoice[name], name)
                self.assertEqual(self.get_untaxed(credit)[1:3], [166.68] * 2)

    def test_odd_quantities_without_tax_in_the_price(self):
        """Half hours of 33.33 are 16.67 each (16.665): by tax, Odoo's three are 50.00."""
        self.tax_included = self.tax_excluded
        self.product_block_incl = self.product_block
        for way in ("round_per_line", "round_globally"):
            with self.subTest(way):
                invoice = self.bill(3, way, price=33.33, quantity=0.5)
                self.assertEqual(self.get_untaxed(invoice), [50.01] * 4)

    def test_odd_quantities_with_tax_in_the_price(self):
        for way in ("round_per_line", "round_globally"):
            with self.subTest(way):
                invoice = self.bill(3, way, price=33.33, quantity=1.5)
                self.assertEqual(len(set(self.get_untaxed(invoice)[1:])), 1)
                self.assertEqual(len(set(self.get_totals(invoice)[1:])), 1)

    def test_in_another_currency(self):
        zloty = self.setup_other_currency("PLN", rates=[("2020-01-01", 4.21)])
        self.customer.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "PLN", "currency_id": zloty.id, "company_id": self.company.id}
        )
        for way in ("round_per_line", "round_globally"):
            with self.subTest(way):
                invoice = self.bill(4, way)
                self.assertEqual(invoice.currency_id, zloty)
                self.assertEqual(self.get_untaxed(invoice)[:3], [166.68] * 3)
                self.assertEqual(self.get_totals(invoice)[:3], [200.0] * 3)
                self.assertEqual(round(sum(invoice.line_ids.mapped("balance")), 2), 0)

    def test_plain_invoices_are_rounded_as_the_company_does(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        line = {
            "name": "Plain",
            "price_unit": 50.0,
            "tax_ids": [Command.set(self.tax_included.ids)],
        }
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create(line) for _number in range(4)],
            }
        )
        self.assertEqual(invoice.amount_untaxed, 166.67)

    def test_without_tax_in_the_price_both_are_equal(self):
        self.tax_included = self.tax_excluded
        self.product_block_incl = self.product_block
        for way in ("round_per_line", "round_globally"):
            with self.subTest(way):
                invoice = self.bill(4, way, price=41.67)
                self.assertEqual(self.get_untaxed(invoice), [166.68] * 4)
