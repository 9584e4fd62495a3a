from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_credit_days = fields.Integer(related="company_id.service_credit_days", readonly=False)
