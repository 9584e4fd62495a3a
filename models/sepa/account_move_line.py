from odoo import models


class AccountMoveLine(models.Model):
    """A receivable line is debited once at a time."""

    _inherit = "account.move.line"

    def _is_service_debit_pending(self):
        """Return whether a debit order holds a receivable line.

        An uploaded one does where its method makes no payment entries: nothing else tells. With
        entries the line is open again only when the bank has returned the debit.
        """
        self.ensure_one()
        return any(
            line.state in ("draft", "open", "generated")
            or (line.state == "uploaded" and not line.payment_ids.move_id)
            for line in self.payment_line_ids
        )
