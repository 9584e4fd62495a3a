from odoo import api, fields, models


class ServiceBatchRunner(models.AbstractModel):
    """A contract is as much work to the daily charges as it has charges to be made."""

    _inherit = "service.batch.runner"

    @api.model
    def _get_weights(self, records, job):
        if job == "charge":
            return records._estimate_due(fields.Date.context_today(self))
        return super()._get_weights(records, job)
