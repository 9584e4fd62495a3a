from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.sessions import SessionError


class ServiceSessionOverride(models.TransientModel):
    """Asks a manager for the price of a session and its reason."""

    _name = "service.session.override"
    _description = "Set the Price of a Session"
    _inherit = ["service.wizard.mixin"]

    session_id = fields.Many2one("service.session", required=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", compute="_compute_price")
    computed_amount = fields.Monetary(compute="_compute_price", string="Computed Price")
    is_tax_included = fields.Boolean(compute="_compute_price")
    amount = fields.Monetary(
        string="Price to Owe",
        compute="_compute_amount",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    reason_id = fields.Many2one(
        "service.reason",
        required=True,
        domain="[('usage', '=', 'price'), ('company_id', 'in', (False, company_id))]",
    )
    company_id = fields.Many2one(related="session_id.company_id")

    @api.depends("session_id")
    def _compute_price(self):
        for wizard in self:
            wizard.currency_id = wizard.session_id.currency_id
            try:
                pricing, wizard.is_tax_included = wizard.session_id._get_price_to_override()
                wizard.currency_id = wizard.currency_id.browse(pricing.party["currency_id"])
                wizard.computed_amount = float(pricing.price.computed_amount)
            except (UserError, SessionError):
                wizard.computed_amount = wizard.is_tax_included = False

    @api.depends("session_id")
    def _compute_amount(self):
        for wizard in self:
            session = wizard.session_id
            wizard.amount = (
                session.override_amount if session.is_price_overridden else wizard.computed_amount
            )

    def action_apply(self):
        self.ensure_one()
        self.session_id.check_access("write")
        self.session_id._set_override(self.amount, self.reason_id)
