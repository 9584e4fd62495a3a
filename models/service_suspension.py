from odoo import fields, models


class ServiceSuspension(models.Model):
    """A time in which a contract rests: unpaid invoices, or the customer's wish."""

    _name = "service.suspension"
    _description = "Contract Suspension"
    _check_company_auto = True
    _order = "contract_id, date_start desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    date_start = fields.Date(required=True)
    date_end = fields.Date(string="Last Day", help="Empty while the contract is suspended.")
    is_billed = fields.Boolean(string="Billed Meanwhile")
    reason_id = fields.Many2one("service.reason", ondelete="restrict")
    note = fields.Text()

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A suspension ends on or after its first day."
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int8range(contract_id, contract_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[]') WITH &&)",
        "This contract is suspended already at that time.",
    )
