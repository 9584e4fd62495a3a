from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..common.client_actions import SOFT_RELOAD


class ServiceAmendment(models.Model):
    """What changes in a contract from a day on: level, products, quantities, prices, commitment
    (S35).

    Each changed line ends the day before and goes on as another one; recurring charges are
    prorated by day, and what was billed ahead is given back. Dates of recorded terms never
    change: a new commitment is a record of its own (invariant 5).
    """

    _name = "service.amendment"
    _description = "Contract Amendment"
    _inherit = [
        "service.numbered.mixin",
        "service.state.mixin",
        "service.decision.mixin",
        "service.document.mixin",
    ]
    _check_company_auto = True
    _order = "contract_id, effective_date desc, id desc"

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="once",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    family_id = fields.Many2one(related="contract_id.family_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    effective_date = fields.Date(
        string="In Force from",
        required=True,
        default=fields.Date.context_today,
        lock="sealed",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("quoted", "Quoted"),
            ("done", "In force"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        help="Quoted: what a manager is shown of a quotation; confirming that one amends.",
        lock="workflow",
    )
    level_id = fields.Many2one(
        "service.level",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        domain="[('family_id', '=', family_id)]",
        lock="sealed",
    )
    level_before_id = fields.Many2one(
        "service.level",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        lock="workflow",
        check_company=True,
    )
    is_level_pending = fields.Boolean(readonly=True, copy=False, lock="workflow")
    line_ids = fields.One2many(
        "service.amendment.line", "amendment_id", string="Products", lock="sealed"
    )
    is_new_commitment = fields.Boolean(
        string="New Commitment",
        help="The customer commits anew from that day on. Otherwise the end of the commitment "
        "stays as it is.",
        lock="sealed",
    )
    commitment_months = fields.Integer(string="New Commitment of", lock="sealed", aggregator=None)
    commitment_ids = fields.One2many("service.commitment", "amendment_id")
    before = fields.Json(string="Values before", readonly=True, copy=False, lock="workflow")
    after = fields.Json(string="Values after", readonly=True, copy=False, lock="workflow")
    monthly_before = fields.Monetary(compute="_compute_monthly", string="Monthly before")
    monthly_after = fields.Monetary(compute="_compute_monthly", string="Monthly after")
    reason_id = fields.Many2one(
        "service.reason",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('usage', '=', 'exit')]",
        check_company=True,
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Sold by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        lock="workflow",
    )
    note = fields.Text()

    _transitions = {
        "state": {
            "draft": ("quoted",),
            "quoted": ("draft",),
            "done": ("draft",),
            "cancelled": ("draft", "done"),
        }
    }

    _level_pending = models.Index("(effective_date) WHERE is_level_pending")
    _months_positive = models.Constraint(
        "CHECK (NOT is_new_commitment OR commitment_months > 0)",
        "A new commitment has a duration.",
    )

    @api.depends(
        "line_ids.monthly_before", "line_ids.monthly_after", "before", "after", "effective_date"
    )
    def _compute_monthly(self):
        """Add up what is provided on the amendment's day: a later change is not due yet."""
        for amendment in self:
            rows = amendment.line_ids.filtered(lambda row: row._is_due())
            for name in ("before", "after"):
                kept = amendment[name]
                drafted = sum(rows.mapped(f"monthly_{name}"))
                amendment[f"monthly_{name}"] = kept["monthly"] if kept else drafted

    # ----- Drafts -----

    @api.model
    def default_get(self, fields_list):
        """Begin with what the contract has."""
        values = super().default_get(fields_list)
        contract = self.env["service.contract"].browse(values.get("contract_id"))
        if contract:
            day = contract._get_first_amending_day()
            values.update(self._prepare_draft_vals(contract, day))
        return values

    @api.model
    def _prepare_draft_vals(self, contract, day):
        """Return the values of an amendment that changes nothing yet."""
        lines = contract.line_ids.filtered(lambda line: line._is_served_on_or_after(day))
        _first, tacit_months, notice = contract._get_renewal_rules()[-1]
        return {
            "contract_id": contract.id,
            "effective_date": day,
            "level_id": contract._get_level_on(day).id,
            "billing_start": contract.billing_start,
            "commitment_months": contract.initial_months,
            "tacit_months": tacit_months,
            "notice_count": notice.count,
            "notice_unit": notice.unit,
            "line_ids": [
                Command.create(self.env["service.amendment.line"]._prepare_kept_vals(line))
                for line in lines
            ],
        }

    @api.constrains("contract_id")
    def _check_contract_lines(self):
        """Refuse rows that are another contract's since the amendment became one of this."""
        self.line_ids._check_contract_line()

    @api.model_create_multi
    def create(self, vals_list):
        amendments = super().create(vals_list)
        amendments.contract_id.check_access("write")
        for amendment in amendments:
            amendment._note_present()
        return amendments

    def _is_sealed(self):
        """What was put in force, shown or cancelled stays: taking it back relies on what it was."""
        self.ensure_one()
        return self.state != "draft"

    def _get_unsealed(self, names, vals):
        """Look at no values: those of rows are commands."""
        return names

    def _raise_sealed(self, names):
        self._check_state("draft")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        for amendment in self.filtered(lambda amendment: amendment.before):
            raise UserError(self.env._("%(name)s was in force and is kept.", name=amendment.name))

    # ----- Buttons -----

    def action_confirm(self):
        """Put amendments in force from their day on."""
        self._set_done()
        return {**SOFT_RELOAD}

    def action_cancel(self):
        """Take amendments back; refused once something was billed by them."""
        self._set_cancelled()

    # ----- States -----

    def _set_done(self):
        """Put the changes in force past the locks, and keep what the contract was and is after."""
        for amendment in self._as_workflow():
            amendment._check_state("draft")
            amendment._keep_level()
            amendment._check_applicable()
            before = amendment._take_snapshot()
            for line in amendment.line_ids:
                line._apply()
            amendment._apply_level()
            amendment._apply_commitment()
            amendment._apply_billing_periods()
            amendment._update_state("done", before=before)
            amendment.after = amendment._take_snapshot()
            amendment._log(self.env._("Amended by %(name)s.", name=amendment.name))
        self._close_activity()

    def _set_quoted(self):
        """Show a manager what a quotation sells: confirming the quotation amends."""
        self._update_state("quoted")

    def _set_draft(self):
        """Let what a manager was shown be written anew."""
        self._update_state("draft")

    def _set_cancelled(self):
        """Take back what is in force, exactly, as long as nothing was billed by it."""
        for amendment in self._as_workflow().sorted("id", reverse=True):
            amendment._check_state("draft", "done")
            was_done = amendment.state == "done"
            amendment._update_state("cancelled")
            if was_done:
                amendment._undo()
        self._close_activity()

    def _undo(self):
        self._undo_commitment()
        self._undo_billing_periods()
        for line in self.line_ids:
            line._undo()
        self._undo_level()
        self._log(self.env._("%(name)s was taken back.", name=self.name))

    def _log(self, words):
        self.contract_id._message_log(body=words)

    def _keep_level(self):
        """An amendment that names no level leaves the contract's as it is."""
        if not self.level_id:
            self.level_id = self.contract_id._get_level_on(self.effective_date)

    # ----- What is allowed -----

    def _check_applicable(self):
        """Refuse in words what cannot be put in force as it is."""
        self._check_feasible()
        self._check_loss()
        if not self.lost_amount:  # a loss was allowed by a manager, as it is
            self.line_ids._check_not_given_away()

    def _check_feasible(self):
        """Refuse in words what cannot be put in force whoever decides."""
        self.ensure_one()
        self._check_up_to_date()
        self._check_dates()
        self._check_changes()
        self._check_periods_over()
        self._check_not_leaving()
        self._check_no_gap()
        self._check_no_later_change()
        self._check_billing_periods()
        self._check_not_emptied()

    def _check_dates(self):
        """Refuse contracts that are not active, and days outside of them."""
        contract, day = self.contract_id, self.effective_date
        if contract.state != "active":
            raise UserError(
                self.env._(
                    "%(contract)s is not active: change it directly.", contract=contract.name
                )
            )
        if day < contract.date_start or (contract.date_end and day > contract.date_end):
            raise UserError(
                self.env._(
                    "%(day)s lies outside of %(contract)s.",
                    day=format_date(self.env, day),
                    contract=contract.name,
                )
            )

    def _check_changes(self):
        """Refuse what changes nothing, and what the contract or the law does not allow (L03)."""
        if self.level_id and self.level_id.family_id != self.family_id:
            raise UserError(
                self.env._(
                    "The level “%(level)s” belongs to another family.", level=self.level_id.name
                )
            )
        if not self._is_changing():
            raise UserError(self.env._("%(name)s changes nothing.", name=self.name))
        self._check_telecom_cap()
        self._check_renewable()

    def _is_changing(self):
        """Tell whether the contract would be another one; a hook.

        :return: bool
        """
        self.ensure_one()
        is_same_level = self.level_id == self.contract_id._get_level_on(self.effective_date)
        is_kept = all(line.change == "keep" for line in self.line_ids)
        is_committing = self.is_new_commitment or self._is_renewal_changed()
        is_other = is_committing or self.is_new_billing
        return is_other or not (is_same_level and is_kept)

    def _check_not_leaving(self):
        """Refuse to begin or renew the commitment of a contract that is being left (L06)."""
        is_committing = self.is_new_commitment or self.is_new_renewal
        if is_committing and (issue := self.contract_id.sudo()._get_exit_issue()):
            raise UserError(issue)

    def _check_no_gap(self):
        """Refuse a commitment that begins after the recorded ones: terms tile the time line."""
        if not self.is_new_commitment:
            return
        terms = self.contract_id.sudo().commitment_ids.filtered(lambda term: not term.is_refused)
        last_day = terms.sorted("number")[-1:]._get_held_until() if terms else False
        if last_day and self.effective_date > last_day + timedelta(days=1):
            raise UserError(
                self.env._(
                    "%(contract)s is committed until %(last)s: begin the new commitment on "
                    "%(day)s at the latest, or once its renewal is recorded.",
                    contract=self.contract_id.name,
                    last=format_date(self.env, last_day),
                    day=format_date(self.env, last_day + timedelta(days=1)),
                )
            )

    def _check_no_later_change(self):
        """Refuse to amend before a change of the same products that is recorded for a later day."""
        touched = self.line_ids.filtered(lambda line: line.change in ("change", "remove"))
        lines = touched.contract_line_id
        followers = self.contract_id.line_ids.filtered(
            lambda line: line.previous_line_id and line._get_lifetime()[0] > self.effective_date
        )
        later = followers.filtered(lambda line: line in lines or line.previous_line_id in lines)[:1]
        if later:
            raise UserError(
                self.env._(
                    "“%(line)s” changes again on %(day)s: amend from that day on, or take that "
                    "change back first.",
                    line=later.product_id.display_name,
                    day=format_date(self.env, later.date_start),
                )
            )

    def _check_periods_over(self):
        """Refuse to reach back into a period that was billed and is over.

        One that still runs, or lies ahead, is given back by day.
        """
        today = self.contract_id._get_local_today()
        lines = self.line_ids.filtered(lambda line: line.change in ("change", "remove"))
        settled = lines.contract_line_id._get_settled_until(today)
        end = max(settled.values(), default=self.effective_date)
        if end > self.effective_date:
            raise UserError(
                self.env._(
                    "%(contract)s has been billed up to %(last)s for periods that are over: amend "
                    "it from %(day)s on, or credit those invoices first.",
                    contract=self.contract_id.name,
                    last=format_date(self.env, end - timedelta(days=1)),
                    day=format_date(self.env, end),
                )
            )

    # ----- Level -----

    def _apply_level(self):
        """Give the contract its new level: at once, or by the daily job when the day has come."""
        before = self.contract_id._get_level_on(self.effective_date)
        vals = {"level_before_id": before.id, "is_level_pending": self.level_id != before}
        self._as_workflow().write(vals)
        self._reach_level()

    def _reach_level(self):
        """Give contracts the level of amendments whose day has come at the customer's."""
        for amendment in self.filtered("is_level_pending"):
            if amendment.effective_date <= amendment.contract_id._get_local_today():
                amendment._as_workflow().is_level_pending = False
                amendment.contract_id._write_level(amendment.level_id)

    def _undo_level(self):
        if self.level_id == self.level_before_id:
            return
        self.contract_id._check_last_level_change(self)
        if not self.is_level_pending:
            self.contract_id._write_level(self.level_before_id)
        self._as_workflow().is_level_pending = False

    # ----- Commitment -----

    def _apply_commitment(self):
        """Begin a commitment anew: a new record; the terms that it replaces keep their dates.

        Before it begins, say from which term on the renewals are others.
        """
        self._apply_renewal()
        self._apply_telecom_waiver()
        if not self.is_new_commitment:
            return
        day, terms = self.effective_date, self.contract_id.sudo().commitment_ids
        terms.filtered(
            lambda term: term.date_end >= day and not term.replaced_from
        ).replaced_from = day
        terms.flush_recordset(["replaced_from"])
        commitments = self.env["service.commitment"].sudo()
        number = max(terms.mapped("number"), default=-1) + 1
        commitments.create(self._prepare_commitment_vals(number))

    def _prepare_commitment_vals(self, number):
        commitments = self.env["service.commitment"]
        anchor = (self.effective_date, self.commitment_months, number)
        return {
            **commitments._prepare_commitment_vals(self.contract_id, number, anchor),
            "amendment_id": self.id,
            "months": self.commitment_months,
        }

    def _undo_commitment(self):
        """Drop the new commitment, and let the terms that it replaced hold again.

        What a customer committed to is given up by managers only, the order's cancelling included.
        """
        self._undo_renewal()
        self._undo_telecom_waiver()
        begun = self.sudo().commitment_ids
        if not begun:
            return
        if not self.env.user._is_service_manager():
            raise UserError(
                self.env._(
                    "%(name)s began a new commitment: only a manager of service contracts may take "
                    "it back.",
                    name=self.name,
                )
            )
        terms = self.contract_id.sudo().commitment_ids
        if max(terms.mapped("number")) > begun.number:
            raise UserError(
                self.env._(
                    "The commitment of %(name)s has been renewed: it can no longer be taken back.",
                    name=self.name,
                )
            )
        begun.unlink()
        replaced = terms.exists().filtered(lambda term: term.replaced_from == self.effective_date)
        replaced.replaced_from = False

    # ----- Before and after -----

    def _take_snapshot(self):
        """Return what the contract is from the amendment's day on, in the customer's language."""
        contract = self.contract_id.with_context(lang=self.partner_id.lang or self.env.lang)
        lines = contract.line_ids.filtered(
            lambda line: line._is_served_on_or_after(self.effective_date)
        )
        term = contract._get_last_term()
        served = lines.filtered(lambda line: line._is_served_on(self.effective_date))
        return {
            "level": contract._get_level_on(self.effective_date).name or "",
            "commitment_end": term.date_end.isoformat() if term else "",
            "monthly": sum(line._get_monthly_on(self.effective_date) for line in served),
            "shown_monthly": sum(
                contract._get_shown_price(
                    line.product_id, line._get_monthly_on(self.effective_date)
                )
                for line in served
            ),
            "tax_words": contract._get_tax_words(),
            "lines": [line._prepare_snapshot() for line in lines],
            "renewals": self._describe_coming_renewals(),
            "billing": contract._describe_billing(),
        }
