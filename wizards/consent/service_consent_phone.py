from odoo import fields, models


class ServiceConsentPhone(models.TransientModel):
    """The question that a consent by telephone asks: why it was not given on the page."""

    _name = "service.consent.phone"
    _description = "Consent by Telephone"
    _inherit = ["service.wizard.mixin"]

    session_id = fields.Many2one("service.session", required=True)
    reason = fields.Char(
        string="Why by Telephone", help="Not asked where calling is accepting the conditions."
    )

    def action_note(self):
        self.ensure_one()
        self.session_id._note_phone_consent(self.reason)
