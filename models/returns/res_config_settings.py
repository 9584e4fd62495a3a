from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_present_again_days = fields.Integer(
        related="company_id.service_present_again_days", readonly=False
    )
