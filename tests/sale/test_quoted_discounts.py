"""Discounts of the first months and billing days on quotations: sold, read, and in the contract."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .test_sale_order_terms import TermsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestQuotedDiscounts(TermsCommon):
    def offer(self, months=3, percent=50, **vals):
        order = self.quote(self.product_support, **vals)
        order.order_line.write({"discount": percent, "service_discount_months": months})
        return order

    def test_sold_and_over_by_itself(self):
        """Three months from the service start on, then the full price."""
        order = self.offer()
        order.action_confirm()
        contract = order.sudo().service_contract_ids
        self.assertEqual(contract.line_ids.discount_until, self.day("2026-09-30"))
        contract._generate_charges(self.day("2026-10-01"))
        price = contract.line_ids.price_unit
        amounts = contract.charge_ids.sorted("date_start").mapped("amount")
        self.assertEqual(amounts, [price / 2] * 3 + [price])

    def test_read_by_the_customer(self):
        """The page says for how long, and what it costs afterwards; so does the sum per month."""
        order = self.offer()
        words = "50 % off in the first 3 months, then 50.00\N{NO-BREAK SPACE}€ (per month)"
        self.assertEqual(order.order_line.service_discount_words, words)
        page = self.render(order).replace("&nbsp;", "\N{NO-BREAK SPACE}")
        self.assertIn("50 % off in the first 3 months", page)
        self.assertIn("per month after the discounts that end", order._get_recurring_words()[0])
        order.order_line.service_discount_months = 1
        self.assertIn("in the first month", order.order_line.service_discount_words)
        order.order_line.service_discount_months = 0
        self.assertFalse(order.order_line.service_discount_words)

    def test_a_consumer_reads_prices_with_tax(self):
        """L20"""
        order = self.offer(customer=self.create_customer("Reader", service_regime="consumer"))
        line = order.order_line
        self.assertEqual(round(line._get_full_monthly(), 2), round(2 * line.price_total, 2))

    def test_moves_with_the_start_of_a_waiting_contract(self):
        order = self.quote(self.product_fibre)
        order.order_line.write({"discount": 20, "service_discount_months": 2})
        order.action_confirm()
        contract = order.service_contract_ids
        self.assertEqual(contract.state, "draft")
        contract.date_start = "2026-07-31"
        self.assertEqual(contract.line_ids.discount_until, self.day("2026-09-29"))

    def test_fixed_once_in_force(self):
        order = self.offer()
        order.action_confirm()
        with self.assertRaises(UserError):
            order.order_line.service_discount_months = 12

    def test_an_amendment_keeps_what_ends(self):
        """What is quoted at the same percent ends as agreed; other months begin anew."""
        contract = self.create_contract(
            start="2026-06-01", line={"discount": 50, "discount_until": "2026-08-31"}
        )
        for months, until, quantity in ((0, "2026-08-31", 2), (6, "2026-12-14", 3)):
            action = contract.with_user(self.user_sales).action_amend_by_quote()
            order = self.env["sale.order"].browse(action["res_id"]).with_user(self.user_sales)
            order.order_line.write({"product_uom_qty": quantity, "service_discount_months": months})
            order.action_confirm()
            line = contract.line_ids.sorted("id")[-1]
            self.assertEqual(
                (line.quantity, line.discount, line.discount_until),
                (quantity, 50, self.day(until)),
            )

    def test_an_amendment_does_not_revive_what_ended(self):
        contract = self.create_contract(
            start="2026-01-01", line={"discount": 50, "discount_until": "2026-03-31"}
        )
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual(order.order_line.discount, 0)
        order.order_line.product_uom_qty = 2
        order.with_user(self.user_sales).action_confirm()
        line = contract.line_ids.sorted("id")[-1]
        self.assertEqual(line._get_monthly_on(self.day("2026-07-01")), 2 * line.price_unit)

    # ----- From which day on -----

    def test_billing_day_is_negotiated_and_told(self):
        """As the company says, or otherwise; the customer reads which days come first."""
        self.company.service_billing_start = "month"
        order = self.quote(self.product_support)
        order.service_start_date = "2026-07-12"
        term = order.service_term_ids
        self.assertIn("20 of 31 days", term.billing_words)
        self.assertIn("First invoice: 07/12/2026 to 07/31/2026", self.render(order))
        order.action_confirm()
        contract = order.sudo().service_contract_ids
        self.assertEqual(contract.anchor_date, self.day("2026-08-01"))
        self.assertEqual(contract.commitment_ids.date_end, self.day("2027-07-11"))
        with self.assertRaises(UserError):
            term.billing_start = "start"
        other = self.quote(self.product_support)
        with Form(other) as form, form.service_term_ids.edit(0) as row:
            row.billing_start = "start"
        self.assertNotIn("First invoice", self.render(other))
