from odoo import fields, models

from ...models.common.brought_records import require


class ServiceForecastLine(models.TransientModel):
    """What a contract will be billed on one day."""

    _name = "service.forecast.line"
    _description = "Forecast Row"
    _transient_max_hours = 24.0
    _order = "date, partner_id, contract_id, id"

    forecast_id = fields.Many2one("service.forecast", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    partner_id = fields.Many2one("res.partner", string="Customer")
    contract_id = fields.Many2one("service.contract")
    family_id = fields.Many2one("service.family")
    currency_id = fields.Many2one("res.currency", required=True)
    date = fields.Date(string="Billed on")
    amount_untaxed = fields.Monetary(string="Untaxed")
    amount_total = fields.Monetary(string="Total")

    def action_open(self):
        """Open what a row is for."""
        self.ensure_one()
        self.check_access("read")
        return self._get_subject()._get_records_action()

    def _get_subject(self):
        """Return what a row is for: its contract, else its customer; a hook."""
        return self.contract_id or self.partner_id

    def action_export(self):
        """Save the chosen rows as a workbook, or all of the forecast."""
        self.check_access("read")
        rows = self or self.search([("forecast_id", "=", self.env.context.get("forecast_id"))])
        xmlid = "service_contract.service_forecast_xlsx"
        report = require(self.env, xmlid, self.env._("The workbook of forecasts"))
        return report.report_action(rows, config=False)
