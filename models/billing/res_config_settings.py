from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_grouping = fields.Selection(
        related="company_id.service_grouping", readonly=False, required=True
    )
