from odoo import api, models


class AccountMoveLine(models.Model):
    """An invoice shows the included sessions of the contracts that its lines bill."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        moves = lines.sudo().filtered("service_charge_id").move_id
        self.env["service.session"]._note_on_annex(moves)
        return lines
