from datetime import timedelta
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools import exits
from ...tools.discounts import by_percent
from ...tools.periods import Period, subtract
from ..common.field_values import get_label

ONGOING = ("waiting", "confirmed")


class ServiceContract(models.Model):
    """How a customer leaves: what the rules allow, what it costs, and the last day it leads to."""

    _inherit = "service.contract"

    termination_ids = fields.One2many("service.termination", "contract_id")
    termination_id = fields.Many2one(
        "service.termination",
        string="Present Termination",
        compute="_compute_termination_id",
        compute_sudo=True,
    )
    termination_note = fields.Text(compute="_compute_termination_id", compute_sudo=True)
    can_confirm_termination = fields.Boolean(compute="_compute_termination_id", compute_sudo=True)
    can_withdraw_termination = fields.Boolean(compute="_compute_termination_id", compute_sudo=True)
    is_telecom = fields.Boolean(related="family_id.is_telecom")
    is_telecom_cap_waived = fields.Boolean(
        string="24-Month Limit Given up",
        copy=False,
        tracking=True,
        help="The firm or non-profit expressly agreed to a longer commitment than the 24 months "
        "by which the law protects it.",
        lock="draft",
    )

    @api.depends("state", "termination_ids.state")
    @api.depends_context("lang", "uid")
    def _compute_termination_id(self):
        for contract in self:
            ongoing = contract.termination_ids.filtered(lambda row: row.state in ONGOING)[:1]
            contract.termination_id = ongoing
            contract.termination_note = ongoing._describe_banner()
            contract.can_confirm_termination = ongoing.can_confirm
            contract.can_withdraw_termination = ongoing.can_withdraw

    # ----- Questions to the rules -----

    def _get_exit(self, received, wished=None, is_subsidised=False, termination=None):
        """Return the calendar core's answer to a letter: the earliest exit, the cost of a wish.

        UserError, in words, where there is nothing to leave or a date lies outside the contract.
        """
        self.ensure_one()
        self._check_can_leave(wished, termination, received)
        return exits.leave(
            self._get_exit_commitment(),
            self._get_exit_customer(),
            received,
            wished or None,
            self._get_exit_telecom(is_subsidised),
            self._get_unbilled_periods(),
            self._get_exit_withdrawal(),
        )

    def _get_exit_customer(self):
        self.ensure_one()
        return exits.Customer(self.regime, self.is_small_firm, self.is_telecom_cap_waived)

    def _get_exit_telecom(self, is_subsidised=False):
        """Return the telecom rules of the family, None for other services."""
        family = self.family_id
        if not family.is_telecom:
            return None
        return exits.Telecom(family.telecom_exit_notice_days, is_subsidised)

    def _get_exit_commitment(self):
        """Return what binds the contract: durations as signed or amended, terms recorded.

        What an amendment began anew binds instead of everything before.
        """
        self.ensure_one()
        start, months, first = self._get_commitment_anchor()
        terms = self.commitment_ids.filtered(
            lambda term: term.number >= first and not term.is_refused
        )
        (_first, tacit_months, notice), *amended = self._get_renewal_rules(first)
        return exits.Commitment(
            start,
            months,
            tacit_months,
            notice,
            tuple(
                exits.Term(term.number, term.date_start, term.date_end, term.is_free_exit)
                for term in terms.sorted("number")
            ),
            first,
            self.date_start,
            tuple(amended),
        )

    def _check_can_leave(self, last_day=None, termination=None, received=None):
        """Refuse a second termination, a contract that is not active, a day outside of it.

        ``termination`` is the one that is asked about, if it is recorded already; ``received`` is
        the day of the letter, before which nobody leaves.
        """
        for contract in self:
            if issue := contract._get_exit_issue(last_day, termination, received):
                raise UserError(issue)

    def _get_exit_issue(self, last_day=None, termination=None, received=None):
        """Return in words why the contract cannot be left, empty when it can."""
        self.ensure_one()
        if self.state != "active":
            return self.env._(
                "%(contract)s is “%(state)s”: only an active contract is terminated.",
                contract=self.name,
                state=get_label(self, "state"),
            )
        if self.termination_id and self.termination_id != termination:
            return self.env._(
                "%(contract)s has a termination already, on %(day)s. Withdraw it first.",
                contract=self.name,
                day=format_date(self.env, self.termination_id.effective_date),
            )
        is_undone = termination and termination.kind == "withdrawal" and self._get_exit_withdrawal()
        if last_day and last_day < self.date_start and not is_undone:
            return self.env._(
                "%(contract)s starts on %(start)s and cannot end before.",
                contract=self.name,
                start=format_date(self.env, self.date_start),
            )
        if last_day and self.date_end and last_day > self.date_end:
            return self.env._(
                "%(contract)s ends on %(end)s anyway.",
                contract=self.name,
                end=format_date(self.env, self.date_end),
            )
        if last_day and received and last_day < received and not is_undone:
            return self.env._(
                "The letter was received on %(received)s: the contract cannot have ended before, "
                "on %(day)s.",
                received=format_date(self.env, received),
                day=format_date(self.env, last_day),
            )
        return False

    # ----- Amounts -----

    def _get_residual_amount(self, residual):
        """Return the untaxed recurring price of the days left, as the lines stand today (L06)."""
        self.ensure_one()
        if not residual:
            return 0.0
        return sum(line._get_untaxed_price(residual) for line in self.line_ids)

    def _get_untaxed_price_of(self, item, period):
        """Return what something with a price by period costs for some days, tax excluded.

        ``item`` is a line of the contract, or of an amendment.
        """
        self.ensure_one()
        parts = subtract(period, self._get_unbilled_periods()) if period else []
        amount = 0.0
        for percent, days in by_percent(parts, item.discount, item.discount_until).items():
            months = sum((exits.count_months(part, self.anchor_date) for part in days), Fraction(0))
            net = item.quantity * item.price_unit * (1 - percent / 100)
            amount += net * float(months) / int(item.price_period)
        charges = self.env["service.charge"]
        taxes = charges._get_taxes(item.product_id, self.company_id, self.fiscal_position_id)
        return taxes._compute_line_of_charge(
            self.currency_id.round(amount),
            currency=self.currency_id,
            product=item.product_id,
            partner=self.partner_invoice_id,
        )["total_excluded"]

    def _get_advance_amount(self, last_day):
        """Return what was billed and not yet given back for the days after a last day (L01).

        Tax excluded.
        """
        self.ensure_one()
        end = last_day + timedelta(days=1)
        kept = [Period(self.date_start, end)] if end > self.date_start else []
        charges = self.sudo().charge_ids.filtered(
            lambda charge: charge.kind == "period" and charge.state == "invoiced"
        )
        return sum(
            charge._get_untaxed_part(part)
            for charge in charges
            for billed in self._get_kept_periods(charge)
            for part in subtract(billed, kept)
        )

    @api.model
    def _get_kept_periods(self, charge):
        """Return the days of a charge that nothing gives back; what does may be taken back."""
        given = [part for other in charge.reversal_ids for part in self._get_kept_periods(other)]
        return subtract(charge._get_period(), sorted(given, key=lambda part: part.start))

    # ----- The last day -----

    def _set_last_day(self, last_day):
        """Give the contract its last day, or none; its charges are those of the new dates at once.

        Until the day that they were made up to, so that a withdrawn end leaves no trace.
        """
        self.ensure_one()
        until = self.charged_until
        self._as_workflow().write(self._prepare_last_day_vals(last_day))
        if until:
            self._generate_charges(until)

    def _prepare_last_day_vals(self, last_day):
        """Return what the contract's last day, or none, writes on it; a hook."""
        is_withdrawn = bool(last_day and last_day < self.date_start)
        return {"date_end": last_day, "is_withdrawn": is_withdrawn}

    # ----- Buttons -----

    def action_simulate_exit(self):
        """Open the simulator: the only way to an end that is not the contract's own last day.

        Renewals that an outage left behind are recorded before: they decide how one may leave.
        """
        self.ensure_one()
        self.check_access("read")
        self._check_can_leave()
        self.sudo()._renew()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leave %(contract)s", contract=self.name),
            "res_model": "service.exit.simulation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    def action_open_termination(self):
        self.ensure_one()
        self.check_access("read")
        return self.termination_id._get_records_action(name=self.env._("Termination"))

    def action_confirm_termination(self):
        self.check_access("read")
        self.termination_id.action_confirm()

    def action_withdraw_termination(self):
        self.check_access("read")
        self.termination_id.action_withdraw()
