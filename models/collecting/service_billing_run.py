from odoo import models


class ServiceBillingRun(models.Model):
    """What of a run is collected now: all at once by its button, or in batches."""

    _inherit = "service.billing.run"

    def action_batches(self):
        """Open the batches of what the run has to collect."""
        self.check_access("read")
        action = self.env["account.move"].action_collect_service()
        action["context"]["default_run_ids"] = [(6, 0, self.ids)]
        return action
