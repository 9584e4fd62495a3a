from decimal import Decimal

from odoo import api, fields, models

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
        aggregator=None,
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
        self.check_access("read")
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
