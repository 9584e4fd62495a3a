from odoo.tests import HttpCase, tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
class TestBillingWidgets(ServiceContractCommon, HttpCase):
    """What people set in French with a mouse is in the database afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        users = cls.user_manager | cls.user_sales | cls.user_accountant
        users.lang = "fr_FR"

    def walk(self, contract, name, user):
        url = f"/odoo/action-service_contract.service_contract_action/{contract.id}"
        self.start_tour(url, name, login=user.login, timeout=300)

    def test_draft(self):
        """A manager aligns a draft, and gives a discount that ends."""
        contract = self.create_contract(start="2027-03-12", activate=False)
        self.walk(contract, "service_contract_billing_day_draft", self.user_manager)
        self.assertEqual(
            (contract.billing_start, contract.anchor_date), ("month", self.day("2027-04-01"))
        )
        line = contract.line_ids
        self.assertEqual((line.discount, line.discount_until), (25, self.day("2027-12-31")))

    def test_amended(self):
        """A salesperson amends what no commitment binds: from the 1st, a discount that ends."""
        contract = self.create_contract(start="2026-01-12", initial_months=0)
        self.walk(contract, "service_contract_billing_day_amended", self.user_sales)
        (days,) = contract.later_periods
        self.assertTrue(all(day.endswith("-01") for day in days))
        line = contract.line_ids.sorted("id")[-1]
        self.assertEqual((line.discount, line.discount_until), (10, self.day("2027-12-31")))

    def test_once(self):
        """An accountant bills something once, and takes something off."""
        contract = self.create_contract(start="2026-01-12")
        self.walk(contract, "service_contract_billed_once", self.user_accountant)
        found = {charge.kind: charge for charge in contract.charge_ids}
        self.assertEqual((found["one_off"].amount, found["goodwill"].amount), (30.0, -5.0))
        self.assertTrue(found["goodwill"].reason_id)
