from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import IBANS, ServiceContractCommon


@tagged("post_install", "-at_install", "slow")
class TestTours(ServiceContractCommon, HttpCase):
    """The road in a browser: each part of it by the person whose work it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        level = cls.create_level("Road Support", "per_intervention", cls.family_sepa)
        cls.create_product("Road Fibre", 39.0, recurring=cls.family_sepa, level=level)
        cls.customer = cls.create_customer("Road Customer")
        cls.customer.with_company(
            cls.company
        ).property_inbound_payment_method_line_id = cls.method_sdd
        cls.env["res.partner.bank"].create({"acc_number": IBANS[0], "partner_id": cls.customer.id})

    def test_road(self):
        """From the quotation to the bank file: S36, invariants 2 and 3."""
        self._walk("sales", self.user_sales)
        contract = self._get_contract()
        self.assertEqual(contract.state, "draft")
        self._walk("accountant_mandate", self.user_accountant)
        self.assertEqual(contract.mandate_id.state, "valid")
        self.assertEqual(contract.state, "active")
        self._walk("manager", self.user_manager)
        self._walk("technician", self.user_technician)
        self._check_session(contract)
        self._walk("accountant", self.user_accountant)
        self._check_money(contract)

    def _walk(self, part, user):
        self.start_tour("/odoo", f"service_contract_{part}", login=user.login, timeout=300)
        self.env.invalidate_all()

    def _get_contract(self):
        contract = self.env["service.contract"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(len(contract), 1)
        self.assertEqual(contract.sale_order_id.state, "sale")
        self.assertEqual(contract.user_id, self.user_sales)
        return contract

    def _check_session(self, contract):
        session = contract.session_ids
        self.assertEqual(session.state, "done")
        self.assertEqual(session.user_id, self.user_technician)
        self.assertGreaterEqual(session.connected_seconds, 1)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertEqual(session.charge_ids.state, "ready")

    def _check_money(self, contract):
        charges = contract.charge_ids
        self.assertEqual(set(charges.mapped("kind")), {"period", "session"})
        self.assertEqual(set(charges.mapped("state")), {"invoiced"})
        invoice = charges.invoice_id
        self.assertEqual(invoice.state, "posted")
        theirs = contract.with_user(self.user_accountant)
        self.assertEqual(invoice.invoice_date, fields.Date.context_today(theirs))
        self.assertEqual(contract.session_ids.line_ids.timesheet_invoice_id, invoice)
        order = invoice.service_run_id.order_ids
        self.assertEqual(order.state, "generated")
        totals = order._get_service_totals()
        self.assertEqual(float(totals.control_sum), invoice.amount_residual)
        self.assertEqual(invoice.amount_residual, 82.8)
