from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..common.res_users import MANAGER
from .sale_order_amendment import AMENDING

COLLEAGUES = "base.group_user"


class SaleOrder(models.Model):
    """A quotation that takes something out of a commitment: allowed before it is sent (L06)."""

    _inherit = "sale.order"

    service_amendment_reason_id = fields.Many2one(
        "service.reason",
        string="Reason of the Amendment",
        ondelete="restrict",
        copy=False,
        domain="[('usage', '=', 'exit')]",
        groups=COLLEAGUES,
        check_company=True,
        lock="sealed",
    )
    service_loss_warning = fields.Text(compute="_compute_service_loss", groups=COLLEAGUES)
    service_lost_amount = fields.Monetary(compute="_compute_service_loss", groups=COLLEAGUES)
    service_loss_allowed = fields.Monetary(
        string="Loss Allowed", groups=MANAGER, copy=False, readonly=True, lock="workflow"
    )
    service_is_loss_open = fields.Boolean(compute="_compute_service_loss")
    service_is_loss_asked = fields.Boolean(compute="_compute_service_loss", groups=COLLEAGUES)
    service_can_allow_loss = fields.Boolean(compute="_compute_service_loss", groups=COLLEAGUES)

    @api.depends(*AMENDING, "service_loss_allowed", "service_is_telecom_cap_waived")
    @api.depends_context("lang", "uid")
    def _compute_service_loss(self):
        is_manager = self.env.user._is_service_manager()
        for order in self:
            amendment = order._imagine_amendment()
            lost, warning = amendment.lost_amount, amendment.loss_warning
            is_open = bool(lost) and not order._is_loss_allowed(lost)
            if lost and not is_open:
                warning = order.env._("%(warning)s It was allowed.", warning=warning)
            order.service_lost_amount = lost
            order.service_loss_warning = warning
            order.service_is_loss_open = is_open
            order.service_is_loss_asked = is_open and order._is_loss_asked(lost)
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

    def _is_loss_asked(self, lost):
        """Tell whether a manager has been asked about just that loss."""
        self.ensure_one()
        asked = self._get_quoted_amendments().mapped("lost_amount")
        return any(self.currency_id.compare_amounts(amount, lost) == 0 for amount in asked)

    # ----- Asking -----

    def action_ask_loss(self):
        """Show a manager the amendment as it is quoted, with an activity on its contract."""
        self.ensure_one()
        self.check_access("write")
        if not self.service_is_loss_open:
            raise UserError(self.env._("%(order)s: nothing has to be allowed.", order=self.name))
        self._check_loss_reason(self.service_amendment_reason_id)
        order = self.sudo()
        amendment = order._record_amendment(order._get_amending_lines())
        amendment._set_quoted()
        amendment._ask_manager(self.env._("%(order)s: loss to allow", order=self.name))

    @api.model
    def _check_loss_reason(self, reason):
        """Refuse a loss without its reason, to who asks and who allows (L06)."""
        if not reason:
            raise UserError(self.env._("Give the reason of the amendment first."))

    def _get_quoted_amendments(self):
        """Return what a manager has been shown of these quotations."""
        amendments = self.sudo().service_amendment_ids
        return amendments.filtered(lambda amendment: amendment.state == "quoted")

    def _drop_quoted_amendments(self):
        amendments = self._get_quoted_amendments()
        amendments._drop_activity()
        amendments.unlink()

    # ----- Allowing -----

    def action_allow_loss(self):
        """Let a manager allow the loss, with a reason: the quotation may be sent then."""
        self.ensure_one()
        self.check_access("read")
        self._allow_loss(self.service_lost_amount, self.service_amendment_reason_id)

    def _allow_loss(self, amount, reason):
        """Allow as much as a manager has seen, whether or not the manager sells."""
        if not self.env.user._is_service_manager():
            raise AccessError(self.env._("Only a manager of service contracts may allow that."))
        self._check_loss_reason(reason)
        order = self.sudo()
        order._as_workflow().write(
            {"service_loss_allowed": amount, "service_amendment_reason_id": reason.id}
        )
        order._get_quoted_amendments()._close_activity()
        order.message_post(body=order.service_loss_warning)

    # ----- Until it is allowed -----

    def _check_loss_allowed(self):
        """Refuse to show the customer what a manager has not allowed."""
        for order in self.filtered("service_is_loss_open"):
            self.env["service.amendment"]._check_colleague()
            raise UserError(
                "\n".join([order.name, order.service_loss_warning, order._get_next_step()])
            )

    def _check_may_be_sent(self):
        """Refuse to send what is not allowed, but for a customer who is paying already."""
        self.filtered(lambda order: not order._is_payment_pending())._check_loss_allowed()

    def _get_next_step(self):
        if self.service_can_allow_loss:
            return self.env._("Press “Allow It” before it is sent.")
        if self.service_is_loss_asked:
            return self.env._("A manager has been asked.")
        return self.env._("Press “Ask a Manager”.")

    def action_quotation_send(self):
        self._check_loss_allowed()
        return super().action_quotation_send()

    def _forget_loss(self):
        """What was allowed of one contract is not allowed of another."""
        self._drop_quoted_amendments()
        self._as_workflow().service_loss_allowed = 0

    def _is_payment_pending(self):
        """Tell whether a customer is paying: booking that marks the quotation as sent."""
        self.ensure_one()
        return "pending" in self.sudo().transaction_ids.mapped("state")

    def _is_confirmation_amount_reached(self):
        """Take a payment by an earlier link without confirming: the money is booked, not lost."""
        return super()._is_confirmation_amount_reached() and not self._is_waiting_for_us()

    def _is_waiting_for_us(self):
        """Tell whether the customer may not conclude yet: a loss, or a regime, is open."""
        self.ensure_one()
        return self.service_is_loss_open or self._is_regime_open()

    def _has_to_be_signed(self):
        """Keep signatures waiting; customers decline, which asks the same, at any time."""
        is_waiting = self._is_waiting_for_us() and not self.env.context.get("service_is_declining")
        return super()._has_to_be_signed() and not is_waiting

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._is_waiting_for_us()

    # ----- When it is over -----

    @api.ondelete(at_uninstall=False)
    def _unlink_quoted_amendments(self):
        self._drop_quoted_amendments()
