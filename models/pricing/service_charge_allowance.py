from odoo import models

GIVEN_BACK = "is_given_back"


class ServiceCharge(models.Model):
    """Time drawn from allowances is given back where nothing is owed any more (S05)."""

    _inherit = "service.charge"

    def _mark_given_back(self, is_given_back):
        """Say in the explanations whether the time drawn was given back."""
        for charge in self.filtered("explanation"):
            charge.explanation = {**charge.explanation, GIVEN_BACK: is_given_back}

    def _sync_billing(self):
        """Give time back, or draw it again, as the invoices of sessions come and go."""
        result = super()._sync_billing()
        self.sudo().session_id._sync_drawn()
        return result

    def action_waive(self):
        result = super().action_waive()
        self.sudo().session_id._sync_drawn()
        return result

    def action_owe(self):
        result = super().action_owe()
        self.sudo().session_id._sync_drawn()
        return result
