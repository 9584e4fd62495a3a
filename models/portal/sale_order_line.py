from odoo import models

from .reading import is_kept_from


class SaleOrderLine(models.Model):
    """What of it portal users read by RPC (S33)."""

    _inherit = "sale.order.line"

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and not is_kept_from(self, field)
