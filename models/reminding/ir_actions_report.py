from odoo import models


class IrActionsReport(models.Model):
    """Reminders keep their letterhead."""

    _inherit = "ir.actions.report"

    def _get_service_printed_models(self):
        return super()._get_service_printed_models() | {"service.reminder"}
