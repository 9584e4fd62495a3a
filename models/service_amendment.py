from odoo import fields, models


class ServiceAmendment(models.Model):
    """What changed in a contract from a day on, before and after."""

    _name = "service.amendment"
    _description = "Contract Amendment"
    _check_company_auto = True
    _order = "contract_id, effective_date desc, id desc"

    name = fields.Char(required=True)
    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    effective_date = fields.Date(required=True)
    state = fields.Selection(
        [("draft", "Draft"), ("done", "In force"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        index=True,
    )
    before = fields.Json(string="Values before")
    after = fields.Json(string="Values after")
    reason_id = fields.Many2one("service.reason", ondelete="restrict")
    sale_order_id = fields.Many2one("sale.order", index="btree_not_null", check_company=True)
    note = fields.Text()
