from odoo import api, fields, models


class ServiceBillingRun(models.Model):
    _inherit = "service.billing.run"

    def _get_invoice_to_collect_domain(self):
        """Leave what is debited again later, as the customer was told (L15c)."""
        today = fields.Date.context_today(self)
        waiting = ["|", ("service_debit_from", "=", False), ("service_debit_from", "<=", today)]
        return waiting + super()._get_invoice_to_collect_domain()

    @api.model
    def _cron_start_due(self):
        """Propose, day by day, what is to be suspended; end the calls about what is paid (L15c)."""
        result = super()._cron_start_due()
        self.env["payment.return.line"]._end_calls_of_paid()
        self.env["service.contract"]._propose_suspensions()
        return result
