from odoo import fields, models


class ServiceSessionContest(models.TransientModel):
    """Record what a customer contests by telephone, letter or answer to the mail (S30)."""

    _name = "service.session.contest"
    _description = "Contested Session"
    _inherit = ["service.wizard.mixin"]

    session_id = fields.Many2one("service.session", required=True, ondelete="cascade")
    text = fields.Text(string="What the Customer Says", required=True)

    def action_contest(self):
        self.ensure_one()
        self.session_id.check_access("write")
        self.session_id._set_sheet_contested(self.text)
