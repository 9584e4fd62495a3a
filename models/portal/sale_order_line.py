from odoo import models

from .reading import is_ours_to_hide

PORTAL_FIELDS = frozenset()


class SaleOrderLine(models.Model):
    """What of it portal users read by RPC (S33)."""

    _inherit = "sale.order.line"

    def _has_field_access(self, field, operation):
        allowed = super()._has_field_access(field, operation)
        return allowed and not is_ours_to_hide(self, field, PORTAL_FIELDS)
