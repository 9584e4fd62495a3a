from odoo import models
from odoo.exceptions import UserError


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.contract.line", "product_id"),
        ]

    def _check_given_away(self, price, quantity, pricelist):
        """Leave to managers to give for nothing, month after month, what has a price.

        ``price``: what is asked for one, its discount taken off.
        """
        self.ensure_one()
        if price or self.env.su or self.env.user._is_service_manager():
            return
        if pricelist._get_product_price(self, quantity or 1.0):
            raise UserError(
                self.env._(
                    "“%(product)s” would be provided for nothing as long as the contract runs: "
                    "only a manager of service contracts gives that.",
                    product=self.display_name,
                )
            )
