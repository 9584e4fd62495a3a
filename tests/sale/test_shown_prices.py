"""Consumers read prices with tax everywhere; what others read says that tax comes on top (L20)."""

from freezegun import freeze_time

from odoo import Command
from odoo.tests import HttpCase, tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestShownPrices(ServiceContractCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.create_customer(
            "Person", is_company=False, service_regime="consumer", email="person@example.com"
        )
        cls.repair = cls.create_product(
            "Care incl.", 30.0, recurring=cls.family, level=cls.level_unlimited
        )
        cls.repair.taxes_id = cls.tax_included

    def quote(self, customer, *products):
        products = products or (self.product_support,)
        return self.create_quote(*products, customer=customer, user=self.user_sales)

    def render(self, order):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )
        return " ".join(html.decode().split())

    def open_page(self, order):
        return " ".join(self.url_open(order.get_portal_url()).text.split())

    def print(self, record, report):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            f"service_contract.{report}", record.ids
        )
        return " ".join(html.decode().split())

    def get_lines(self, text):
        """Return the table of the products."""
        return text.partition('class="sale_tbody"')[2].partition("</tbody>")[0]

    def get_subtitles(self, order):
        body = "Here it is."
        message = order.message_post(body=body)
        context = order._notify_by_email_prepare_rendering_context(message)
        return " ".join(context["subtitles"])

    def test_consumer_reads_a_quotation_with_tax(self):
        order = self.quote(self.person)
        for medium in (self.render, self.open_page):
            with self.subTest(medium.__name__):
                text = medium(order)
                self.assertIn("incl. tax", text)
                self.assertNotIn("excl. tax", text)
                self.assertIn("Tax included, per month:", text)
                lines = self.get_lines(text)
                self.assertIn("60.00", lines)
                self.assertNotIn("50.00", lines)
        self.assertIn("tax included: 60.00 €", self.get_subtitles(order).replace("\xa0", " "))

    def test_firm_reads_a_quotation_without_tax(self):
        order = self.quote(self.customer, self.product_support, self.repair)
        for medium in (self.render, self.open_page):
            with self.subTest(medium.__name__):
                text = medium(order)
                self.assertIn("excl. tax", text)
                self.assertIn("Without tax, per month:", text)
                lines = self.get_lines(text)
                self.assertIn("50.00", lines)
                self.assertIn("25.00", lines, "no price with tax below a heading that says without")
                self.assertNotIn("30.00", lines)

    def test_who_is_not_known_reads_prices_with_tax(self):
        self.company.service_default_regime = False
        order = self.quote(self.env["res.partner"].create({"name": "Somebody"}))
        self.assertIn("60.00", self.render(order))

    def test_discount_is_taken_of_the_price_with_tax(self):
        order = self.quote(self.person)
        order.order_line.discount = 10
        for medium in (self.render, self.open_page):
            text = medium(order)
            lines = self.get_lines(text)
            self.assertIn("60.00", lines)
            self.assertIn("54.00", lines)

    def test_plain_order_of_a_firm_stays_as_odoo_prints_it(self):
        text = self.render(self.quote(self.customer, self.product_block_incl))
        self.assertNotIn("excl. tax", text)
        self.assertIn("30.00", text)

    def test_contract_says_prices_as_its_customer_reads_them(self):
        cases = [(self.person, "60.00", "36.00 € per 30 min · incl. tax", "excl. tax")]
        cases += [(self.customer, "50.00", "30.00 € per 30 min · excl. tax", "incl. tax")]
        for customer, price, tariff, others in cases:
            with self.subTest(customer.name):
                contract = self.create_contract(customer)
                text = self.print(contract, "service_contract_report").replace("\xa0", " ")
                self.assertIn(price, text)
                self.assertIn(tariff, text)
                self.assertNotIn(others, text)

    def test_price_with_tax_is_kept_to_the_cent(self):
        contract = self.create_contract(self.person, product=self.repair)
        self.assertEqual(contract._get_shown_price(self.repair, 30.0), 30.0)
        self.assertEqual(contract._get_shown_price(self.product_support, 49.99), 59.99)

    def test_amendment_compares_what_its_customer_reads(self):
        for customer, before, after in ((self.person, 60, 72), (self.customer, 50, 60)):
            contract = self.create_contract(customer)
            amendments = self.env["service.amendment"].with_user(self.user_manager)
            amendment = amendments.create(
                amendments._prepare_draft_vals(contract, self.day("2026-07-01"))
            )
            amendment.line_ids.price_unit = 60
            amendment.action_confirm()
            text = self.print(amendment, "service_amendment_report").replace("\xa0", " ")
            with self.subTest(customer.name):
                self.assertIn(f"1 × {before}.00 €", text)
                self.assertIn(f"1 × {after}.00 €", text)
                self.assertNotIn("Prices exclude or include tax", text)

    def test_mail_of_a_revision_says_prices_as_its_reader_reads_them(self):
        template = self.env.ref("service_contract.price_revision_mail_template")
        for customer, old, new, words in (
            (self.person, "60.00", "61.20", "incl. tax"),
            (self.customer, "50.00", "51.00", "excl. tax"),
        ):
            contract = self.create_contract(customer)
            revision = (
                self.env["service.price.revision"]
                ._as_workflow()
                .create(
                    {
                        "contract_id": contract.id,
                        "effective_date": "2026-07-01",
                        "line_ids": [
                            Command.create(
                                {
                                    "contract_line_id": contract.line_ids.id,
                                    "old_price": 50,
                                    "new_price": 51,
                                }
                            )
                        ],
                    }
                )
            )
            body = template._render_field("body_html", revision.ids)[revision.id]
            for text in (old, new, words):
                with self.subTest(customer.name, text=text):
                    self.assertIn(text, body)
