from odoo import api, models

from .draft_writer import FAST


class AccountMoveLine(models.Model):
    """An invoice shows the included sessions of the contracts that its lines bill."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if moves := lines.sudo().filtered("service_charge_id").move_id:
            self.env["service.session"]._note_on_annex(moves)
        return lines

    def write(self, vals):
        if vals.keys() == {"partner_id"} and self._is_made_fast():
            # A creation gives each line the customer that it has already.
            self = self.filtered(lambda line: line.partner_id.id != vals["partner_id"])
        return super().write(vals) if self else True

    def unlink(self):
        if not self and self._is_made_fast():
            # A creation deletes nothing for each draft, and others look for what hangs on it.
            return True
        return super().unlink()

    def _is_made_fast(self):
        return self.env.context.get("service_fast_drafts") is FAST
