from odoo import fields, models


class ServiceTermination(models.Model):
    """The end of a contract as a record: asked for, confirmed, or withdrawn (L03–L06)."""

    _name = "service.termination"
    _description = "Contract Termination"
    _check_company_auto = True
    _order = "contract_id, requested_date desc, id desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed"), ("withdrawn", "Withdrawn")],
        default="draft",
        required=True,
        index=True,
    )
    requested_date = fields.Date(required=True)
    earliest_date = fields.Date(string="Earliest Legal Date")
    effective_date = fields.Date(string="Last Day of the Contract")
    residual_amount = fields.Monetary(help="Untaxed amount of the months left in the commitment.")
    residual_percent = fields.Float(string="Part Claimed", default=100.0)
    approver_id = fields.Many2one("res.users")
    approved_on = fields.Date()
    reason_id = fields.Many2one("service.reason", ondelete="restrict")
    note = fields.Text()

    _one_confirmed = models.UniqueIndex(
        "(contract_id) WHERE state = 'confirmed'",
        "This contract has a confirmed termination already.",
    )
    _percent_range = models.Constraint(
        "CHECK (residual_percent BETWEEN 0 AND 100)", "The part claimed lies between 0 and 100 %."
    )
