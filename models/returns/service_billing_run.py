from odoo import fields, models


class ServiceBillingRun(models.Model):
    _inherit = "service.billing.run"

    def _get_invoice_to_collect_domain(self):
        """Leave what is debited again later, as the customer was told (L15c)."""
        today = fields.Date.context_today(self)
        waiting = ["|", ("service_debit_from", "=", False), ("service_debit_from", "<=", today)]
        return waiting + super()._get_invoice_to_collect_domain()
