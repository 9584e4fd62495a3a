from odoo import api, fields, models


class SaleOrder(models.Model):
    """A quotation warns of services whose tax does not suit them, also when it is confirmed."""

    _inherit = "sale.order"

    service_tax_note = fields.Text(compute="_compute_service_tax_note")

    @api.depends("order_line.product_id", "company_id", "state")
    def _compute_service_tax_note(self):
        for order in self:
            is_open = order.state in ("draft", "sent") and order.company_id
            order.service_tax_note = is_open and order._get_service_tax_note()

    def _get_service_tax_note(self):
        """Return a sentence for each service sold whose tax does not suit it, empty when all do."""
        self.ensure_one()
        company = self.company_id.sudo()
        templates = self.order_line.product_id.product_tmpl_id
        return "\n".join(filter(None, map(company._get_service_tax_flaw, templates)))

    def action_confirm(self):
        """Confirm, and warn: in the inbox, and at once who confirms."""
        result = super().action_confirm()
        for order in self.filtered("company_id.service_tax_exigibility"):
            if note := order._get_service_tax_note():
                self.env["service.exception"]._report(order, "contract", note, job="tax")
                self.env.user._bus_send(
                    "simple_notification", {"type": "warning", "message": note, "sticky": True}
                )
        return result
