from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.contract.line", "product_id"),
        ]
