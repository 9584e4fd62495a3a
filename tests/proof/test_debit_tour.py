from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from ..sepa.common import SepaCommon


@tagged("post_install", "-at_install", "slow")
class TestDebitTour(SepaCommon, HttpCase):
    """A debit from the run to the money and back, in a browser, in French (L10, L15c)."""

    def walk(self, part, url):
        self.start_tour(
            url, f"service_contract_debit_{part}", login=self.user_accountant.login, timeout=300
        )
        self.env.invalidate_all()

    def receive_nowhere(self, amount):
        """Return a payment that is in no account: whether it pays a debt, a person decides."""
        journal = self.method_sdd.journal_id
        method = journal.inbound_payment_method_line_ids.filtered(lambda one: one.code == "manual")
        method.payment_account_id = False
        vals = {"payment_type": "inbound", "partner_id": self.payer.id, "amount": amount}
        payment = self.env["account.payment"].create(
            {**vals, "journal_id": journal.id, "payment_method_line_id": method.id}
        )
        payment.action_post()
        return payment

    def test_there_and_back(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_accountant.lang = "fr_FR"
        with freeze_time("2026-06-15"):
            self.create_debited_contract()
            run = self.bill()
            payment = self.receive_nowhere(10)
        invoice = run.invoice_ids
        home = f"/odoo/service.billing.run/{run.id}"
        self.walk("checked", home)
        order = run.order_ids
        self.assertEqual((order.state, invoice.payment_state), ("uploaded", "in_payment"))
        self.assertIn("He has agreed", "".join(invoice.message_ids.mapped("body")))
        self.walk("credited", "/odoo/action-service_contract.service_lot_action")
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(order.payment_lot_ids.service_credit_date, order.payment_lot_ids.date)
        self.walk("came_back", f"/odoo/account.move/{invoice.id}")
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("not_paid", 46.8))
        self.assertEqual(invoice.service_debit_decision, "ask")
        payment.action_cancel()
        self.walk("decided", f"/odoo/account.move/{invoice.id}")
        self.assertEqual(invoice.service_debit_decision, "debit")
        self.walk("again", home)
        again = run.order_ids - order
        self.assertEqual(again.payment_line_ids.move_line_id.move_id, invoice)
        self.assertEqual(float(again._get_service_totals().control_sum), 46.8)
