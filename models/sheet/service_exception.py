from odoo import api, models

from ..common.client_actions import SOFT_RELOAD

# What the customer says of the work, and what did not reach him.
CONTESTED, UNDELIVERED = "contested", "sheet"
CAUSES = {
    "": UNDELIVERED,
    CONTESTED: CONTESTED,
    "written": "written",
    "answer": "answer",
}


class ServiceException(models.Model):
    """Sessions that a customer contests, or has not been shown (S30)."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        code = CAUSES.get(job or "") if kind == "session" else None
        return code or super()._find_cause(kind, job, model_name)

    def _mend(self):
        if self.cause_id.code == UNDELIVERED:
            sessions = self._get_records("service.session")
            return sessions.action_send_sheet() or SOFT_RELOAD
        if self.cause_id.code == CONTESTED and len(self) == 1:
            return self._get_records("service.session").action_open_settlement()
        return super()._mend()

    def _get_mended(self):
        return super()._get_mended() + self.filtered(
            lambda matter: (
                matter.cause_id.code == CONTESTED
                and matter._get_records("service.session").sheet_state != CONTESTED
            )
        )
