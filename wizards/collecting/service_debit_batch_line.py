from odoo import fields, models


class ServiceDebitBatchLine(models.TransientModel):
    """What goes into one file on one day."""

    _name = "service.debit.batch.line"
    _description = "Row of the Batches"
    _inherit = ["service.wizard.mixin"]

    batch_id = fields.Many2one("service.debit.batch", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one("account.journal", string="Account")
    scheme = fields.Selection([("sepa_core", "CORE"), ("sepa_b2b", "B2B")])
    sequence = fields.Selection([("RCUR", "Recurring"), ("OOFF", "One-Off"), ("FNAL", "Final")])
    day = fields.Date(string="Debited on")
    count = fields.Integer(string="Debits")
    amount = fields.Monetary()
