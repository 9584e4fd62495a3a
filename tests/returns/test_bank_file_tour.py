import base64

from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from .. import bank_files
from ..common import IBANS
from ..sepa.common import SepaCommon


@tagged("post_install", "-at_install", "slow")
class TestBankFileTour(SepaCommon, HttpCase):
    """A bank's file in a browser, in French, by the accountant (L15c)."""

    def test_dropped_booked_and_found_by_hand(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_accountant.lang = "fr_FR"
        with freeze_time("2026-06-15"):
            other = self.create_customer("Other Payer", iban=IBANS[1])
            for customer in (self.payer, other):
                self.create_debited_contract(customer)
            order = self.collect(self.bill()).with_user(self.user_accountant)
            order.generated2uploaded()
        found, unknown = order.payment_ids
        debits = [(found.memo, found.amount, "MS02"), ("ELSE", unknown.amount, "MS02")]
        self.env["ir.attachment"].with_user(self.user_accountant).create(
            {"name": "returns.xml", "datas": base64.b64encode(bank_files.account(debits))}
        )
        self.start_tour(
            "/odoo/action-service_contract.service_bank_file_action",
            "service_contract_bank_file",
            login=self.user_accountant.login,
            timeout=300,
        )
        self.env.invalidate_all()
        returns = self.env["service.bank.file"].search([]).return_ids
        self.assertEqual(returns.mapped("state"), ["done", "done"])
        invoices = order.payment_line_ids.move_line_id.move_id
        self.assertEqual(invoices.mapped("service_debit_decision"), ["ask", "ask"])
        self.assertEqual(invoices.mapped("amount_residual"), [46.8, 46.8])
