from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools import withdrawal
from ..common.service_notice_mixin import ACTIVITY

CONCLUSIONS = [
    ("premises", "At our premises"),
    ("distance", "At a distance"),
    ("off_premises", "Away from our premises"),
]


class ServiceContract(models.Model):
    """The days in which a customer may withdraw from a contract, and what that undoes (L19)."""

    _inherit = "service.contract"

    conclusion = fields.Selection(
        CONCLUSIONS,
        string="Concluded",
        default="distance",
        required=True,
        tracking=True,
        help="Consumers may withdraw from what is concluded at a distance or away from our "
        "premises (Code de la consommation L221-18).",
        lock="draft",
    )
    concluded_on = fields.Date(
        copy=False,
        tracking=True,
        help="The days to withdraw are counted from here; empty, none are watched.",
        lock="draft",
    )
    is_off_activity = fields.Boolean(
        string="Small Firm outside its Activity",
        tracking=True,
        help="At most five employees, and the service lies outside the firm's main activity: what "
        "is concluded away from our premises may be withdrawn from as by a consumer (L221-3).",
        lock="draft",
    )
    is_start_requested = fields.Boolean(
        string="Immediate Start Requested",
        copy=False,
        tracking=True,
        help="The customer expressly asked for the service to start before the last day to "
        "withdraw. Without it nothing is owed by who withdraws (L221-25).",
        lock="draft",
    )
    withdrawal_until = fields.Date(
        string="May Withdraw until", compute="_compute_withdrawal_until", store=True
    )
    is_withdrawal_open = fields.Boolean(compute="_compute_is_withdrawal_open")
    is_withdrawn = fields.Boolean(
        string="Withdrawn from",
        readonly=True,
        copy=False,
        lock="workflow",
        help="The customer withdrew before anything was owed: the contract never began.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start OR is_withdrawn AND date_end = date_start - 1)",
        "A contract ends on or after its start.",
    )

    @api.depends("conclusion", "concluded_on", "regime", "is_off_activity", "partner_shipping_id")
    def _compute_withdrawal_until(self):
        for contract in self:
            contract.withdrawal_until = contract._get_withdrawal_until()

    def _get_withdrawal_until(self):
        """Return the last day to withdraw, False without a right to (L19)."""
        self.ensure_one()
        return self.company_id._get_withdrawal_until(
            (self.regime, self.is_off_activity),
            self.conclusion,
            self.concluded_on,
            self.partner_shipping_id,
        )

    def _get_clause_conditions(self):
        """Say what renews tacitly, and to whom may withdraw how to do it (L19, L28)."""
        conditions = super()._get_clause_conditions()
        if self.initial_months:
            conditions.add("renewal")
        if withdrawal.has_right(self.regime, self.conclusion, self.is_off_activity):
            conditions.add("withdrawal")
        return conditions

    @api.depends("withdrawal_until", "state")
    def _compute_is_withdrawal_open(self):
        for contract in self:
            is_alive = contract.state in ("draft", "active")
            contract.is_withdrawal_open = is_alive and contract._may_still_withdraw()

    def _may_still_withdraw(self):
        self.ensure_one()
        until = self.withdrawal_until
        return bool(until) and self._get_local_today() <= until

    def _get_activation_issues(self):
        """Keep a service from starting before the last day to withdraw, unless asked for (L19)."""
        issues = super()._get_activation_issues()
        if self._is_start_early():
            issues.append(
                self.env._(
                    "The customer may withdraw until %(until)s: let the service start later, or "
                    "have the customer expressly ask for an immediate start.",
                    until=format_date(self.env, self.withdrawal_until),
                )
            )
        return issues

    def _is_start_early(self):
        self.ensure_one()
        return not withdrawal.may_start(
            self.date_start, self.withdrawal_until or None, self.is_start_requested
        )

    def _activate_if_ready(self):
        """Remind the salesperson of a contract that waits for the last day to withdraw."""
        ready = super()._activate_if_ready()
        for contract in self - ready:
            if contract.state == "draft" and contract._is_start_early():
                contract._remind_of_start()
        return ready

    def _remind_of_start(self):
        self.ensure_one()
        day = self.withdrawal_until + timedelta(days=1)
        if day not in self.sudo().activity_ids.mapped("date_deadline"):
            self.activity_schedule(
                ACTIVITY,
                date_deadline=day,
                summary=self.env._("The days to withdraw are over: let the service start"),
                user_id=(self.user_id or self.env.user).id,
            )

    def _get_exit_withdrawal(self):
        """Return the right of withdrawal as the rules of exits see it, None without it."""
        self.ensure_one()
        if not self.withdrawal_until:
            return None
        return withdrawal.Withdrawal(self.withdrawal_until, self.is_start_requested)

    # ----- The end of what never began -----

    def _is_undone(self):
        return super()._is_undone() or self.is_withdrawn

    def _end_withdrawn(self):
        """End at once what the customer withdrew from before anything was owed."""
        for contract in self:
            if contract.is_withdrawn and contract.state == "active":
                contract._set_ended(contract.date_end)
