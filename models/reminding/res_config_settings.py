from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_penalty_rate = fields.Float(related="company_id.service_penalty_rate", readonly=False)
    service_is_reminding = fields.Boolean(related="company_id.service_is_reminding", readonly=False)
    service_reminder_minimum = fields.Monetary(
        related="company_id.service_reminder_minimum",
        readonly=False,
        currency_field="service_currency_id",
    )
