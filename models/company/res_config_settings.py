from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_project_id = fields.Many2one(
        related="company_id.service_project_id", readonly=False, check_company=True
    )
    service_default_level_id = fields.Many2one(
        related="company_id.service_default_level_id", readonly=False, check_company=True
    )
    service_default_regime = fields.Selection(
        related="company_id.service_default_regime", readonly=False
    )
    service_billing_start = fields.Selection(
        related="company_id.service_billing_start", readonly=False, required=True
    )
    service_mediator = fields.Text(related="company_id.service_mediator", readonly=False)
    service_penalty_note = fields.Char(related="company_id.service_penalty_note", readonly=False)
    service_recovery_fee = fields.Monetary(
        related="company_id.service_recovery_fee",
        readonly=False,
        currency_field="service_currency_id",
    )
    service_discount_note = fields.Char(related="company_id.service_discount_note", readonly=False)
    service_contest_user_id = fields.Many2one(
        related="company_id.service_contest_user_id",
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    service_prepaid_alert_hours = fields.Float(
        related="company_id.service_prepaid_alert_hours", readonly=False
    )
    service_tax_exigibility = fields.Selection(
        related="company_id.service_tax_exigibility", readonly=False
    )
    service_income_account_id = fields.Many2one(
        related="company_id.service_income_account_id", readonly=False, check_company=True
    )
    service_use_analytic = fields.Boolean(related="company_id.service_use_analytic", readonly=False)
    service_alias_name = fields.Char(related="company_id.service_alias_name", readonly=False)
    service_alias_domain = fields.Char(related="company_id.alias_domain_id.name")
    service_mail_servers = fields.Char(
        string="Receiving Mail Servers",
        config_parameter="service_contract.mail_servers",
        help="The names under which they write into a mail what they found out of its sender "
        "(Authentication-Results), separated by commas. Empty: no sender is verified.",
    )
    service_acknowledge_requests = fields.Boolean(
        related="company_id.service_acknowledge_requests", readonly=False
    )
    service_request_limit = fields.Integer(
        related="company_id.service_request_limit", readonly=False
    )
    service_forgotten_hours = fields.Integer(
        related="company_id.service_forgotten_hours", readonly=False
    )
    service_billing_day = fields.Integer(related="company_id.service_billing_day", readonly=False)
    service_import_gap_minutes = fields.Integer(
        related="company_id.service_import_gap_minutes", readonly=False
    )
    service_exit_product_id = fields.Many2one(
        related="company_id.service_exit_product_id", readonly=False, check_company=True
    )
    service_withdrawal_days = fields.Integer(
        related="company_id.service_withdrawal_days", readonly=False
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
