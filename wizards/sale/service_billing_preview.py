from odoo import fields, models
from odoo.exceptions import UserError


class ServiceBillingPreview(models.TransientModel):
    """What an order sold once is a row as well: Odoo's own invoicing bills it, without a charge."""

    _inherit = "service.billing.preview"

    order_id = fields.Many2one("sale.order")

    def action_open(self):
        return self.order_id._get_records_action() if self.order_id else super().action_open()

    def _get_decidable(self):
        """Refuse in words where only orders are chosen: they have no charge to hold."""
        rows = super()._get_decidable()
        if rows and not rows.filtered(lambda row: not row.order_id):
            raise UserError(
                self.env._(
                    "What an order sold once is not held here: change what the order still "
                    "invoices, on its lines."
                )
            )
        return rows.filtered(lambda row: not row.order_id)
