from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """Bill anew only what no debit holds: both invoices would be debited."""
        if is_modify:
            self.move_ids._check_not_debited()
        return super().reverse_moves(is_modify=is_modify)
