from odoo import api, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model_create_multi
    def create(self, vals_list):
        """Let services made as variants begin with the taxes of services, too.

        Their template's defaults are looked up before it knows that it is a service.
        """
        templates = self.env["product.template"]
        return super().create(
            [
                vals if vals.get("product_tmpl_id") else templates._with_service_taxes(vals)
                for vals in vals_list
            ]
        )

    @api.onchange("type", "service_price_included")
    def _onchange_service_taxes(self):
        for product in self:
            product.taxes_id = self.env.companies._get_fitting_taxes(product)

    def action_take_service_tax(self):
        return self.product_tmpl_id.action_take_service_tax()
