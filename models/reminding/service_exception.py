from odoo import api, models

from .service_reminder import JOB

UNREMINDED = "unreminded"


class ServiceException(models.Model):
    """Reminders that did not reach their customer."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        return UNREMINDED if job == JOB else super()._find_cause(kind, job, model_name)

    def _mend(self):
        """Send the reminders of these matters anew: each has been mended."""
        if self.cause_id.code != UNREMINDED:
            return super()._mend()
        letters = self._get_records("service.reminder")
        failed = letters.filtered(lambda letter: letter.state == "failed")
        waiting = letters.filtered(lambda letter: letter.state == "waiting")
        waiting._call_sender() if waiting else None
        return failed.action_send() if failed else None
