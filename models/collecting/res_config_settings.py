from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_notice_rule = fields.Selection(
        related="company_id.service_notice_rule", readonly=False, required=True
    )
    service_notice_days = fields.Integer(related="company_id.service_notice_days", readonly=False)
    service_notice_before = fields.Selection(related="company_id.service_notice_before")
    service_notice_before_note = fields.Char(related="company_id.service_notice_before_note")
