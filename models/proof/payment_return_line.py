from odoo import models


class PaymentReturnLine(models.Model):
    _inherit = "payment.return.line"

    def action_service_proof(self):
        """Give the proof of a debit that came back (L14)."""
        self.check_access("read")
        return self.move_line_ids.payment_id.sorted("id").action_service_proof()
