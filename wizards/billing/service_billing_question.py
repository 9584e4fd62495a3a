from odoo import fields, models


class ServiceBillingQuestion(models.TransientModel):
    """What a person is asked before a run charges far ahead or long behind."""

    _name = "service.billing.question"
    _description = "Question before Billing"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    run_ids = fields.Many2many(
        "service.billing.run", string="Billing Runs", required=True, lock="once"
    )
    verb = fields.Selection(
        [
            ("preview", "Preview"),
            ("start", "Bill"),
            ("resume", "Bill What Was Put Aside"),
            ("mended", "Bill What Was Mended"),
        ],
        required=True,
        readonly=True,
        lock="once",
    )
    text = fields.Text(string="Please Check", required=True, readonly=True, lock="once")

    def action_confirm(self):
        """Go on, and remember the answer; where there is more to ask by now, ask again."""
        self.ensure_one()
        runs = self.run_ids
        if self.verb != "preview":
            runs.check_access("write")
        text = runs._get_question_text()
        if text != self.text and (action := runs._ask(self.verb)):
            return action
        if runs.has_access("write"):
            runs._as_workflow().confirmed_text = text
        return runs._go_on(self.verb)
