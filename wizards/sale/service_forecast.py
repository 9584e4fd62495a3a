from odoo import fields, models
from odoo.fields import Domain

from ...models.common.table_statistics import create_in_lots
from ...tools.periods import month_day_from


class ServiceForecast(models.TransientModel):
    """The next run bills what orders sold once, too."""

    _inherit = "service.forecast"

    def _open(self):
        """Reckon the orders last, anew each time: they are few."""
        self.sudo().line_ids.filtered("order_id").unlink()
        create_in_lots(self.env["service.forecast.line"].sudo(), self._prepare_order_lines())
        return super()._open()

    def _prepare_order_lines(self):
        """Return the rows of what orders sold once; it writes nothing."""
        day = self._get_next_run_day()
        return [self._prepare_order_line(order, day) for order in self._get_orders(day)]

    def _get_orders(self, day):
        """Return the orders whose one-off products a run of a day will invoice."""
        vals = {"company_id": self.company_id.id, "cutoff_date": day}
        run = self.env["service.billing.run"].new(vals)
        domain = Domain(run._get_open_order_domain()) & self._get_chosen_order_domain()
        return self.env["sale.order"].sudo().search(domain, order="id")

    def _get_next_run_day(self):
        today = fields.Date.context_today(self)
        return month_day_from(today, self.company_id.service_billing_day or 31)

    def _get_chosen_order_domain(self):
        domain = self._get_customer_domain()
        if self.contract_ids:
            domain &= Domain("service_contract_ids", "in", self.contract_ids.ids)
        return domain

    def _prepare_order_line(self, order, day):
        contracts = order.service_contract_ids
        untaxed, total = order._get_amounts_to_invoice()
        return {
            "forecast_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": order.partner_invoice_id.commercial_partner_id.id,
            "contract_id": contracts.id if len(contracts) == 1 else False,
            "order_id": order.id,
            "currency_id": order.currency_id.id,
            "date": day,
            "amount_untaxed": untaxed,
            "amount_total": total,
        }
