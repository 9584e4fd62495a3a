from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_debit_lead = fields.Integer(related="company_id.service_debit_lead", readonly=False)
    service_debit_limit = fields.Float(related="company_id.service_debit_limit", readonly=False)
    service_iban_change = fields.Selection(related="company_id.service_iban_change", readonly=False)
