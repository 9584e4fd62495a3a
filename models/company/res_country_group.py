from odoo import fields, models


class ResCountryGroup(models.Model):
    _inherit = "res.country.group"

    service_tax_country_id = fields.Many2one(
        "res.country",
        string="Tax Territory of",
        help="Companies whose fiscal country this is charge services to customers of these "
        "countries at the rate below (L09).",
    )
    service_tax_rate = fields.Float(
        digits=(16, 4),
        help="The standard rate, in percent, of services to customers of these countries.",
    )
