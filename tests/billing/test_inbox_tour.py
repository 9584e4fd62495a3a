from odoo import fields
from odoo.tests import HttpCase, tagged

from .test_inbox import InboxCommon


@tagged("post_install", "-at_install", "slow")
class TestInboxTour(InboxCommon, HttpCase):
    """The inbox in a browser, in French, by the accountant: how often he clicks."""

    def test_no_tax(self):
        """“5 × no tax”: one button and its question mend all of it, a third click bills it."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_accountant.lang = "fr_FR"
        product = self.create_product("Untaxed", 80.0, recurring=self.family).sudo()
        today = fields.Date.to_string(fields.Date.start_of(fields.Date.today(), "month"))
        contracts = self.env["service.contract"]
        for number in range(5):
            customer = self.create_customer(f"Tour {number}", company_registry="12345678200010")
            contracts += self.create_contract(customer, product, start=today)
        product.taxes_id = False
        contracts.charge_ids.sudo()._as_workflow().tax_ids = False
        self.bill(fields.Date.to_string(fields.Date.today()))
        self.assertEqual(len(self.find("tax")), 5)
        self.start_tour(
            "/odoo/action-service_contract.service_exception_action",
            "service_contract_inbox",
            login=self.user_accountant.login,
            timeout=300,
        )
        self.env.invalidate_all()
        self.assertFalse(self.find("tax"))
        taxes = self.company._get_taxes_of_service(product.product_tmpl_id)
        self.assertEqual(taxes, self.tax_excluded)
        self.assertBilledOnce(contracts)
