from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.clocks import format_duration


class ProductTemplate(models.Model):
    _inherit = "product.template"

    service_prepaid_hours = fields.Float(
        string="Prepaid Hours",
        help="Hours of sessions that one unit pays in advance: they are entered for the customer "
        "when the order is confirmed, and drawn before blocks are billed. 0 for none.",
    )

    _service_prepaid_positive = models.Constraint(
        "CHECK (service_prepaid_hours >= 0)", "Prepaid hours are zero or more."
    )

    @api.constrains("service_prepaid_hours", "service_is_recurring", "type")
    def _check_service_prepaid(self):
        for product in self.filtered("service_prepaid_hours"):
            if product.type != "service" or product.service_is_recurring:
                raise ValidationError(
                    self.env._(
                        "“%(product)s” has prepaid hours: make it a service that is not recurring.",
                        product=product.display_name,
                    )
                )


class SaleOrder(models.Model):
    """Prepaid time: sold like any product, entered in the ledger when the order is confirmed."""

    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        self.order_line.filtered("product_id.service_prepaid_hours")._sync_prepaid_time()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self.order_line._sync_prepaid_time()
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    service_allowance_ids = fields.One2many("service.allowance", "sale_line_id")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "sale")._sync_prepaid_time()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"product_id", "product_uom_id", "product_uom_qty"} & vals.keys():
            self.filtered(lambda line: line.state == "sale")._sync_prepaid_time()
        return result

    def unlink(self):
        self._set_prepaid_seconds(0)
        return super().unlink()

    def _sync_prepaid_time(self):
        """Bring the prepaid time of order lines in line with what is sold; cancelled: none."""
        for line in self:
            is_sold = line.state == "sale"
            line._set_prepaid_seconds(line._get_prepaid_seconds() if is_sold else 0)

    def _get_prepaid_seconds(self):
        """Return the time that a line pays in advance, in the product's own unit."""
        self.ensure_one()
        product = self.product_id
        unit = self.product_uom_id or product.uom_id
        quantity = unit._compute_quantity(self.product_uom_qty, product.uom_id)
        return max(round(quantity * product.service_prepaid_hours * 3600), 0)

    def _set_prepaid_seconds(self, seconds):
        """Enter, change or take back the time that lines pay; what was drawn cannot be."""
        for line in self:
            entry = line.sudo().service_allowance_ids
            if entry.used_seconds > seconds:
                raise UserError(
                    self.env._(
                        "%(order)s: sessions have drawn %(drawn)s of its prepaid time. Reopen "
                        "them first, or leave at least that much.",
                        order=line.order_id.name,
                        drawn=format_duration(entry.used_seconds),
                    )
                )
            if entry and not seconds:
                entry.unlink()
            elif entry and entry.seconds != seconds:
                entry.seconds = seconds
            elif seconds and not entry:
                entry.create(line._prepare_prepaid_vals(seconds))

    def _prepare_prepaid_vals(self, seconds):
        """Return the entry of prepaid time of an order line; a hook.

        For every session of the customer: set ``contract_id`` for those of one contract only.
        """
        self.ensure_one()
        order = self.order_id
        return {
            "company_id": order.company_id.id,
            "partner_id": order.partner_id.id,
            "kind": "prepaid",
            "date": fields.Date.context_today(self),
            "seconds": seconds,
            "sale_line_id": self.id,
            "note": order.name,
        }
