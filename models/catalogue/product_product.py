from odoo import models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "service.usage.mixin"]

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.tariff", "first_block_product_id"),
            ("service.tariff", "next_block_product_id"),
            ("service.tariff", "access_fee_product_id"),
            ("service.tariff", "surcharge_product_id"),
            ("service.level", "included_product_ids"),
        ]
