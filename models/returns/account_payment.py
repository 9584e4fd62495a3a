from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _get_service_debit_lines(self):
        """Return the entries of debits that stand on their customers' accounts."""
        lines = self.move_id.line_ids
        return lines.filtered(lambda line: line.account_id.account_type == "asset_receivable")
