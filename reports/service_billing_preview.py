from odoo import models


class ServiceBillingPreviewXlsx(models.AbstractModel):
    """What a billing run would bill, as a workbook."""

    _name = "report.service_contract.billing_preview"
    _description = "Preview of a Billing Run (XLSX)"
    _inherit = "report.service_contract.rows"

    def _get_names(self):
        return [
            ("partner_id", 28),
            ("contract_id", 16),
            ("family_id", 18),
            ("name", 36),
            ("date_start", 12),
            ("date_last", 12),
            ("kind", 14),
            ("amount_untaxed", 13),
            ("amount_total", 13),
            ("amount_before", 13),
            ("change", 12),
            ("amount_held", 13),
            ("currency_id", 10),
            ("payment_method_line_id", 20),
            ("mandate_id", 20),
            ("mandate_state", 12),
            ("date_due", 12),
            ("matter", 60),
        ]
