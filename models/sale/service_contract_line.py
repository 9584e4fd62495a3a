from odoo import models
from odoo.tools import float_round


class ServiceContractLine(models.Model):
    """How an order sells what a contract's line provides."""

    _inherit = "service.contract.line"

    def _is_closed(self):
        """The products of a draft were agreed on the confirmed quotation that sold them."""
        return super()._is_closed() or self.contract_id.is_agreed

    def _raise_closed(self, names):
        contract = self.contract_id[:1]
        if contract.state == "draft":
            contract._raise_agreed(self.env._("its products are"))
        return super()._raise_closed(names)

    def _prepare_quote_line_vals(self):
        """Return the order line that sells what a contract's line provides, at its price."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "product_uom_qty": self.quantity,
            "price_unit": self._get_quoted_price(),
            "technical_price_unit": 0.0,  # agreed: another quantity leaves it as it is
            "discount": self._get_discount_on(self.contract_id._get_first_amending_day()),
            "sequence": self.sequence,
        }

    def _get_quoted_price(self):
        """Return the price for the period of the product, as order lines have it."""
        self.ensure_one()
        months = int(self.price_period)
        sold_months = int(self.product_id.service_price_period or months)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return float_round(self.price_unit * sold_months / months, precision_digits=digits)
