from odoo import fields, models


class ServiceAllowance(models.Model):
    """Ledger of included and prepaid time: what came in (above zero) and what was used (below)."""

    _name = "service.allowance"
    _description = "Time Allowance"
    _check_company_auto = True
    _order = "date, id"
    _rec_name = "note"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", required=True, index=True)
    contract_id = fields.Many2one("service.contract", index="btree_not_null", check_company=True)
    kind = fields.Selection([("included", "Included"), ("prepaid", "Prepaid")], required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    seconds = fields.Integer(required=True)
    session_id = fields.Many2one("service.session", index="btree_not_null", ondelete="restrict")
    note = fields.Char()

    _seconds_not_zero = models.Constraint(
        "CHECK (seconds <> 0)", "An allowance entry adds time or uses time."
    )
