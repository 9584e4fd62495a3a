from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools.revision import month_start


class ServicePriceIndexValue(models.Model):
    """The value of an index for one month, kept under the month's first day."""

    _name = "service.price.index.value"
    _description = "Price Index Value"
    _inherit = ["service.workflow.mixin"]
    _order = "index_id, date desc"
    _rec_name = "date"

    index_id = fields.Many2one(
        "service.price.index", required=True, ondelete="cascade", index=True, lock="once"
    )
    date = fields.Date(
        string="Month", required=True, help="Any day of the month that the value is published for."
    )
    value = fields.Float(digits=(12, 4), required=True, aggregator=None)

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
