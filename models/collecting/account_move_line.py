from odoo import models


class AccountMoveLine(models.Model):
    """When a receivable line may be debited: each part of an invoice on its own day."""

    _inherit = "account.move.line"

    def _get_collection_day(self):
        """Return the first TARGET day on which a receivable line may be debited (L11, L12)."""
        self.ensure_one()
        move = self.move_id
        is_part = len(move._get_debit_parts()) > 1
        return move._get_debit_day(self.date_maturity if is_part else None)

    def _get_dated_debit(self):
        """Return ``(amount, day)`` of what is debited of a part; None where nothing is any more.

        An order that holds it has decided both.
        """
        self.ensure_one()
        debit = self.payment_line_ids.filtered(lambda debit: debit._is_holding())[:1]
        if debit.payment_ids:
            return debit.amount_currency, debit.payment_ids[0].date
        return (
            None if self.reconciled else (self.amount_residual_currency, self._get_collection_day())
        )
