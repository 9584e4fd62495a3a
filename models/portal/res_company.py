from odoo import models

# How we judge and decide; what the public pages and papers say of a company stays readable.
INTERNAL = frozenset(
    {
        "service_billing_checked_on",
        "service_contest_user_id",
        "service_debit_lead",
        "service_debit_limit",
        "service_default_level_id",
        "service_exit_approval_amount",
        "service_exit_product_id",
        "service_income_account_id",
        "service_notice_before",
        "service_notice_before_note",
        "service_prepaid_alert_hours",
        "service_present_again_days",
        "service_project_id",
        "service_reminder_minimum",
        "service_return_fee_product_id",
        "service_suspension_days",
        "service_tax_exigibility",
    }
)


class ResCompany(models.Model):
    """What of a company's settings portal users read by RPC (S33)."""

    _inherit = "res.company"

    def _has_field_access(self, field, operation):
        allowed = super()._has_field_access(field, operation)
        is_internal = field.name in INTERNAL and not self.env.su and self.env.user._is_portal()
        return allowed and not is_internal
