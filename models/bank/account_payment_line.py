from odoo import models
from odoo.tools.misc import format_amount


class AccountPaymentLine(models.Model):
    """A debit that the bank has: it is booked, whatever became of its invoice."""

    _inherit = "account.payment.line"

    def _is_holding(self):
        return self.state == "uploading" or super()._is_holding()

    def _describe_surplus(self):
        """Return in words what the bank takes too much, empty where it does not.

        What is no invoice any more, or is gone, is owed by nobody.
        """
        self.ensure_one()
        move = self.move_line_id.move_id
        if move.state == "posted":
            return self._describe_excess() if self._get_excess() else ""
        if not move:
            return ""
        return self.env._(
            "%(invoice)s is no posted invoice any more: %(amount)s is debited for it.",
            invoice=move.display_name,
            amount=format_amount(self.env, self.amount_currency, self.currency_id),
        )
