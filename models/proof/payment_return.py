from odoo import models


class PaymentReturn(models.Model):
    _inherit = "payment.return"

    def action_service_proof(self):
        """Give the proofs of all debits that came back: the bank waits 7 banking days (L14)."""
        self.check_access("read")
        return self.line_ids.action_service_proof()
