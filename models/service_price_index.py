from odoo import api, fields, models
from odoo.tools.misc import format_date


class ServicePriceIndex(models.Model):
    """A published index of prices, such as Syntec (L17)."""

    _name = "service.price.index"
    _description = "Price Index"
    _inherit = ["service.catalogue.mixin"]
    _order = "name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    value_ids = fields.One2many("service.price.index.value", "index_id", string="Values", copy=True)
    latest_value_id = fields.Many2one(
        "service.price.index.value", compute="_compute_latest_value_id"
    )

    @api.depends("value_ids.date")
    def _compute_latest_value_id(self):
        for index in self:
            index.latest_value_id = index.value_ids.sorted("date")[-1:]

    def _get_usage_fields(self):
        return [*super()._get_usage_fields(), ("service.family", "price_index_id")]


class ServicePriceIndexValue(models.Model):
    """The value of an index for one month."""

    _name = "service.price.index.value"
    _description = "Price Index Value"
    _order = "index_id, date desc"
    _rec_name = "date"

    index_id = fields.Many2one("service.price.index", required=True, ondelete="cascade", index=True)
    date = fields.Date(
        required=True, help="First day of the month that the value was published for."
    )
    value = fields.Float(digits=(12, 4), required=True)

    _date_unique = models.UniqueIndex(
        "(index_id, date)", "This index has a value for this date already."
    )
    _value_positive = models.Constraint("CHECK (value > 0)", "An index value is above zero.")

    @api.depends("date", "value")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for value in self:
            value.display_name = f"{value.value:.12g} ({format_date(self.env, value.date)})"
