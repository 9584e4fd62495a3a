from odoo import fields, models


class ServiceSessionExtend(models.TransientModel):
    """The question that an extension asks: why, and until when."""

    _name = "service.session.extend"
    _description = "Extension of the Time to Answer"
    _inherit = ["service.wizard.mixin"]

    session_id = fields.Many2one("service.session", required=True)
    company_id = fields.Many2one(related="session_id.company_id")
    due_before = fields.Datetime(related="session_id.due_at", string="Due until Now")
    due_at = fields.Datetime(
        string="New Time", help="Leave it empty to note only why the answer will be late."
    )
    reason_id = fields.Many2one(
        "service.reason",
        required=True,
        domain="[('usage', '=', 'delay'), ('company_id', 'in', (False, company_id))]",
    )
    note = fields.Text()

    def action_extend(self):
        self.ensure_one()
        self.session_id.check_access("write")
        self.session_id._extend_due(self.reason_id, self.due_at, self.note)
