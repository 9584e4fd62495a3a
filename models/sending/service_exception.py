from odoo import api, fields, models

from .account_move import JOB


class ServiceException(models.Model):
    """Invoices that did not reach their customer."""

    _inherit = "service.exception"

    is_unsent = fields.Boolean(compute="_compute_is_unsent")

    @api.depends("job", "res_model")
    def _compute_is_unsent(self):
        for matter in self:
            matter.is_unsent = matter.job == JOB and matter.res_model == "account.move"

    def action_send_again(self):
        """Send the invoices of these matters anew: each has been mended."""
        matters = self.filtered("is_unsent")
        matters.check_access("read")
        moves = self.env["account.move"].browse(matters.mapped("res_id")).exists()
        return moves.action_send_service()
