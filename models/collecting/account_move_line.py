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
        first = move._get_first_announced_day() or due
        return max(due, first, next_target_day(today, lead=self.company_id._get_debit_lead()))
