from odoo import api, fields, models


class ServiceResponseDelay(models.Model):
    """Why the answer to a request was promised later than the contract does (S16)."""

    _name = "service.response.delay"
    _description = "Extension of a Response Time"
    _inherit = ["service.workflow.mixin"]
    _order = "id desc"
    _check_company_auto = True

    session_id = fields.Many2one(
        "service.session", required=True, index=True, ondelete="cascade", lock="once"
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="session_id.commercial_partner_id", string="Customer", store=True
    )
    level_id = fields.Many2one(related="session_id.level_id", store=True)
    user_id = fields.Many2one(
        "res.users", string="Extended by", required=True, default=lambda self: self.env.user
    )
    date = fields.Datetime(string="Extended on", required=True, default=fields.Datetime.now)
    reason_id = fields.Many2one(
        "service.reason",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('usage', '=', 'delay')]",
    )
    note = fields.Text()
    due_before = fields.Datetime(string="Due until Then", required=True)
    due_after = fields.Datetime(string="Due from Then on", required=True)
    delay_hours = fields.Float(string="Hours More", compute="_compute_delay_hours", store=True)

    _never_shorter = models.Constraint(
        "CHECK (due_after >= due_before)", "An extension never shortens the time to answer."
    )

    @api.depends("due_before", "due_after")
    def _compute_delay_hours(self):
        for delay in self:
            delay.delay_hours = (delay.due_after - delay.due_before).total_seconds() / 3600
