from datetime import date, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, formatLang

from ...tools import exits
from ...tools.periods import Period
from ..common.service_notice_mixin import ACTIVITY


class ServiceAmendment(models.Model):
    """What an amendment takes out of a commitment (L06).

    Taking everything out is an exit, and refused. Less of it, before the day on which the customer
    may leave at no cost, is allowed by a manager only, with a reason: the estimate of what is
    lost is compared with what an exit would claim.
    """

    _inherit = "service.amendment"

    lost_until = fields.Date(compute="_compute_loss")
    lost_amount = fields.Monetary(
        compute="_compute_loss",
        string="Lost",
        help="What the customer would still owe up to the end of the commitment, less what is owed "
        "after this amendment; tax excluded.",
    )
    loss_warning = fields.Text(compute="_compute_loss")
    can_confirm = fields.Boolean(compute="_compute_can_confirm")
    can_ask = fields.Boolean(compute="_compute_can_confirm")

    @api.depends(
        "state",
        "effective_date",
        "is_new_commitment",
        "commitment_months",
        "is_new_renewal",
        "tacit_months",
        "notice_count",
        "notice_unit",
        "line_ids.change",
        "line_ids.quantity",
        "line_ids.price_unit",
        "line_ids.discount",
        "line_ids.discount_until",
        "line_ids.price_period",
        "level_warning",
    )
    @api.depends_context("lang")
    def _compute_loss(self):
        for amendment in self:
            lost, until = 0.0, False
            is_open = amendment.state in ("draft", "quoted")
            if is_open and amendment.contract_id and amendment.effective_date:
                lost, until = amendment._estimate_loss()
            amendment.lost_amount = lost
            amendment.lost_until = until if lost else False
            warnings = [amendment._describe_loss()] if lost else []
            warnings += [amendment.level_warning] if amendment.level_warning else []
            amendment.loss_warning = "\n".join(warnings)

    @api.depends("state", "lost_amount", "level_warning", "activity_id")
    @api.depends_context("uid")
    def _compute_can_confirm(self):
        is_manager = self.env.user._is_service_manager()
        for amendment in self:
            is_draft = amendment.state == "draft"
            is_held = bool(amendment.loss_warning) and not is_manager
            amendment.can_confirm = is_draft and not is_held
            amendment.can_ask = is_draft and is_held and not amendment.sudo().activity_id

    # ----- The estimate -----

    def _estimate_loss(self):
        """Return ``(amount, last day that binds)``: what the customer owes less what will be owed.

        Bound are the days up to the earliest exit at no cost of a customer who writes today (L01,
        L03, L04). Nothing is lost without a commitment.
        """
        self.ensure_one()
        contract = self.contract_id.sudo()
        present = contract._get_exit_commitment()
        if contract.state != "active" or not present.initial_months:
            return 0.0, False
        bond = self._get_bond(present, contract._get_exit_customer())
        owed = (
            sum(contract.line_ids.mapped(lambda line: line._get_untaxed_price(bond))) if bond else 0
        )
        lost = contract.currency_id.round(owed - self._get_amount_after(bond))
        return max(lost, 0.0), bond and bond.last_day

    def _get_bond(self, commitment, customer):
        """Return the days from the amendment on that a commitment binds, None without any."""
        contract = self.contract_id
        answer = exits.leave(
            commitment,
            customer,
            contract._get_local_today(),
            telecom=contract._get_exit_telecom(),
            right=contract._get_exit_withdrawal(),
        )
        last_day = min(answer.earliest, contract.date_end or answer.earliest)
        if last_day < self.effective_date:
            return None
        return Period(self.effective_date, last_day + timedelta(days=1))

    def _get_amount_after(self, bond):
        """Return what is owed as amended, up to the end of the commitment that binds then."""
        if self.is_new_commitment and self.commitment_months > 0:
            bond = self._get_bond(self._get_new_commitment(), self._get_customer())
        if not bond:
            return 0.0
        contract = self.contract_id.sudo()
        rows = self.line_ids.filtered(lambda row: row.change != "remove")
        untouched = contract.line_ids - self.line_ids.contract_line_id._origin
        return sum(row._get_untaxed_price(bond) for row in rows) + sum(
            line._get_untaxed_price(bond) for line in untouched
        )

    def _get_new_commitment(self):
        _number, tacit_months, notice = self._get_agreed_renewal()
        return exits.Commitment(self.effective_date, self.commitment_months, tacit_months, notice)

    def _describe_loss(self):
        self.ensure_one()
        values = {
            "amount": formatLang(self.env, self.lost_amount, currency_obj=self.currency_id),
            "day": format_date(self.env, self.lost_until),
        }
        if not self.lost_until:
            return self.env._("The contract brings %(amount)s less.", **values)
        return self.env._(
            "The customer is committed until %(day)s; up to then the contract brings %(amount)s "
            "less than agreed. A manager decides, with a reason.",
            **values,
        )

    # ----- What is allowed -----

    def _check_not_emptied(self):
        """Refuse to take everything out: that is an exit, with its notice and its price (L06)."""
        lines = self.contract_id.line_ids
        removed = self.line_ids.filtered(lambda row: row.change == "remove").contract_line_id
        is_going_on = any(row.change == "add" for row in self.line_ids)
        if removed and not is_going_on and self._ends_earlier(lines, removed):
            raise UserError(
                self.env._(
                    "Nothing would be left of %(contract)s: that is an exit. Press “Terminate…” on "
                    "the contract instead: it says from when the customer may leave, and what is "
                    "due.",
                    contract=self.contract_id.name,
                )
            )

    def _ends_earlier(self, lines, removed):
        """Tell whether the last of the lines ends earlier without the removed ones."""
        ends = {line: line._get_lifetime()[1] or date.max for line in lines}
        left = [end for line, end in ends.items() if line not in removed]
        return max(left, default=self.effective_date) < max(ends.values())

    def _check_loss(self):
        """Leave a loss within the commitment to managers, and keep the reason (L06)."""
        if self._is_loss_allowed():
            return
        if not self.env.user._is_service_manager():
            raise UserError(
                "\n".join([self._get_source_name(), self.loss_warning, self._get_next_step()])
            )
        self._check_reason()

    def _check_reason(self):
        """Refuse a loss without the reason that is kept of it, to who asks and who allows (L06)."""
        if not self.reason_id:
            raise UserError(
                "\n".join(
                    [
                        self._get_source_name(),
                        self.loss_warning or "",
                        self.env._("Give a reason."),
                    ]
                )
            )

    def _check_open_loss(self):
        """Refuse to ask where there is nothing to allow."""
        if self._is_loss_allowed():
            raise UserError(
                self.env._(
                    "%(name)s: there is nothing that a manager has to allow.", name=self.name
                )
            )

    def _is_loss_allowed(self):
        """Tell whether nothing is lost, or no more than a manager allowed; a hook.

        A level apart from its products is allowed by who puts the amendment in force.

        :return: bool
        """
        self.ensure_one()
        return not (self.lost_amount or self.level_warning)

    def _get_source_name(self):
        return self.name

    def _get_next_step(self):
        return self.env._("Press “Ask a Manager”.")

    # ----- Asking -----

    def action_ask(self):
        """Give a manager an activity on the contract; the amendment stays a draft.

        Who asks hears at once what the manager would be refused: only the decision is left.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_state("draft")
        self._check_feasible()
        self._check_open_loss()
        self._check_reason()
        self._ask_manager(self.env._("%(name)s to put in force", name=self.name))

    def _ask_manager(self, summary):
        """Give a manager an activity on the contract that says what is lost."""
        self.ensure_one()
        amendment = self.sudo()
        contract = amendment.contract_id
        approver = contract.company_id._choose_service_manager(contract.user_id)
        if not approver:
            raise UserError(
                self.env._(
                    "%(company)s has no manager of service contracts to ask: have an administrator "
                    "make somebody one.",
                    company=contract.company_id.name,
                )
            )
        note = Markup("%s %s") % (self.loss_warning, amendment._get_html_link())
        amendment.activity_id = contract.activity_schedule(
            ACTIVITY, summary=summary, note=note, user_id=approver.id
        )
