from odoo import fields, models


class ServiceBillingRedate(models.TransientModel):
    """Another invoice date for all drafts of a run."""

    _name = "service.billing.redate"
    _description = "Change of the Invoice Date"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    run_id = fields.Many2one(
        "service.billing.run", string="Billing Run", required=True, lock="once"
    )
    draft_count = fields.Integer(related="run_id.draft_count", string="Drafts")
    date_before = fields.Date(related="run_id.invoice_date", string="Invoice Date until Now")
    invoice_date = fields.Date(
        string="New Invoice Date",
        required=True,
        default=fields.Date.context_today,
        help="Of all drafts of the run; their due dates move with it.",
    )

    def action_redate(self):
        self.ensure_one()
        self.run_id.check_access("write")
        self.run_id._check_state("done")
        self.run_id._redate(self.invoice_date)
