from odoo import api, fields, models
from odoo.tools.misc import format_date, formatLang


class SaleOrder(models.Model):
    """A start that is past when the quotation is confirmed: what it bills is told, and asked.

    A customer who signs online is asked nothing: the service starts on that day then.
    """

    _inherit = "sale.order"

    service_is_start_past = fields.Boolean(compute="_compute_service_backlog")
    service_backlog_warning = fields.Text(compute="_compute_service_backlog")

    @api.depends(
        "state",
        "service_start_date",
        "service_amended_contract_id",
        "order_line.service_is_recurring",
        "order_line.product_uom_qty",
        "order_line.price_unit",
        "order_line.discount",
        "order_line.service_discount_months",
    )
    @api.depends_context("lang")
    def _compute_service_backlog(self):
        for order in self:
            order.service_is_start_past = order._is_start_past()
            order.service_backlog_warning = (
                order.service_is_start_past and order._origin._describe_backlog()
            )

    def _is_start_past(self):
        """Tell whether contracts of the quotation would begin before they are concluded."""
        self.ensure_one()
        is_open = self.state in ("draft", "sent") and self.service_has_recurring
        start = self.service_start_date
        return bool(is_open and start and start < self._get_conclusion_date())

    def _describe_backlog(self):
        """Return in words what of the days before today confirming would bill at once."""
        if not self or self.service_amended_contract_id:
            return ""
        order, today = self.sudo(), self._get_conclusion_date()
        amount = sum(
            contract.line_ids._get_owed_amount(today) for contract in order._imagine_contracts()
        )
        return self.env._(
            "The service start, %(start)s, is past. Confirmed today, %(amount)s (without tax) is "
            "owed up to today and will be billed by the next run.",
            start=format_date(self.env, self.service_start_date),
            amount=formatLang(self.env, amount, currency_obj=self.currency_id),
        )

    def _imagine_contracts(self):
        """Yield the contracts that the quotation would make, unsaved."""
        lines = self._get_lines_to_contract().grouped(self._get_contract_key)
        for group in lines.values():
            commands = [
                fields.Command.create({**line._prepare_contract_line_vals(), "sale_line_id": False})
                for line in group
            ]
            vals = {**self._prepare_contract_vals(group), "line_ids": commands}
            yield self.env["service.contract"].new(vals)

    def action_start_today(self):
        """Let the service start on the day of confirmation."""
        self.check_access("write")
        self.filtered("service_is_start_past").service_start_date = False

    def _start_on_signing(self):
        """Bill customers who confirm online no days before that, and say so."""
        dated = self.sudo().filtered("service_start_date")
        if not dated or not self.env.user.share:
            return
        for order in dated:
            day = order._get_conclusion_date()
            if order.service_has_recurring and order.service_start_date < day:
                order.message_post(
                    body=self.env._(
                        "The service start was %(start)s; signed later, it starts on %(day)s.",
                        start=format_date(self.env, order.service_start_date),
                        day=format_date(self.env, day),
                    )
                )
                order.service_start_date = day
