from odoo import api, models


class AccountPartialReconcile(models.Model):
    """What is paid or credited meanwhile is not debited too: orders follow the books."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        held = partials.filtered(lambda partial: partial.debit_move_id.move_id.service_has_debit)
        held.filtered(lambda partial: not partial._is_of_debit()).debit_move_id._follow_in_orders()
        return partials

    def _is_of_debit(self):
        """Tell whether a debit order itself pays: nothing is to follow then."""
        self.ensure_one()
        return bool(self.sudo().credit_move_id.payment_id.payment_order_id)
