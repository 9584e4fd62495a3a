"""What the law has contracts say, by the customer's regime: data, kept as signed (L25, L28)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon

MEDIATOR = "Médiateur de test, 1 rue de la Paix, 75002 Paris"
ARTICLES = ("L215-1", "L215-1-1", "L215-2", "L215-3", "L241-3")


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestClauses(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_mediator = MEDIATOR

    def contract(self, regime="consumer", **vals):
        return self.create_contract(regime=regime, activate=False, **vals)

    def test_l28_articles_are_reproduced_where_the_law_wants_them(self):
        for regime in ("consumer", "non_professional", "professional"):
            clauses = self.contract(regime)._get_signed_clauses()
            for article in ARTICLES:
                with self.subTest(regime, article=article):
                    found = f"<strong>Article {article}</strong>" in clauses
                    self.assertEqual(found, regime != "professional")

    def test_l28_words_of_the_law(self):
        clauses = self.contract()._get_signed_clauses()
        self.assertIn("mentionne, dans un encadré apparent, la date limite de non-rec", clauses)
        self.assertIn("sont dans ce cas remboursées dans un délai de trente jours", clauses)
        self.assertIn("les sommes dues sont productives d'intérêts au taux légal", clauses)

    def test_l28_what_is_not_renewed_tacitly_says_nothing_of_it(self):
        self.family.initial_months = 0
        self.assertNotIn("L215-1", self.contract()._get_signed_clauses())

    def test_l25_consumers_read_the_mediator(self):
        self.assertIn(MEDIATOR, self.contract()._get_signed_clauses())
        for regime in ("non_professional", "professional"):
            self.assertNotIn(MEDIATOR, self.contract(regime)._get_signed_clauses())

    def test_l25_no_clause_with_a_gap(self):
        self.company.service_mediator = False
        clauses = self.contract()._get_signed_clauses()
        self.assertNotIn("médiateur", clauses)
        self.assertNotIn("{", clauses)

    def test_l19_who_may_withdraw_gets_the_form(self):
        cases = [
            ("consumer", "distance", False, True),
            ("consumer", "premises", False, False),
            ("professional", "off_premises", True, True),
            ("professional", "off_premises", False, False),
            ("professional", "distance", True, False),
        ]
        for regime, conclusion, is_off, has_form in cases:
            with self.subTest(regime, conclusion=conclusion, off_activity=is_off):
                contract = self.contract(regime, conclusion=conclusion, is_off_activity=is_off)
                clauses = contract._get_signed_clauses()
                self.assertEqual("Rayez la mention inutile" in clauses, has_form)
                self.assertEqual(self.company.name in clauses, has_form)

    def test_law_is_that_of_the_companys_country(self):
        self.company.account_fiscal_country_id = self.company.country_id
        self.company.country_id = self.env.ref("base.pl")
        self.assertFalse(self.contract()._get_signed_clauses())
        self.company.country_id = self.env.ref("base.re")
        self.assertIn("Article L215-1", self.contract()._get_signed_clauses())

    def test_company_adds_its_own(self):
        self.env["service.clause"].with_user(self.user_manager).create(
            {
                "name": "Late payment",
                "is_for_consumers": False,
                "is_for_professionals": True,
                "body": "<p>Indemnité de 40 € de {company}.</p>",
            }
        )
        clauses = self.contract("professional")._get_signed_clauses()
        self.assertIn("<h5>Late payment</h5>", clauses)
        self.assertIn(f"40 € de {self.company.name}", clauses)
        self.assertNotIn("40 €", self.contract()._get_signed_clauses())

    def test_names_are_no_markup(self):
        self.company.service_mediator = "<script>alert(1)</script>"
        self.assertNotIn("<script>", self.contract()._get_signed_clauses())

    def test_clauses_are_printed_and_kept_as_signed(self):
        contract = self.create_contract(regime="consumer", conclusion="premises")
        self.assertIn("Article L215-1", contract.clauses_snapshot)
        self.company.service_mediator = "Another"
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.service_contract_report", contract.ids
        )
        text = html.decode()
        self.assertIn("Article L241-3", text)
        self.assertIn(MEDIATOR, text)
        self.assertNotIn("Another", text)

    def test_l25_invoice_of_a_consumer_names_the_mediator(self):
        for regime, is_named in (("consumer", True), ("professional", False)):
            with self.subTest(regime):
                self.create_contract(
                    self.create_customer(regime, service_regime=regime), conclusion="premises"
                )
                run = self.create_run("2026-01-01")
                html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                    "account.account_invoices", run.invoice_ids.ids
                )
                self.assertEqual(MEDIATOR in html.decode(), is_named)

    def test_s37_conditions_are_sent_on_request(self):
        self.family.conditions_id = self.env["service.conditions"].create(
            {"name": "Conditions", "code": "T", "version": "1", "body": "<p>Capped.</p>"}
        )
        self.customer.email = "customer@example.com"
        contract = self.create_contract().with_user(self.user_technician)
        self.assertFalse(contract.conditions_sent_on)
        told = contract.action_send_conditions()
        self.assertIn("customer@example.com", told["params"]["message"])
        self.assertEqual(contract.conditions_sent_on, contract._get_local_today())
        message = contract.message_ids[0]
        self.assertIn(self.customer, message.notified_partner_ids)
        self.assertEqual(message.author_id, self.user_technician.partner_id)
        self.assertFalse(message.is_internal)
        self.assertIn("Conditions (1)", message.attachment_ids.name)
        self.assertIn(b"Capped.", message.attachment_ids.raw)

    def test_s37_nothing_is_sent_nowhere(self):
        contract = self.create_contract()
        with self.assertRaisesRegex(UserError, "no general conditions"):
            contract.action_send_conditions()
        contract.sudo().conditions_id = self.env["service.conditions"].create(
            {"name": "Conditions", "code": "T", "version": "1"}
        )
        with self.assertRaisesRegex(UserError, "no valid e-mail address"):
            contract.action_send_conditions()
        self.assertFalse(contract.has_customer_email or contract.conditions_sent_on)
