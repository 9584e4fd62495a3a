from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, formatLang

from ..common.field_values import get_label
from ..common.service_notice_mixin import ACTIVITY


class ServiceTermination(models.Model):
    """The end of a contract as a record: asked for, confirmed, or withdrawn (L01–L06).

    Its figures and the steps of its reasoning are those of the day on which it was asked for.
    """

    _name = "service.termination"
    _description = "Contract Termination"
    _inherit = ["service.state.mixin", "service.decision.mixin"]
    _check_company_auto = True
    _order = "effective_date desc, id desc"
    _rec_name = "contract_id"
    _is_made_by_workflow = True

    _transitions = {
        "state": {
            "draft": (),
            "waiting": ("draft",),
            "confirmed": ("draft", "waiting"),
            "withdrawn": ("draft", "waiting", "confirmed"),
        }
    }

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="once",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", string="Customer", store=True, index=True
    )
    family_id = fields.Many2one(related="contract_id.family_id", store=True, index=True)
    level_id = fields.Many2one(related="contract_id.level_id", store=True, index="btree_not_null")
    user_id = fields.Many2one(related="contract_id.user_id", store=True, index="btree_not_null")
    kind = fields.Selection(
        [
            ("refusal", "End of a commitment"),
            ("free", "Exit at no cost"),
            ("termination", "Early exit"),
            ("withdrawal", "Withdrawal"),
        ],
        required=True,
        default="termination",
        help="Whether the contract ends with a commitment period, where nothing binds, or within a "
        "commitment.",
        lock="workflow",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting for Approval"),
            ("confirmed", "Confirmed"),
            ("withdrawn", "Withdrawn"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        lock="workflow",
    )
    received_date = fields.Date(
        string="Letter Received on",
        help="Of a withdrawal: the day on which the customer sent it (L19).",
        lock="workflow",
    )
    requested_date = fields.Date(string="Wished Last Day", lock="workflow")
    earliest_date = fields.Date(string="Earliest Day at no Cost", lock="workflow")
    effective_date = fields.Date(
        string="Last Day of the Contract", required=True, index=True, lock="workflow"
    )
    residual_until = fields.Date(string="Committed until", lock="workflow")
    residual_months = fields.Float(digits=(6, 2), aggregator=None, lock="workflow")
    residual_amount = fields.Monetary(
        help="Untaxed amount of the months left in the commitment.", lock="workflow"
    )
    residual_percent = fields.Float(
        string="Part Claimed", default=100.0, aggregator=None, lock="workflow"
    )
    claimed_amount = fields.Monetary(
        compute="_compute_claimed_amount", store=True, help="Billed at the end, tax excluded."
    )
    refund_amount = fields.Monetary(
        string="Given back",
        help="Billed ahead for days after the end, tax excluded.",
        lock="workflow",
    )
    refund_by = fields.Date(
        string="Refund by",
        help="30 days after a free exit (L01), 14 after a withdrawal (L19).",
        lock="workflow",
    )
    lost_mrr = fields.Monetary(
        string="Lost Monthly Amount",
        currency_field="company_currency_id",
        readonly=True,
        lock="workflow",
    )
    steps = fields.Json(readonly=True, lock="workflow")
    steps_html = fields.Html(string="Reasoning", compute="_compute_steps_html")
    approver_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, lock="workflow"
    )
    approved_on = fields.Date(string="Confirmed on", readonly=True, lock="workflow")
    reason_id = fields.Many2one(
        "service.reason",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('usage', '=', 'exit')]",
        check_company=True,
        lock="workflow",
    )
    note = fields.Text(lock="workflow")
    previous_date_end = fields.Date(readonly=True, lock="workflow")
    refused_term_id = fields.Many2one(
        "service.commitment",
        string="Refused Renewal",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
        check_company=True,
    )
    charge_id = fields.Many2one(
        "service.charge",
        string="Closing Charge",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )
    can_confirm = fields.Boolean(compute="_compute_can")
    can_withdraw = fields.Boolean(compute="_compute_can")

    _one_ongoing = models.UniqueIndex(
        "(contract_id) WHERE state IN ('waiting', 'confirmed')",
        "This contract has a termination already.",
    )
    _percent_range = models.Constraint(
        "CHECK (residual_percent BETWEEN 0 AND 100)", "The part claimed lies between 0 and 100 %."
    )

    @api.depends("residual_amount", "residual_percent", "currency_id")
    def _compute_claimed_amount(self):
        for termination in self:
            currency = termination.currency_id or termination.env.company.currency_id
            amount = termination.residual_amount * termination.residual_percent / 100
            termination.claimed_amount = currency.round(amount)

    @api.depends("state", "effective_date")
    @api.depends_context("uid")
    def _compute_can(self):
        is_manager = self.env.user._is_service_manager()
        for termination in self:
            is_waiting = termination.state in ("draft", "waiting")
            termination.can_confirm = is_manager and is_waiting
            termination.can_withdraw = is_manager and (
                is_waiting or termination._is_before_its_date()
            )

    def _is_before_its_date(self):
        """Tell whether a confirmed end is still to come at the customer's."""
        self.ensure_one()
        contract = self.contract_id
        today = contract._get_local_today() if contract.tz else fields.Date.today()
        is_running = self.state == "confirmed" and contract.state == "active"
        return is_running and self.effective_date >= today

    # ----- States -----

    def _raise_transition(self, state, name):
        raise UserError(
            self.env._(
                "The termination of %(contract)s is “%(state)s” and cannot become “%(target)s”.",
                contract=self.contract_id.name,
                state=get_label(self, name),
                target=get_label(self, name, state),
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        terminations = super().create(vals_list)
        for termination in terminations:
            termination.contract_id._check_can_leave(
                termination.effective_date, termination, received=termination.received_date
            )
        return terminations

    def _submit(self):
        """Confirm, or wait for a manager: a salesperson asked, or much is claimed (L06)."""
        for termination in self:
            if termination._is_approval_needed():
                termination.sudo()._update_state("waiting")._ask_for_approval()
            else:
                termination._set_confirmed()

    def _is_approval_needed(self):
        self.ensure_one()
        limit = self.company_id.service_exit_approval_amount
        is_above = bool(limit) and self._convert_to_company(self.claimed_amount) > limit
        return is_above or not self.env.user._is_service_manager()

    def _convert_to_company(self, amount):
        return self.currency_id._convert(
            amount, self.company_currency_id, self.company_id, fields.Date.context_today(self)
        )

    def _ask_for_approval(self):
        """Give a manager an activity on the contract."""
        for termination in self.sudo():
            if approver := termination._get_approver():
                termination.activity_id = termination.contract_id.activity_schedule(
                    ACTIVITY,
                    summary=self.env._("Termination to approve"),
                    note=termination._describe(),
                    user_id=approver.id,
                )

    def _get_approver(self):
        """Return the user whom to ask: the salesperson where that is a manager, else a manager.

        Hook: every manager may decide, whoever has the activity.
        """
        self.ensure_one()
        return self.company_id._choose_service_manager(self.user_id)

    def _set_confirmed(self):
        """Confirm: the contract has its last day, its renewal is refused, its close is charged."""
        self.contract_id._check_manager()
        self._check_transition("confirmed")
        for termination in self.sudo():
            contract = termination.contract_id
            contract._check_can_leave(termination.effective_date, termination)
            contract._renew()
            termination._check_figures()
            termination._update_state(
                "confirmed",
                approver_id=self.env.uid,
                approved_on=contract._get_local_today(),
                previous_date_end=contract.date_end,
                lost_mrr=termination._convert_to_company(contract.mrr),
            )
            termination._refuse_renewals()
            contract._set_last_day(termination.effective_date)
            termination._charge_residual()
            termination._close_activity()
            contract._message_log(body=termination._describe())
            contract._end_expired()
            contract._end_withdrawn()

    def _check_figures(self):
        """Refuse figures that are no longer those of the contract (L06).

        An amendment, a suspension or a price revision since it was asked for changes them.
        """
        self.ensure_one()
        if self.state == "waiting" and self.received_date and self._is_outdated():
            raise UserError(
                self.env._(
                    "%(contract)s has changed since this exit was asked for, and it costs another "
                    "amount now: withdraw it and ask again.",
                    contract=self.contract_id.name,
                )
            )

    def _is_outdated(self):
        """Tell whether the rules answer otherwise today, whatever was sold below its price."""
        self.ensure_one()
        answers = (
            self.contract_id._get_exit(self.received_date, self.effective_date, is_subsidised, self)
            for is_subsidised in (False, True)
        )
        return not any(self._is_answered_by(answer.residual) for answer in answers)

    def _is_answered_by(self, residual):
        self.ensure_one()
        amount = self.contract_id._get_residual_amount(residual)
        is_same_amount = not self.currency_id.compare_amounts(amount, self.residual_amount)
        until = residual.last_day if residual else False
        return is_same_amount and until == self.residual_until

    def _set_withdrawn(self):
        """Withdraw: before its date, the contract is again what it was."""
        self.contract_id._check_manager()
        self._check_transition("withdrawn")
        for termination in self.sudo():
            contract = termination.contract_id
            if termination.state == "confirmed":
                termination._check_not_closed()
                termination._update_state("withdrawn")
                termination.charge_id.unlink()
                termination._restore_renewals()
                contract._set_last_day(termination.previous_date_end)
            else:
                termination._update_state("withdrawn")
            termination._close_activity()
            contract._message_log(body=self.env._("The termination is withdrawn."))

    def _check_not_closed(self):
        """Refuse to withdraw what has taken effect, or what an invoice holds."""
        self.ensure_one()
        if not self._is_before_its_date():
            raise UserError(
                self.env._(
                    "%(contract)s ended on %(day)s: record a new contract instead.",
                    contract=self.contract_id.name,
                    day=format_date(self.env, self.effective_date),
                )
            )
        closing = self.contract_id.charge_ids.filtered(
            lambda charge: (
                charge.kind in ("credit", "termination") and charge.date_start > self.effective_date
            )
        )
        closing._check_not_given_back()

    # ----- What follows -----

    def _refuse_renewals(self):
        """Mark the renewals that will not begin; where a term ends, the next one stands refused."""
        self.ensure_one()
        contract = self.contract_id
        last = contract._get_last_term()
        contract.commitment_ids.filtered(
            lambda term: term.date_start > self.effective_date
        ).is_refused = True
        if last and last.date_end == self.effective_date:
            commitments = self.env["service.commitment"].sudo()
            vals = commitments._prepare_commitment_vals(contract, last.number + 1)
            self.refused_term_id = commitments.create({**vals, "is_refused": True})

    def _restore_renewals(self):
        self.ensure_one()
        terms = self.contract_id.commitment_ids
        self.refused_term_id.unlink()
        terms.exists().filtered("is_refused").is_refused = False

    def _charge_residual(self):
        """Charge what is claimed of the rest, once, from the day after the end (L06)."""
        self.ensure_one()
        if not self.currency_id.is_zero(self.claimed_amount):
            charges = self.env["service.charge"].sudo()
            self.charge_id = charges.create(self._prepare_charge_vals())

    def _prepare_charge_vals(self):
        """Return the closing charge; the taxes of its product decide whether it bears VAT."""
        self.ensure_one()
        contract = self.contract_id
        charges = self.env["service.charge"]
        product = self._get_product()
        start = fields.Date.add(self.effective_date, days=1)
        end = fields.Date.add(self.residual_until, days=1)
        taxes = charges._get_taxes(product, contract.company_id, contract.fiscal_position_id)
        return {
            **charges._prepare_billing_party_vals(contract.partner_id, contract),
            "kind": "termination",
            "component": "other",
            "product_id": product.id,
            "name": self._get_charge_name(product),
            "quantity": 1.0,
            "price_unit": self.claimed_amount,
            "tax_ids": [fields.Command.set(taxes.ids)],
            "date_start": start,
            "date_end": end,
            "billing_date": start,
            "explanation": {
                "schema": 1,
                "kind": "termination",
                "start": start.isoformat(),
                "end": end.isoformat(),
                "months": f"{self.residual_months:g}",
                "amount": str(self.residual_amount),
                "percent": f"{self.residual_percent:g}",
            },
        }

    def _get_product(self):
        """Return the company's product for the rest of a commitment, in words if there is none."""
        self.ensure_one()
        product = self.company_id.service_exit_product_id
        if not product:
            raise UserError(
                self.env._(
                    "Nothing says how to bill the rest of a commitment: choose the product in the "
                    "settings of service contracts, or run the set-up. Its taxes decide about VAT."
                )
            )
        return product

    def _get_charge_name(self, product):
        lang = self.contract_id.partner_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        return env._(
            "%(product)s\nCommitted until %(end)s, contract ended on %(day)s",
            product=product.with_context(lang=lang).name,
            end=format_date(env, self.residual_until),
            day=format_date(env, self.effective_date),
        )

    # ----- Buttons -----

    def action_confirm(self):
        self._set_confirmed()

    def action_withdraw(self):
        self._set_withdrawn()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ongoing(self):
        for termination in self:
            if termination.state in ("waiting", "confirmed"):
                raise UserError(
                    self.env._(
                        "The termination of %(contract)s is kept. Withdraw it instead.",
                        contract=termination.contract_id.name,
                    )
                )

    # ----- Words -----

    def _describe(self):
        """Return the end in one sentence."""
        self.ensure_one()
        day = format_date(self.env, self.effective_date)
        if self.currency_id.is_zero(self.claimed_amount):
            return self.env._("The contract ends on %(day)s; nothing is claimed.", day=day)
        return self.env._(
            "The contract ends on %(day)s; %(amount)s is claimed.",
            day=day,
            amount=formatLang(self.env, self.claimed_amount, currency_obj=self.currency_id),
        )

    def _describe_banner(self):
        """Return what the contract's form says of an end to come; empty without one."""
        if not self:
            return False
        reason = f" ({self.reason_id.name})" if self.reason_id else ""
        values = {"sentence": self._describe(), "reason": reason}
        if self.state == "waiting":
            return self.env._(
                "%(sentence)s Asked for by %(user)s, waits for a manager%(reason)s.",
                user=self.create_uid.name,
                **values,
            )
        return self.env._(
            "%(sentence)s Confirmed by %(user)s on %(date)s%(reason)s.",
            user=self.approver_id.name,
            date=format_date(self.env, self.approved_on),
            **values,
        )

    @api.depends("steps")
    @api.depends_context("lang")
    def _compute_steps_html(self):
        for termination in self:
            sentences = self._describe_steps(termination.steps or [])
            termination.steps_html = self.env["service.charge"]._get_sentences_html(sentences)
