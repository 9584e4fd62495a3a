"""A payment that comes while a loss is not allowed is booked all the same (L06)."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .common import QuoteLossCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestPaidLoss(QuoteLossCommon, AccountPaymentCommon):
    """The link to pay was sent before the price was lowered."""

    def quote_to_pay(self, price):
        return self.quote(
            self.create_contract(), price, require_payment=True, require_signature=False
        )

    def pay(self, order, state):
        """Book a customer's payment as the payment page does, and return the transaction."""
        transaction = self._create_transaction(
            "redirect",
            reference=f"{order.name} {state}",
            state=state,
            amount=order.amount_total,
            currency_id=order.currency_id.id,
            partner_id=order.partner_id.id,
            sale_order_ids=[Command.set(order.ids)],
        )
        transaction.with_user(self.public_user).sudo()._post_process()
        self.assertTrue(transaction.is_post_processed)
        return transaction

    def test_l06_a_payment_by_an_earlier_link_is_booked(self):
        order = self.quote_to_pay(25.0)
        transaction = self.pay(order, "done")
        self.assertEqual(transaction.payment_id.amount, order.amount_total)
        self.assertEqual(order.state, "draft")
        with self.assertRaisesRegex(UserError, "150.00"), self.env.cr.savepoint():
            order.action_confirm()
        order.service_amendment_reason_id = self.exit_reason
        order.sudo().with_user(self.env.user).action_allow_loss()
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_l06_an_authorized_payment_does_not_confirm(self):
        self.provider.support_manual_capture = "partial"
        order = self.quote_to_pay(25.0)
        self.pay(order, "authorized")
        self.assertEqual(order.state, "draft")

    def test_l06_a_pending_transfer_marks_the_quotation_as_sent(self):
        order = self.quote_to_pay(25.0)
        self.pay(order, "pending")
        self.assertEqual(order.state, "sent")
        self.assertFalse(order._has_to_be_paid())
        with self.assertRaisesRegex(UserError, "Ask a Manager"):
            order.action_quotation_send()

    def test_a_payment_confirms_where_nothing_is_lost(self):
        order = self.quote_to_pay(55.0)
        self.pay(order, "done")
        self.assertEqual(order.state, "sale")
