from odoo import models


class ServiceForecastXlsx(models.AbstractModel):
    """What the coming months will bill, as a workbook."""

    _name = "report.service_contract.forecast"
    _description = "Forecast of Billing (XLSX)"
    _inherit = "report.service_contract.rows"

    def _get_names(self):
        return [
            ("date", 12),
            ("partner_id", 30),
            ("contract_id", 18),
            ("order_id", 12),
            ("family_id", 20),
            ("amount_untaxed", 14),
            ("amount_total", 14),
            ("currency_id", 10),
        ]
