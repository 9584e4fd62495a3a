from odoo import fields, models


class ServiceConsent(models.Model):
    """The customer's order for one session and its evidence (S24–S28)."""

    _name = "service.consent"
    _description = "Session Consent"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "session_id"

    session_id = fields.Many2one("service.session", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Given by", required=True, check_company=True
    )
    code_hmac = fields.Char(groups="base.group_system", help="Keyed HMAC of the 8-digit code.")
    expires_at = fields.Datetime()
    conditions_id = fields.Many2one("service.conditions", ondelete="restrict", check_company=True)
    requested_work = fields.Text()
    declarations = fields.Json()
    reservations = fields.Text()
    accepted_at = fields.Datetime(index=True)
    ip_address = fields.Char()
    browser = fields.Char()
    operating_system = fields.Char()
