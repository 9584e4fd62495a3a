from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    service_credit_days = fields.Integer(
        string="Days until a Credit Is Missed",
        default=3,
        help="A lot of debits whose day is over for longer without a credit of the bank is listed.",
    )

    _service_credit_days_positive = models.Constraint(
        "CHECK(service_credit_days >= 0)", "The days until a credit is missed are not negative."
    )
