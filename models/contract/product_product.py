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

        ``price``: what is asked for one, its discount taken off. What rounds to nothing is nothing.
        """
        self.ensure_one()
        currency = pricelist.currency_id or self.env.company.currency_id
        is_given = currency.is_zero(price * (quantity or 1.0))
        if not is_given or self.env.su or self.env.user._is_service_manager():
            return
        if pricelist._get_product_price(self, quantity or 1.0):
            raise UserError(
                self.env._(
                    "“%(product)s” would be provided for nothing as long as the contract runs: "
                    "only a manager of service contracts gives that.",
                    product=self.display_name,
                )
            )
