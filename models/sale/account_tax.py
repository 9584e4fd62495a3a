from odoo import api, models
from odoo.exceptions import UserError


class AccountTax(models.Model):
    """Down payments and global discounts of an order are for what the order itself invoices."""

    _inherit = "account.tax"

    @api.model
    def _prepare_down_payment_lines(self, base_lines, *args, **kwargs):
        base_lines = self._drop_service_recurring(base_lines)
        return super()._prepare_down_payment_lines(base_lines, *args, **kwargs)

    @api.model
    def _prepare_global_discount_lines(self, base_lines, *args, **kwargs):
        base_lines = self._drop_service_recurring(base_lines)
        return super()._prepare_global_discount_lines(base_lines, *args, **kwargs)

    @api.model
    def _drop_service_recurring(self, base_lines):
        """Return the base lines without those that a contract bills; refuse where none is left."""
        kept = [line for line in base_lines if not self._is_service_recurring(line["record"])]
        if base_lines and not kept:
            raise UserError(
                self.env._(
                    "Every product of this order is recurring and billed by its contract: there is "
                    "nothing to pay in advance or to discount as a whole. Discount the lines."
                )
            )
        return kept

    @api.model
    def _is_service_recurring(self, record):
        is_order_line = isinstance(record, models.Model) and record._name == "sale.order.line"
        return is_order_line and record.service_is_recurring
