from odoo import api, models

from .res_company import JOB

ANNOUNCED = "announced"


class ServiceException(models.Model):
    """What is asked once about invoices that went out before notices were recorded (L12)."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        is_asked = kind == "sepa" and job == JOB
        return ANNOUNCED if is_asked else super()._find_cause(kind, job, model_name)

    def _mend(self):
        if self.cause_id.code != ANNOUNCED:
            return super()._mend()
        company = self._get_records("res.company")[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices Sent Before"),
            "res_model": "service.notice.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_company_id": company.id},
        }
