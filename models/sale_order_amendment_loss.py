from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .res_users import MANAGER


class SaleOrder(models.Model):
    """A quotation that takes something out of a commitment: allowed before it is sent (L06)."""

    _inherit = "sale.order"

    service_amendment_reason_id = fields.Many2one(
        "service.reason",
        string="Reason of the Amendment",
        ondelete="restrict",
        copy=False,
        domain="[('usage', '=', 'exit')]",
    )
    service_loss_warning = fields.Text(compute="_compute_service_loss")
    service_lost_amount = fields.Monetary(compute="_compute_service_loss")
    service_loss_allowed = fields.Monetary(
        string="Loss Allowed", groups=MANAGER, copy=False, readonly=True
    )
    service_can_allow_loss = fields.Boolean(compute="_compute_service_loss")

    @api.depends(
        "state",
        "order_line.product_id",
        "order_line.product_uom_qty",
        "order_line.price_unit",
        "order_line.discount",
        "service_amended_contract_id",
        "service_amendment_mode",
        "service_amendment_months",
        "service_start_date",
        "service_loss_allowed",
        "service_is_telecom_cap_waived",
    )
    @api.depends_context("lang", "uid")
    def _compute_service_loss(self):
        is_manager = self.env.user._is_service_manager()
        for order in self:
            amendment = order._imagine_amendment()
            lost, warning = amendment.lost_amount, amendment.loss_warning
            if lost and order._is_loss_allowed(lost):
                warning = order.env._("%(warning)s It was allowed.", warning=warning)
            order.service_lost_amount = lost
            order.service_loss_warning = warning
            is_open = bool(lost) and not order._is_loss_allowed(lost)
            order.service_can_allow_loss = is_manager and is_open

    def _imagine_amendment(self):
        """Return the amendment that the quotation would put in force, unsaved; or none."""
        amendments = self.env["service.amendment"].sudo()
        contract = self.sudo().service_amended_contract_id
        if self.state not in ("draft", "sent") or contract.state != "active":
            return amendments
        order = self.sudo()._origin if not isinstance(self.id, int) else self.sudo()
        if not order:  # a new quotation has nothing that is saved yet
            return amendments
        lines = order._get_amending_lines()
        if not lines:
            return amendments
        return amendments.new(order._prepare_amendment_vals(lines))

    def _is_loss_allowed(self, lost):
        """Tell whether a manager allowed as much."""
        self.ensure_one()
        return self.currency_id.compare_amounts(self.sudo().service_loss_allowed, lost) >= 0

    def _prepare_amendment_vals(self, lines):
        vals = super()._prepare_amendment_vals(lines)
        return {**vals, "reason_id": self.service_amendment_reason_id.id}

    def action_allow_loss(self):
        """Let a manager allow the loss, with a reason: the customer may sign then."""
        self.ensure_one()
        if not self.env.user._is_service_manager():
            raise AccessError(self.env._("Only a manager of service contracts may allow that."))
        if not self.service_amendment_reason_id:
            raise UserError(self.env._("Give the reason of the amendment first."))
        self.sudo().service_loss_allowed = self.service_lost_amount
        self.message_post(body=self.service_loss_warning)


class ServiceAmendment(models.Model):
    _inherit = "service.amendment"

    def _is_loss_allowed(self):
        order = self.sudo().sale_order_id
        is_own = bool(order) and order.service_amended_contract_id == self.contract_id
        is_allowed = is_own and order._is_loss_allowed(self.lost_amount)
        return is_allowed or super()._is_loss_allowed()

    def _get_source_name(self):
        return self.sudo().sale_order_id.name or super()._get_source_name()

    def _get_next_step(self):
        if self.sudo().sale_order_id:
            return self.env._("Ask a manager to press “Allow It” on the quotation.")
        return super()._get_next_step()
