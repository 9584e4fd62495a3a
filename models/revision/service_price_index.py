from decimal import Decimal

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools.revision import Chain, month_start


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
    chain_month = fields.Date(
        string="New Series from",
        help="First month of the series that is published today, where the index was begun anew.",
    )
    chain_coefficient = fields.Float(
        string="Chaining Coefficient",
        digits=(12, 6),
        help="Values before that month are multiplied by this to compare with later ones "
        "(Syntec: 0.97975 from August 2022).",
    )

    _chain_complete = models.Constraint(
        "CHECK (chain_month IS NULL OR chain_coefficient > 0)",
        "An index with a new series needs its chaining coefficient, above zero.",
    )

    @api.depends("value_ids.date")
    def _compute_latest_value_id(self):
        for index in self:
            index.latest_value_id = index.value_ids.sorted("date")[-1:]

    def _get_values(self):
        """Return ``{first day of the month: value}`` of all values."""
        self.ensure_one()
        return {value.date: Decimal(str(value.value)) for value in self.value_ids}

    def _get_chain(self):
        """Return where the index was begun anew, None where it was not."""
        self.ensure_one()
        if not self.chain_month:
            return None
        return Chain(month_start(self.chain_month), Decimal(str(self.chain_coefficient)))

    def action_import_values(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Values"),
            "res_model": "service.price.index.import",
            "view_mode": "form",
            "target": "new",
            "context": {"default_index_id": self.id},
        }

    def _get_usage_fields(self):
        return [*super()._get_usage_fields(), ("service.revision.rule", "price_index_id")]


class ServicePriceIndexValue(models.Model):
    """The value of an index for one month, kept under the month's first day."""

    _name = "service.price.index.value"
    _description = "Price Index Value"
    _order = "index_id, date desc"
    _rec_name = "date"

    index_id = fields.Many2one("service.price.index", required=True, ondelete="cascade", index=True)
    date = fields.Date(
        string="Month", required=True, help="Any day of the month that the value is published for."
    )
    value = fields.Float(digits=(12, 4), required=True)

    _date_unique = models.UniqueIndex(
        "(index_id, date)", "This index has a value for this month already."
    )
    _value_positive = models.Constraint("CHECK (value > 0)", "An index value is above zero.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._prepare_month_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._prepare_month_vals(vals))

    @api.model
    def _prepare_month_vals(self, vals):
        """Return values with the date moved to the first day of its month."""
        if not vals.get("date"):
            return vals
        return {**vals, "date": month_start(fields.Date.to_date(vals["date"]))}

    @api.depends("date", "value")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for value in self:
            month = value.date and format_date(self.env, value.date, date_format="MMM y")
            value.display_name = f"{value.value:.12g} ({month})"
