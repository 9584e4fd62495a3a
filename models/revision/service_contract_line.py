from odoo import models


class ServiceContractLine(models.Model):
    _inherit = "service.contract.line"

    def _get_monthly(self, price):
        """Return what the line would cost each month at a price."""
        self.ensure_one()
        months = int(self.price_period)
        return self.quantity * price * (1 - self.discount / 100) / months
