from odoo import models


class IrActionsReport(models.Model):
    """Invoices of charges keep their letterhead, with the annex as well; others are not ours."""

    _inherit = "ir.actions.report"

    def _is_service_printed(self, ids):
        if self.model != "account.move":
            return super()._is_service_printed(ids)
        moves = self.env["account.move"].browse(filter(None, ids))
        return bool(moves) and all(move._get_service_charges() for move in moves)
