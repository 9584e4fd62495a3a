from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_project_id = fields.Many2one(
        related="company_id.service_project_id", readonly=False, check_company=True
    )
    service_default_level_id = fields.Many2one(
        related="company_id.service_default_level_id", readonly=False, check_company=True
    )
    service_tax_exigibility = fields.Selection(
        related="company_id.service_tax_exigibility", readonly=False
    )
    service_group_by_customer = fields.Boolean(
        related="company_id.service_group_by_customer", readonly=False
    )
    service_use_analytic = fields.Boolean(related="company_id.service_use_analytic", readonly=False)
    service_billing_day = fields.Integer(related="company_id.service_billing_day", readonly=False)
    service_exit_product_id = fields.Many2one(
        related="company_id.service_exit_product_id", readonly=False, check_company=True
    )
    service_exit_approval_amount = fields.Monetary(
        related="company_id.service_exit_approval_amount",
        readonly=False,
        currency_field="service_currency_id",
    )
    service_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of Services"
    )
    service_is_suspension_billed = fields.Boolean(
        related="company_id.service_is_suspension_billed", readonly=False
    )
