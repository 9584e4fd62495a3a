from odoo import api, fields, models
from odoo.exceptions import ValidationError

PRICE_PERIODS = [("1", "Per month"), ("3", "Per quarter"), ("12", "Per year")]


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "service.usage.mixin"]

    service_is_recurring = fields.Boolean(
        string="Recurring",
        help="Sold by contract: not the order but the contract invoices it, period by period.",
    )
    service_family_id = fields.Many2one(
        "service.family",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="The kind of contract that sells it; one-off services of a family may name it too.",
    )
    service_level_id = fields.Many2one(
        "service.level",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        domain="[('family_id', '=?', service_family_id)]",
        help="The level that the contract gets when this product is sold.",
    )
    service_price_period = fields.Selection(
        PRICE_PERIODS, string="Price Period", default="1", help="The time that the price is for."
    )
    service_price_included = fields.Boolean(
        string="Price Tax Included",
        help="The price of this service is printed with its tax: the set-up gives it the service "
        "tax that is included in the price.",
    )

    service_porting = fields.Selection(
        [("in", "Number ported in"), ("out", "Number ported out")],
        string="Number Porting",
        help="Its end user may not be charged a direct fee (code des postes et des communications "
        "électroniques L44-4). A number that is ported out ends its telephony contract that day; "
        "what is claimed of the commitment remains.",
    )

    @api.onchange("type", "service_type", "service_policy", "service_is_recurring")
    def _onchange_service_fields(self):
        """Keep the unit of what is recurring; the hours that timesheets count in become pieces.

        Once it is recurring, hours are a choice: so many hours of work each month.
        """
        chosen = {product: product.uom_id for product in self}
        result = super()._onchange_service_fields()
        hour = self.env.ref("uom.product_uom_hour")
        for product in self.filtered("service_is_recurring"):
            is_forced = chosen[product] == hour and not product._origin.service_is_recurring
            product.uom_id = self.env.ref("uom.product_uom_unit") if is_forced else chosen[product]
        return result

    @api.constrains("service_is_recurring", "service_family_id", "service_level_id", "type")
    def _check_service_recurring(self):
        for product in self.filtered("service_is_recurring"):
            if product.type != "service" or not product.service_family_id:
                raise ValidationError(
                    self.env._(
                        "“%(product)s” is recurring: make it a service and choose its family.",
                        product=product.display_name,
                    )
                )
            if product.service_level_id.family_id not in (
                product.service_family_id,
                self.env["service.family"],
            ):
                raise ValidationError(
                    self.env._(
                        "“%(product)s”: the level “%(level)s” belongs to another family.",
                        product=product.display_name,
                        level=product.service_level_id.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if {"type", "service_is_recurring", "service_price_included"} & vals.keys():
            self._check_service_tariffs()
        return result

    def _check_service_tariffs(self):
        """Refuse what a tariff cannot price any more; no tariff has a new product."""
        self.env["service.tariff"].sudo().with_context(active_test=False).search(
            [
                "|",
                "|",
                "|",
                ("first_block_product_id.product_tmpl_id", "in", self.ids),
                ("next_block_product_id.product_tmpl_id", "in", self.ids),
                ("access_fee_product_id.product_tmpl_id", "in", self.ids),
                ("surcharge_product_id.product_tmpl_id", "in", self.ids),
            ]
        )._check_products()

    def _get_usage_fields(self):
        variant_fields = self.env["product.product"]._get_usage_fields()
        return [
            *super()._get_usage_fields(),
            *((model_name, f"{path}.product_tmpl_id") for model_name, path in variant_fields),
        ]
