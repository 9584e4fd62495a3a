from odoo import fields, models
from odoo.exceptions import UserError


class ServiceBillingPreview(models.TransientModel):
    """What an order sold once is a row as well: Odoo's own invoicing bills it, without a charge."""

    _inherit = "service.billing.preview"

    order_id = fields.Many2one("sale.order")

    def _get_subject(self):
        return self.order_id or super()._get_subject()

    def _get_decidable(self):
        """Refuse in words where only orders are chosen: they have no charge to hold."""
        rows = super()._get_decidable()
        charged = rows.filtered(lambda row: not row.order_id)
        if rows and not charged:
            raise UserError(
                self.env._(
                    "What an order sold once is not held here: change what the order still "
                    "invoices, on its lines."
                )
            )
        return charged
