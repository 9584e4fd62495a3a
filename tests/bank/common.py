"""Debit orders of some customers, up to their file at the bank and its credit."""

from odoo import Command

from ..sepa.common import SepaCommon


def make_iban(number):
    """Return a French account number with its check digits (ISO 13616)."""
    account = f"3000600001{number:013d}"
    return f"FR{98 - int(f'{account}152700') % 97:02d}{account}"


class BankCommon(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.method_sdd.group_lines = False
        cls.journal = cls.method_sdd.journal_id

    @classmethod
    def create_payers(cls, count):
        return cls.env["res.partner"].union(
            *(cls.create_customer(f"Payer {number}", make_iban(number)) for number in range(count))
        )

    @classmethod
    def create_invoice(cls, customer, *prices, tax=None, **vals):
        """Return a posted invoice, a line for each price."""
        taxes = cls.tax_excluded if tax is None else tax
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": "2026-06-15",
                "preferred_payment_method_line_id": cls.method_sdd.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"What costs {price}",
                            "price_unit": price,
                            "tax_ids": [Command.set(taxes.ids)],
                        }
                    )
                    for price in prices
                ],
                **vals,
            }
        )
        move.action_post()
        return move

    @classmethod
    def create_invoices(cls, customers, *prices):
        """Return a posted invoice of each customer."""
        return cls.env["account.move"].union(
            *(cls.create_invoice(customer, *prices) for customer in customers)
        )

    @classmethod
    def create_order(cls, moves, generate=True):
        """Return the debit order of invoices, with its file."""
        method = moves.preferred_payment_method_line_id
        order = cls.env["account.payment.order"].create(
            {
                "payment_method_line_id": method.id,
                "payment_type": "inbound",
                "company_id": method.company_id.id,
            }
        )
        lines = moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        lines.create_payment_line_from_move_line(order)
        if generate:
            order.draft2open()
            order.open2generated()
        return order.with_user(cls.user_accountant)

    def get_invoices(self, order):
        return order.payment_line_ids.move_line_id.move_id
