from odoo import fields, models
from odoo.fields import Domain

from ...models.common.table_statistics import create_in_lots


class ServiceForecast(models.TransientModel):
    """The next run bills what orders sold once, too."""

    _inherit = "service.forecast"

    def _open(self):
        """Reckon the orders last, anew each time: they are few."""
        self.sudo().line_ids.filtered("order_id").unlink()
        create_in_lots(self.env["service.forecast.line"].sudo(), self._prepare_order_lines())
        return super()._open()

    def _prepare_order_lines(self):
        """Return the rows of what the next run invoices of orders; it writes nothing."""
        run = self.env["service.billing.run"].new({"company_id": self.company_id.id})
        run.cutoff_date = run._get_run_day_from(fields.Date.context_today(self))
        domain = Domain(run._get_open_order_domain()) & self._get_chosen_order_domain()
        orders = self.env["sale.order"].sudo().search(domain, order="id")
        return [self._prepare_order_line(order, run.cutoff_date) for order in orders]

    def _get_chosen_order_domain(self):
        domain = self._get_customer_domain()
        if self.contract_ids:
            domain &= Domain("service_contract_ids", "in", self.contract_ids.ids)
        return domain

    def _prepare_order_line(self, order, day):
        untaxed, total = order._get_amounts_to_invoice()
        return {
            "forecast_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": order.partner_invoice_id.commercial_partner_id.id,
            "contract_id": order._get_only_contract().id,
            "order_id": order.id,
            "currency_id": order.currency_id.id,
            "date": day,
            "amount_untaxed": untaxed,
            "amount_total": total,
        }
