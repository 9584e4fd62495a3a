from odoo import api, fields, models


class SaleOrder(models.Model):
    """What the law says of ported numbers, where they are sold (S11, L27)."""

    _inherit = "sale.order"

    service_porting_warning = fields.Text(compute="_compute_service_porting_warning")

    @api.depends("state", "order_line.product_id.service_porting", "order_line.price_subtotal")
    def _compute_service_porting_warning(self):
        for order in self:
            lines = order.order_line.filtered("product_id.service_porting")
            is_open = order.state in ("draft", "sent")
            order.service_porting_warning = is_open and "\n".join(lines._get_porting_warnings())
