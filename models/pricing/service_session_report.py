from odoo import api, fields, models


class ServiceSession(models.Model):
    """Time in hours, for pivots and graphs."""

    _inherit = "service.session"

    covered_minutes = fields.Integer(
        readonly=True,
        copy=False,
        help="Whole blocks that the contract, an allowance or the warranty spared the customer.",
    )
    connected_hours = fields.Float(compute="_compute_hours", store=True)
    billed_hours = fields.Float(compute="_compute_hours", store=True)
    covered_hours = fields.Float(compute="_compute_hours", store=True)

    @api.depends("connected_seconds", "billed_minutes", "covered_minutes")
    def _compute_hours(self):
        for session in self:
            session.connected_hours = session.connected_seconds / 3600
            session.billed_hours = session.billed_minutes / 60
            session.covered_hours = session.covered_minutes / 60

    def _prepare_pricing_vals(self, pricing):
        price = pricing.price
        spared = price.covered_blocks + price.drawn_blocks + price.warranty_blocks
        return {
            **super()._prepare_pricing_vals(pricing),
            "covered_minutes": spared * price.rule.block_seconds // 60,
        }
