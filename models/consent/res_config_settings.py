from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_consent_minutes = fields.Integer(
        related="company_id.service_consent_minutes", readonly=False
    )
    service_consent_years = fields.Integer(
        related="company_id.service_consent_years", readonly=False
    )
    service_data_contact = fields.Char(related="company_id.service_data_contact", readonly=False)
    service_has_public_pages = fields.Boolean(
        related="company_id.service_has_public_pages", readonly=False
    )
    service_public_address = fields.Char(related="company_id.service_public_address")
