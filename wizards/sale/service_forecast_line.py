from odoo import fields, models


class ServiceForecastLine(models.TransientModel):
    """What an order sold once, and the next run bills."""

    _inherit = "service.forecast.line"

    order_id = fields.Many2one("sale.order")

    def action_open(self):
        return self.order_id._get_records_action() if self.order_id else super().action_open()
