from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date, formatLang

from .service_contract import IN_FORCE


class ServiceContract(models.Model):
    """The life of a contract: one table of transitions, one setter for each state."""

    _inherit = "service.contract"

    _transitions = {
        "state": {
            "draft": ("cancelled",),
            "active": ("draft",),
            "ended": ("active",),
            "cancelled": ("draft", "active"),
        }
    }

    activation_issues = fields.Text(compute="_compute_activation_issues")
    can_activate = fields.Boolean(compute="_compute_can")
    can_end = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_reset = fields.Boolean(compute="_compute_can")
    can_change_lines = fields.Boolean(compute="_compute_can")

    @api.depends("state", "date_start")
    @api.depends_context("uid")
    def _compute_can(self):
        is_manager = self.env.user._is_service_manager()
        for contract in self:
            is_changing = contract.state == "draft" or contract.state == "active" and is_manager
            contract.can_change_lines = is_changing
            contract.can_activate = contract._can_become("active")
            contract.can_end = contract._can_become("ended")
            contract.can_cancel = contract._can_become("cancelled") and (
                is_manager or not contract._has_been_in_force()
            )
            contract.can_reset = contract._can_become("draft")

    # ----- The table -----

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("state", "draft") != "draft" for vals in vals_list):
            raise UserError(
                self.env._("A contract begins as a draft: create it, then activate it.")
            )
        contracts = super().create(vals_list)
        contracts._remember_customer()
        return contracts

    def _remember_customer(self):
        """Keep with the customer, of whom nothing is recorded, what is said of it here (L02)."""
        for contract in self:
            partner, said = contract.partner_id, (contract.regime, contract.is_small_firm)
            is_known = partner.commercial_partner_id.service_regime
            if not is_known and partner._get_service_customer(contract.company_id) != said:
                partner._remember_service_customer(*said)

    def copy_data(self, default=None):
        """Begin a copy with what is provided on the last day at hand, and with none of its past."""
        vals_list = super().copy_data(default)
        for contract, vals in zip(self, vals_list, strict=True):
            if "line_ids" not in (default or {}):
                lines = contract._get_lines_to_copy().copy_data()
                vals["line_ids"] = [
                    fields.Command.create(self._without_offer(row)) for row in lines
                ]
        return vals_list

    @api.model
    def _without_offer(self, vals):
        """Leave a discount that ends to the contract that it was agreed for."""
        if vals.get("discount_until"):
            return {**vals, "discount": 0.0, "discount_until": False}
        return vals

    def _get_lines_to_copy(self):
        """Return the lines served today, or on the first or last day of what runs at another time.

        A line that was changed is one with its successors: only the present one is copied.
        """
        self.ensure_one()
        day = max(fields.Date.context_today(self), self.date_start)
        day = min(day, self.date_end) if self.date_end else day
        return self.line_ids.filtered(lambda line: line._is_served_on(day))

    def _check_locks(self, vals):
        """Say in the table's words what it forbids, before that only buttons write a state."""
        if "state" in vals:
            self._check_transition(vals["state"])
        return super()._check_locks(vals)

    # ----- The gate before activation -----

    @api.depends("state", "level_id", "line_ids.product_id")
    @api.depends_context("uid")
    def _compute_activation_issues(self):
        for contract in self:
            is_draft = contract.state == "draft"
            contract.activation_issues = is_draft and "\n".join(contract._get_activation_issues())

    def _get_activation_issues(self):
        """Return the sentences that say what a contract lacks to become active; a hook.

        :return: list of str
        """
        self.ensure_one()
        if not self.line_ids:
            return [self.env._("Add at least one recurring product.")]
        is_held = self._is_level_apart() and not self.env.user._is_service_manager()
        return [self._describe_level_apart()] if is_held else []

    def _is_level_apart(self):
        """Tell whether the level is none that the products are sold for (S05, S09)."""
        self.ensure_one()
        sold = self.line_ids.product_id.service_level_id
        return bool(sold) and self.level_id not in sold

    def _describe_level_apart(self):
        return self.env._(
            "The level is “%(level)s”, but the products are sold for “%(sold)s”: let both go "
            "together, or have a manager activate the contract.",
            level=self.level_id.name or "–",
            sold=", ".join(self.line_ids.product_id.service_level_id.mapped("name")),
        )

    # ----- What a past start bills -----

    def _has_backlog_to_tell(self):
        """Tell whether one contract lacks nothing but would bill what is past at once."""
        is_ready = len(self) == 1 and self._can_become("active")
        return is_ready and not self._get_activation_issues() and bool(self._describe_backlog())

    def _describe_backlog(self):
        """Return in words what of the days before today is billed at once; empty for nothing."""
        self.ensure_one()
        today = self._get_local_today()
        amount = self.line_ids._get_owed_amount(today)
        if not self.date_start or self.date_start >= today or not amount:
            return ""
        return self.env._(
            "The start, %(start)s, is past. Up to today %(amount)s (without tax) is owed and will "
            "be billed by the next run.",
            start=format_date(self.env, self.date_start),
            amount=formatLang(self.env, amount, currency_obj=self.currency_id),
        )

    def _ask_backlog(self):
        """Return the dialogue that says what will be billed, and asks."""
        wizard = self.env["service.contract.activation"].create({"contract_id": self.id})
        return {
            **wizard._get_records_action(target="new", views=[(False, "form")]),
            "name": self.env._("Activate %(contract)s", contract=self.name),
            "context": {},
        }

    # ----- Setters -----

    def _set_active(self):
        """Activate: the gate, the signed conditions (S36, S37); a hook."""
        self._check_transition("active")
        for contract in self:
            if issues := contract._get_activation_issues():
                raise UserError("\n".join([contract.name, *issues]))
            contract._update_state(
                "active",
                conditions_snapshot=contract._get_signed_conditions(),
                clauses_snapshot=contract._get_signed_clauses(),
            )
        self._create_analytic_accounts()
        self._report_tax_flaws()

    def _activate_if_ready(self):
        """Activate the drafts that lack nothing and return them; the others say what; a hook.

        :return: ``service.contract``
        """
        drafts = self.filtered(lambda contract: contract.state == "draft")
        ready = drafts.filtered(lambda contract: not contract._get_activation_issues())
        ready._set_active()
        for contract in drafts - ready:
            contract.message_post(body="\n".join(contract._get_activation_issues()))
        return ready

    def _set_ended(self, last_day):
        """End contracts on their last day, inclusive; an earlier one that is set already stays."""
        self._check_transition("ended")
        for contract in self:
            if last_day < contract.date_start and not contract._is_undone():
                raise UserError(
                    self.env._(
                        "%(contract)s starts on %(start)s and cannot end before: cancel it.",
                        contract=contract.name,
                        start=fields.Date.to_string(contract.date_start),
                    )
                )
            end = min(contract.date_end or last_day, last_day)
            contract._update_state("ended", date_end=end)

    def _is_undone(self):
        """Tell whether the contract never began: it ends before its first day; a hook.

        :return: bool
        """
        self.ensure_one()
        return False

    def _has_been_in_force(self):
        """Tell whether the contract bound the customer before today."""
        self.ensure_one()
        return self.state == "active" and self.date_start < self._get_local_today()

    def _check_cancelling(self):
        """Refuse to lose what binds: what has been in force is a manager's to cancel; a hook."""
        if self.env.user._is_service_manager():
            return
        for contract in self.filtered(lambda contract: contract._has_been_in_force()):
            raise UserError(
                self.env._(
                    "%(contract)s has been in force since %(day)s: ask a manager to cancel it, or "
                    "terminate it.",
                    contract=contract.name,
                    day=format_date(self.env, contract.date_start),
                )
            )

    def _set_cancelled(self):
        """Cancel contracts that have billed nothing; their open recurring charges go; a hook."""
        self._check_transition("cancelled")
        charges = self.sudo().charge_ids
        if billed := charges.filtered(lambda charge: charge._billed_lines()).contract_id:
            raise UserError(
                self.env._(
                    "%(contract)s has been billed and cannot be cancelled. End it instead.",
                    contract=billed[0].name,
                )
            )
        self._check_cancelling()
        self._update_state("cancelled")
        charges.filtered(lambda charge: charge.kind == "period").unlink()

    def _set_draft(self):
        """Take cancelled contracts back to draft."""
        self._update_state("draft", charged_until=False, date_end=False, later_periods=False)

    def _check_manager(self):
        """Leave the end of contracts to managers, of contracts that they may change."""
        if not self.env.user._is_service_manager():
            raise AccessError(
                self.env._("Only a manager of service contracts can end or suspend them.")
            )
        self.check_access("write")

    def _get_local_today(self):
        """Return the date at the customer's: no deadline passes before it has passed there."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self.tz))

    # ----- Buttons -----

    def action_activate(self):
        """Activate; a form says first what of the past would be billed, and asks."""
        if self.env.context.get("service_asks_backlog") and self._has_backlog_to_tell():
            return self._ask_backlog()
        return self._set_active()

    def action_cancel(self):
        self.check_access("write")
        self._set_cancelled()

    def action_draft(self):
        self._set_draft()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for contract in self:
            if contract.state in IN_FORCE:
                raise UserError(
                    self.env._(
                        "%(contract)s has been active and is kept. End it instead.",
                        contract=contract.name,
                    )
                )
            order = contract.sudo().line_ids.sale_line_id.order_id[:1]
            if order.state == "sale" and contract.state == "draft":
                raise UserError(
                    self.env._(
                        "%(contract)s was sold by %(order)s: cancel it, or cancel that order.",
                        contract=contract.name,
                        order=order.name,
                    )
                )
            if contract.sudo().charge_ids:
                raise UserError(
                    self.env._(
                        "%(contract)s has charges and is kept. Cancel it instead.",
                        contract=contract.name,
                    )
                )

    # ----- What activation records -----

    def _get_signed_conditions(self):
        """Return the conditions as signed: this version, in the customer's language (S37)."""
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        return self.conditions_id.with_context(lang=lang).body

    def _create_analytic_accounts(self):
        """Give contracts an analytic account where the company wants one."""
        plan, _others = self.env["account.analytic.plan"].sudo()._get_all_plans()
        accounts = self.env["account.analytic.account"].sudo()
        for contract in self:
            if contract.company_id.service_use_analytic and not contract.analytic_account_id:
                vals = contract._prepare_analytic_account_vals(plan)
                contract.analytic_account_id = accounts.create(vals)

    def _prepare_analytic_account_vals(self, plan):
        self.ensure_one()
        return {
            "name": f"{self.name} – {self.partner_id.name}",
            "partner_id": self.partner_id.id,
            "plan_id": plan.id,
            "company_id": self.company_id.id,
        }
