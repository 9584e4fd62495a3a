from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    service_present_again_days = fields.Integer(
        string="Days before a Debit Is Presented Again",
        default=14,
        help="Between the letter that tells the customer and the second debit, 14 unless a shorter "
        "delay is agreed.",
    )

    _service_present_again_days_positive = models.Constraint(
        "CHECK(service_present_again_days >= 0)", "The days before a second debit are not negative."
    )
