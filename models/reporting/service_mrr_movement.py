from odoo import fields, models


class ServiceMrrMovement(models.Model):
    """How much the monthly recurring amount of a contract changed, when, and in which way."""

    _name = "service.mrr.movement"
    _description = "Movement of the Monthly Recurring Amount"
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="contract_id.commercial_partner_id", store=True)
    family_id = fields.Many2one(
        "service.family", required=True, ondelete="restrict", index="btree_not_null"
    )
    level_id = fields.Many2one("service.level", ondelete="restrict", index="btree_not_null")
    user_id = fields.Many2one("res.users", string="Salesperson")
    date = fields.Date(required=True, index=True)
    kind = fields.Selection(
        [
            ("new", "New"),
            ("expansion", "Expansion"),
            ("contraction", "Contraction"),
            ("churn", "Churn"),
            ("suspension", "Suspension"),
            ("resumption", "Resumption"),
        ],
        required=True,
    )
    is_planned = fields.Boolean(
        string="To Come",
        help="Agreed for a day to come: a last day, a change, a suspension. Not yet so, and "
        "withdrawn with what it comes from.",
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    amount_currency = fields.Monetary(
        string="In the Contract's Currency", aggregator=None, help="Per month."
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount = fields.Monetary(currency_field="company_currency_id", help="Per month.")
