from odoo import fields, models


class ServiceForecastLine(models.TransientModel):
    """What an order sold once, and the next run bills."""

    _inherit = "service.forecast.line"

    order_id = fields.Many2one("sale.order")

    def _get_subject(self):
        return self.order_id or super()._get_subject()
