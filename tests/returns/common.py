"""Debits that are at the bank, and the return of them."""

from odoo import Command, fields

from ..bank.common import BankCommon


class ReturnsCommon(BankCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers = cls.create_payers(6)

    def upload(self, moves):
        """Return the order of invoices, whose file is at the bank."""
        order = self.create_order(moves)
        order.generated2uploaded()
        self.assertEqual(order.state, "uploaded")
        return order

    def make_return(self, order, **vals):
        """Return the draft of a return of all debits of an order, as the accountant."""
        rows = [
            {
                "reference": payment.memo,
                "partner_id": payment.partner_id.id,
                "amount": payment.amount,
                "move_line_ids": [Command.set(payment._get_service_debit_lines().ids)],
            }
            for payment in order.payment_ids.sorted("id")
        ]
        returns = self.env["payment.return"].with_user(self.user_accountant)
        return returns.create(
            {
                "journal_id": order.journal_id.id,
                "company_id": order.company_id.id,
                "payment_method_line_id": order.payment_method_line_id.id,
                "date": fields.Date.today(),
                "line_ids": [Command.create(row) for row in rows],
                **vals,
            }
        )
