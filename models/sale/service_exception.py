from odoo import models


class ServiceException(models.Model):
    """Orders that sold services whose tax does not suit them."""

    _inherit = "service.exception"

    def _get_flawed_products(self):
        found = super()._get_flawed_products()
        for order in self._get_records("sale.order").sudo():
            products, company = order.order_line.product_id.product_tmpl_id, order.company_id
            known = found.get(company, products.browse())
            found[company] = known | products.filtered(company._get_service_tax_flaw)
        return found
