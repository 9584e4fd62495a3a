"""What the page says that applies now: covered, drawn from time that is left, or by tariff."""

from freezegun import freeze_time

from odoo.tests import tagged

from .common import ConsentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestConsentTerms(ConsentCommon):
    def get_terms(self, **vals):
        return self.prepare(**vals)._get_consent_terms()

    def test_tariff_of_professionals_is_without_tax(self):
        terms = self.get_terms()
        self.assertEqual(terms["price_kind"], "tariff")
        self.assertEqual(terms["button"], "Order with obligation to pay")
        self.assertFalse(terms["is_waiver_asked"])
        [price] = terms["price"]
        self.assertIn("30.00", price)
        self.assertIn("excl. tax", price)

    def test_consumers_read_prices_with_tax_and_lose_their_withdrawal(self):
        """L20, L26: 36.00 incl. tax; express request and loss of withdrawal, each ticked."""
        terms = self.get_terms(customer=self.person)
        self.assertIn("36.00", terms["price"][0])
        self.assertIn("incl. tax", terms["price"][0])
        self.assertTrue(terms["is_waiver_asked"])
        self.assertEqual(len(terms["declarations"]), 5)
        _session, consent, code = self.ask(customer=self.person)
        self.give(code)
        self.assertTrue(consent.is_start_requested)
        self.assertTrue(consent.is_loss_acknowledged)

    def test_covered_work_costs_nothing(self):
        contract = self.create_contract(start="2026-06-01")
        terms = self.get_terms(contract_id=contract.id)
        self.assertEqual(terms["price_kind"], "covered")
        self.assertEqual(terms["button"], "Authorise the take-over")
        self.assertIn(contract.name, terms["price"][0])

    def test_covered_consumers_waive_nothing(self):
        contract = self.create_contract(self.person, start="2026-06-01")
        terms = self.get_terms(customer=self.person, contract_id=contract.id)
        self.assertFalse(terms["is_waiver_asked"])
        self.assertEqual(len(terms["declarations"]), 3)

    def test_outside_the_hours_of_the_contract(self):
        self.create_windows(self.level_unlimited, "01234", (14, 18))
        contract = self.create_contract(start="2026-06-01")
        terms = self.get_terms(contract_id=contract.id)
        self.assertEqual(terms["price_kind"], "tariff")
        self.assertIn("outside the hours", terms["price"][-1])

    def test_time_that_is_left_goes_first(self):
        self.env["service.allowance"]._as_workflow().create(
            {
                "partner_id": self.customer.id,
                "kind": "prepaid",
                "date": "2026-06-01",
                "seconds": 5400,
            }
        )
        terms = self.get_terms()
        self.assertEqual(terms["price_kind"], "prepaid")
        self.assertIn("1:30", terms["price"][0])
        self.assertEqual(terms["button"], "Order with obligation to pay")

    def test_all_prices_of_a_tariff_are_said(self):
        self.level.tariff_ids.unlink()
        self.create_tariff(
            self.level,
            first=self.product_block_incl,
            following=self.product_next_incl,
            access_fee_mode="before",
            access_fee_product_id=self.create_product("Fee", 12, tax=self.tax_included).id,
            minimum_minutes=60,
            is_per_workstation=True,
        )
        [price] = self.get_terms(customer=self.person)["price"]
        for words in ("30.00", "20.00", "12.00", "60 min", "per workstation", "incl. tax"):
            self.assertIn(words, price)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.conditions.with_context(lang="fr_FR").write(
            {"consent_risks": "Suppression de données"}
        )
        session = self.prepare().with_context(lang="fr_FR")
        self.assertEqual(session._get_consent_terms()["risks"], ["Suppression de données"])
