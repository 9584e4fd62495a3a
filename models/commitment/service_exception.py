from odoo import api, models

from .service_commitment import MISSED_JOB

NOTICE = "notice"


class ServiceException(models.Model):
    """Notices that were not sent in time, or did not arrive (L01)."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        is_notice = kind == "contract" and job in (MISSED_JOB, NOTICE)
        return NOTICE if is_notice else super()._find_cause(kind, job, model_name)
