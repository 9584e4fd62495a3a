from odoo import models


class IrActionsReport(models.Model):
    """Intervention sheets and statements keep their letterhead; a statement is one document."""

    _inherit = "ir.actions.report"

    def _get_service_printed_models(self):
        return super()._get_service_printed_models() | {
            "service.session",
            "service.session.statement",
        }

    def _get_service_joined_models(self):
        return super()._get_service_joined_models() | {"service.session.statement"}
