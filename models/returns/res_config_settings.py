from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_present_again_days = fields.Integer(
        related="company_id.service_present_again_days", readonly=False
    )
    service_suspension_days = fields.Integer(
        related="company_id.service_suspension_days", readonly=False
    )
    service_return_fee = fields.Monetary(
        related="company_id.service_return_fee",
        currency_field="service_currency_id",
        readonly=False,
    )
    service_return_fee_product_id = fields.Many2one(
        related="company_id.service_return_fee_product_id", readonly=False
    )
