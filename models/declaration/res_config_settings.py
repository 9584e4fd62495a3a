from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_termination_url = fields.Char(related="company_id.service_termination_url")
    service_withdrawal_url = fields.Char(related="company_id.service_withdrawal_url")
