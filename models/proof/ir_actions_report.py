from odoo import models

PROOF = "service_contract.report_debit_proof"


class IrActionsReport(models.Model):
    """The first sheet of a proof keeps its letterhead; other papers of payments are Odoo's."""

    _inherit = "ir.actions.report"

    def _is_service_printed(self, ids):
        return self.report_name == PROOF or super()._is_service_printed(ids)
