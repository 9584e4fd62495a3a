from odoo import models


class AccountPaymentLine(models.Model):
    _inherit = "account.payment.line"

    def _get_debit_errors(self):
        """Also keep to the day that the customer was told, whichever button made the order."""
        yield from super()._get_debit_errors()
        move = self.move_line_id.move_id.sudo()
        if move._is_before_second_debit():
            yield move.sudo(False)._describe_second_debit()
