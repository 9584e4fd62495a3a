from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_project_id = fields.Many2one(
        related="company_id.service_project_id", readonly=False, check_company=True
    )
    service_default_level_id = fields.Many2one(
        related="company_id.service_default_level_id", readonly=False, check_company=True
    )
    service_prepaid_alert_hours = fields.Float(
        related="company_id.service_prepaid_alert_hours", readonly=False
    )
    service_tax_exigibility = fields.Selection(
        related="company_id.service_tax_exigibility", readonly=False
    )
    service_group_by_customer = fields.Boolean(
        related="company_id.service_group_by_customer", readonly=False
    )
    service_use_analytic = fields.Boolean(related="company_id.service_use_analytic", readonly=False)
    service_billing_day = fields.Integer(related="company_id.service_billing_day", readonly=False)
