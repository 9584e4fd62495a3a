from odoo import api, models

from .account_move import JOB, TO_DECIDE

UNSENT = "unsent"


class ServiceException(models.Model):
    """Invoices that did not reach their customer."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        is_unsent = job == JOB and model_name == "account.move"
        return UNSENT if is_unsent else super()._find_cause(kind, job, model_name)

    def _mend(self):
        """Send the invoices of these matters anew: each has been mended."""
        if self.cause_id.code != UNSENT:
            return super()._mend()
        moves = self._get_records("account.move")
        return moves.filtered(lambda move: move.service_sending in TO_DECIDE).action_send_service()
