from odoo import models


class ServiceExceptionCause(models.Model):
    _inherit = "service.exception.cause"

    def _get_matter_domain(self):
        """Mend what is looked at alone: who comes from a run sees that run's matters."""
        domain = super()._get_matter_domain()
        run_id = self.env.context.get("inbox_run_id")
        return [*domain, ("run_id", "=", run_id)] if isinstance(run_id, int) else domain
