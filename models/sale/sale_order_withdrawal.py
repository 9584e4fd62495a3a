from odoo import api, fields, models

from ...tools import clocks, withdrawal
from ..commitment.service_contract_withdrawal import CONCLUSIONS


class SaleOrder(models.Model):
    """The right of withdrawal of who signs a quotation, and when the service may begin (L19)."""

    _inherit = "sale.order"

    service_conclusion = fields.Selection(
        CONCLUSIONS,
        string="Concluded",
        default="distance",
        required=True,
        help="Consumers may withdraw from what is concluded at a distance or away from our "
        "premises (Code de la consommation L221-18).",
        lock="sealed",
    )
    service_is_off_activity = fields.Boolean(
        string="Small Firm outside its Activity",
        help="At most five employees, and the service lies outside the firm's main activity: what "
        "is concluded away from our premises may be withdrawn from as by a consumer (L221-3).",
        lock="sealed",
    )
    service_is_start_requested = fields.Boolean(
        string="Immediate Start Requested",
        copy=False,
        help="Tick it only where the customer expressly asks for the service to start before the "
        "last day to withdraw: it is printed on the quotation, and the customer signs it. Without "
        "it nothing is owed by who withdraws (L221-25).",
        lock="sealed",
    )
    service_withdrawal_until = fields.Date(
        string="May Withdraw until",
        compute="_compute_service_withdrawal_until",
        help="If the quotation is signed today; once it is signed, the very day.",
    )
    service_is_start_early = fields.Boolean(compute="_compute_service_withdrawal_until")

    @api.depends(
        "state",
        "signed_on",
        "date_order",
        "service_conclusion",
        "service_regime",
        "service_is_off_activity",
        "service_start_date",
        "service_is_start_requested",
        "service_has_recurring",
        "service_amended_contract_id",
        "partner_shipping_id",
        "company_id",
    )
    def _compute_service_withdrawal_until(self):
        for order in self:
            until = order._get_withdrawal_until()
            start = order.service_start_date or order._get_conclusion_date()
            is_requested = order.service_is_start_requested
            is_early = not withdrawal.may_start(start, until or None, is_requested)
            order.service_withdrawal_until = until
            order.service_is_start_early = is_early and order.state in ("draft", "sent")

    def _get_conclusion_date(self):
        """Return the customer's day on which the contract is concluded: today until then."""
        self.ensure_one()
        signed = self.signed_on or (self.state == "sale" and self.date_order)
        zone = self.partner_shipping_id._get_service_timezone(self.company_id)
        return clocks.localize(signed or fields.Datetime.now(), zone).date()

    def _get_withdrawal_until(self):
        """Return the last day to withdraw, False without a right to (L19)."""
        self.ensure_one()
        if not self.service_has_recurring or self.service_amended_contract_id:
            return False
        return self.company_id._get_withdrawal_until(
            (self._get_regime(), self.service_is_off_activity),
            self.service_conclusion,
            self._get_conclusion_date(),
            self.partner_shipping_id,
        )

    @api.onchange("partner_id", "service_regime", "service_conclusion")
    def _onchange_service_conclusion(self):
        """What one customer asks for is asked by nobody else: it is never ticked beforehand."""
        self.service_is_start_requested = False

    def _prepare_conclusion_vals(self):
        """Return how a contract was concluded, when, and what the customer asked for (L19)."""
        return {
            "conclusion": self.service_conclusion,
            "concluded_on": self._get_conclusion_date(),
            "is_off_activity": self.service_is_off_activity,
            "is_start_requested": self.service_is_start_requested,
        }
