"""Debits that are at the bank, and the return of them."""

import base64

from odoo import Command, fields
from odoo.service.model import call_kw

from ..bank.common import BankCommon


def attach(env, *contents):
    """Return files as attachments, as the browser makes them."""
    return env["ir.attachment"].create(
        [
            {"name": f"file{number}.xml", "datas": base64.b64encode(content)}
            for number, content in enumerate(contents)
        ]
    )


def drop(env, *contents):
    """Drop bank files on their list, as the browser does; return its action."""
    asked = ("create_document_from_attachment", ["", attach(env, *contents).ids], {})
    return call_kw(env["service.bank.file"], *asked)


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
