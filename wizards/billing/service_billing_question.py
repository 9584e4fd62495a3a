from odoo import fields, models


class ServiceBillingQuestion(models.TransientModel):
    """What a person is asked before a run charges far ahead or long behind."""

    _name = "service.billing.question"
    _description = "Question before Billing"

    run_ids = fields.Many2many("service.billing.run", string="Billing Runs", required=True)
    verb = fields.Selection(
        [("preview", "Preview"), ("start", "Bill")], required=True, readonly=True
    )
    text = fields.Text(string="Please Check", required=True, readonly=True)

    def action_confirm(self):
        """Go on with what was asked about; the same is not asked again."""
        self.ensure_one()
        self.run_ids.check_access("read")
        self.run_ids.sudo().confirmed_text = self.text
        return self.run_ids._preview() if self.verb == "preview" else self.run_ids._start()
