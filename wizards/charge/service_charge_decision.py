from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ServiceChargeDecision(models.TransientModel):
    """Asks for the reason to hold or to waive charges."""

    _name = "service.charge.decision"
    _description = "Decision on Charges"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    charge_ids = fields.Many2many(
        "service.charge", string="Charges", required=True, readonly=True, lock="once"
    )
    verb = fields.Selection(
        [("hold", "Hold"), ("waive", "Waive")],
        string="Decision",
        required=True,
        readonly=True,
        lock="once",
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    reason_id = fields.Many2one(
        "service.reason",
        required=True,
        domain="[('usage', '=', verb), ('company_id', 'in', (False, company_id))]",
    )
    note = fields.Char(help="Stands in the chatter, beside the reason.")

    @api.depends("charge_ids")
    def _compute_company_id(self):
        """Offer the reasons of all companies alone where charges are of several."""
        for wizard in self:
            companies = wizard.charge_ids.company_id
            wizard.company_id = companies if len(companies) == 1 else False

    hold_until = fields.Date(
        string="Held until",
        help="Last day of the hold. Empty: until somebody releases it, as what a session made "
        "always is.",
    )

    @api.constrains("hold_until")
    def _check_hold_until(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            if wizard.verb == "hold" and wizard.hold_until and wizard.hold_until < today:
                raise ValidationError(self.env._("That day is over: choose a later one."))

    def action_confirm(self):
        self.ensure_one()
        until = self.verb == "hold" and self.hold_until
        self.charge_ids._decide(self.verb, self.reason_id, self.note or "", until or None)
