"""Prices with their tax inside, by each way of rounding that a company can have (S06)."""

from odoo import Command
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
class TestRounding(ServiceContractCommon):
    """Invariant 2: charges = their invoice lines = heads = ledger, tax-included prices as well."""

    def bill(self, count, way, price=50.0):
        """Return the posted invoice of some charges of one price, with its tax inside."""
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
                    "tax_ids": [Command.set(self.tax_included.ids)],
                    "date_start": "2026-06-01",
                    "date_end": "2026-06-02",
                    "billing_date": "2026-06-01",
                }
                for number in range(count)
            ]
        )
        invoice = self.create_run("2026-06-30").invoice_ids
        invoice.action_post()
        return invoice

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

    def test_by_tax_what_is_to_pay_is_equal(self):
        """The cents between lines and head are why the set-up asks for the other way."""
        for count, lines, head in ((4, 166.68, 166.67), (8, 333.36, 333.33)):
            with self.subTest(count):
                invoice = self.bill(count, "round_globally")
                self.assertEqual(self.get_totals(invoice), [50.0 * count] * 4)
                self.assertEqual(self.get_untaxed(invoice)[:3], [lines, lines, head])
                self.assertEqual(self.get_untaxed(invoice)[3], head)
        self.product_block_incl.service_family_id = self.family
        self.assertEqual(self.company._get_service_checks()["rounding"].state, "blocked")

    def test_without_tax_in_the_price_both_are_equal(self):
        self.tax_included = self.tax_excluded
        self.product_block_incl = self.product_block
        for way in ("round_per_line", "round_globally"):
            with self.subTest(way):
                invoice = self.bill(4, way, price=41.67)
                self.assertEqual(self.get_untaxed(invoice), [166.68] * 4)
