from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductTemplate(models.Model):
    _inherit = "product.template"

    service_prepaid_hours = fields.Float(
        string="Prepaid Hours",
        help="Hours of sessions that one unit pays in advance: they are entered for the customer "
        "when the order is confirmed, and drawn before blocks are billed. 0 for none.",
    )

    _service_prepaid_positive = models.Constraint(
        "CHECK (service_prepaid_hours >= 0)", "Prepaid hours are zero or more."
    )

    @api.constrains("service_prepaid_hours", "service_is_recurring", "type")
    def _check_service_prepaid(self):
        for product in self.filtered("service_prepaid_hours"):
            if product.type != "service" or product.service_is_recurring:
                raise ValidationError(
                    self.env._(
                        "“%(product)s” has prepaid hours: make it a service that is not recurring.",
                        product=product.display_name,
                    )
                )
