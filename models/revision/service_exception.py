from odoo import api, models

REVISION = "revision"


class ServiceException(models.Model):
    """Price revisions that are refused or wait for somebody (L17)."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        is_open = model_name == "service.price.revision" and not job
        return REVISION if is_open else super()._find_cause(kind, job, model_name)
