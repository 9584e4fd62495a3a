from odoo import fields, models

from ...tools.sepa import next_target_day


class AccountMoveLine(models.Model):
    """When a receivable line may be debited: each part of an invoice on its own day."""

    _inherit = "account.move.line"

    def _get_collection_day(self):
        """Return the first TARGET day on which a receivable line may be debited (L11, L12)."""
        self.ensure_one()
        move = self.move_id
        if len(move._get_debit_parts()) == 1:
            return move._get_debit_day()
        today = fields.Date.context_today(self)
        due = next_target_day(self.date_maturity or today)
        told = move._get_first_announced_day(), move._get_told_day()
        return max(
            due, *filter(None, told), next_target_day(today, lead=self.company_id._get_debit_lead())
        )

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
