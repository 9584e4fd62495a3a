from odoo import api, models

DECLARATION = "declaration"
LOST = "declaration_lost"


class ServiceException(models.Model):
    """Declarations of customers that wait for somebody (L19, L21)."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        is_declared = kind == "contract" and job in (DECLARATION, LOST)
        return DECLARATION if is_declared else super()._find_cause(kind, job, model_name)

    def _get_mended(self):
        declared = self.filtered(
            lambda matter: matter.job == DECLARATION and matter.res_model == "service.declaration"
        )
        waiting = declared._get_records("service.declaration").filtered("is_waiting")
        mended = declared.filtered(lambda matter: matter.res_id not in waiting.ids)
        return super()._get_mended() | mended
