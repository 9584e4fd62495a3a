"""What a quotation tells the customer: the time of its prices, and the commitment (S35, L03)."""

from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from ..common import ServiceContractCommon

YEARLY = "Commitment of 12 months, then renewed by tacit agreement for 12 months at a time, unless"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestQuoteDocument(ServiceContractCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "customer@example.com"

    def quote(self, *products, **vals):
        return self.create_quote(*products, user=self.user_sales, start="2026-07-01", **vals)

    def render(self, order):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )
        return " ".join(html.decode().split())

    def open_page(self, order):
        return " ".join(self.url_open(order.get_portal_url()).text.split())

    def send(self, order):
        """Send the quotation as its button does; return the mail."""
        context = order.action_quotation_send()["context"]
        composer = self.env["mail.compose.message"].with_user(self.user_sales)
        composer = composer.with_context(**context, mail_notify_force_send=False).create({})
        composer.action_send_mail()
        mails = self.env["mail.mail"].sudo()
        sent = mails.search([("res_id", "=", order.id), ("model", "=", "sale.order")])
        return sent.filtered(lambda mail: self.customer in mail.recipient_ids).body_html

    def test_s35_printed_shown_and_sent(self):
        yearly = self.create_product("Yearly", 120.0, recurring=self.family, period="12")
        order = self.quote(self.product_support, yearly, self.product_fee)
        for medium in (self.render, self.open_page):
            with self.subTest(medium.__name__):
                text = medium(order)
                self.assertEqual(text.count(">Per month<"), 2)
                self.assertEqual(text.count(">Per year<"), 2)
                self.assertIn(f"{YEARLY} refused with a notice of 1 month.", text)
                self.assertIn("60.00", text)
        mail = self.send(order)
        self.assertIn("60.00", mail)
        self.assertIn("per month", mail)
        self.assertIn(f"Maintenance: {YEARLY} refused with a notice of 1 month.", mail)

    def test_one_off_products_commit_to_nothing(self):
        order = self.quote(self.product_fee)
        for medium in (self.render, self.open_page, self.send):
            with self.subTest(medium.__name__):
                text = medium(order)
                self.assertNotIn("Per month", text)
                self.assertNotIn("Commitment", text)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        self.customer.lang = "fr_FR"
        order = self.quote(self.product_support)
        for text in (self.render(order), self.send(order)):
            self.assertIn("reconduction tacite", text)
        self.assertIn(">Par mois<", self.render(order))

    def test_each_family_says_its_own(self):
        self.family.write({"initial_months": 0, "notice_count": 0})
        self.family_sepa.notice_count = 0
        order = self.quote(self.product_support, self.product_fibre, service_is_small_firm=True)
        self.assertEqual(
            order._get_commitment_rows(),
            [
                ("Maintenance", "No commitment."),
                (
                    "Fibre Access",
                    "Commitment of 24 months, then renewed by tacit agreement for 12 months at a "
                    "time, unless refused before.",
                ),
            ],
        )

    def test_an_amending_quote_says_what_it_does_to_the_commitment(self):
        contract = self.create_contract()
        vals = {"service_amended_contract_id": contract.id}
        for months, words in ((0, f"{contract.name} does not change"), (24, "of 24 months, then")):
            with self.subTest(months=months):
                order = self.quote(self.product_support, service_amendment_months=months, **vals)
                self.assertIn(words, self.render(order))
        fibre = self.create_contract(product=self.product_fibre, is_small_firm=True, activate=False)
        order = self.quote(
            self.product_fibre, service_amended_contract_id=fibre.id, service_amendment_months=36
        )
        self.assertIn("Commitment of 24 months", self.render(order))

    def test_l01_an_amending_quote_says_the_renewals_as_amended(self):
        """Signed for 12 months by a notice of one; amended to 24 by three, and so it is renewed."""
        contract = self.create_contract(start="2026-01-01")
        self.amend_renewals(contract, "2026-06-15")
        order = self.quote_commitment(contract, 36)
        words = (
            "Commitment of 36 months, then renewed by tacit agreement for 24 months at a time, "
            "unless refused with a notice of 3 months."
        )
        for medium in (self.render, self.open_page, self.send):
            with self.subTest(medium.__name__):
                self.assertIn(words, medium(order))
        order.action_confirm()
        self.assertEqual(self.get_last_days(contract), ("2029-06-30", "2029-03-31"))
        with freeze_time("2029-04-01"):
            contract._renew()
        self.assertEqual(self.get_last_days(contract), ("2031-06-30", "2031-03-31"))

    def test_l01_what_an_amending_quote_says_holds_from_its_first_renewal_on(self):
        """Renewals of another time were agreed for later: the new commitment has them at once."""
        contract = self.create_contract(start="2026-01-01")
        self.amend_renewals(contract, "2028-01-01")
        order = self.quote_commitment(contract, 36)
        self.assertIn(
            "for 24 months at a time, unless refused with a notice of 3 months", self.render(order)
        )
        order.action_confirm()
        self.assertEqual(self.get_last_days(contract), ("2029-06-30", "2029-03-31"))
        order.with_user(self.user_manager).sudo()._action_cancel()
        self.assertEqual(contract._get_renewal_stage(1).tacit_months, 12)
        self.assertEqual(contract._get_renewal_stage(2).tacit_months, 24)

    def amend_renewals(self, contract, day):
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        vals = amendments._prepare_draft_vals(contract, self.day(day))
        vals |= {"is_new_renewal": True, "tacit_months": 24, "notice_count": 3}
        amendments.create(vals).action_confirm()

    def quote_commitment(self, contract, months):
        return self.quote(
            self.product_support,
            service_amended_contract_id=contract.id,
            service_amendment_months=months,
        )

    def get_last_days(self, contract):
        """Return the last day of the latest term, and the last day to refuse its renewal."""
        last = contract._get_last_term()
        return str(last.date_end), str(last.refusal_deadline)
