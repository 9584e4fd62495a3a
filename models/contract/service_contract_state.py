from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


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
        return super().create(vals_list)

    def _is_closed(self):
        """The last day of a contract in force is a manager's: others ask for a termination."""
        self.ensure_one()
        return self.state in ("active", "ended")

    # ----- Setters -----

    def _set_active(self):
        """Activate: the gate, the signed conditions, the first commitment (S35–S37)."""
        self._check_transition("active")
        for contract in self:
            if issues := contract._get_activation_issues():
                raise UserError("\n".join([f"{contract.name}:", *issues]))
            contract._update_state("active", conditions_snapshot=contract._get_signed_conditions())
        self.filtered(lambda contract: not contract.commitment_ids)._create_first_commitment()
        self._create_analytic_accounts()
        self._record_mrr_movements()

    def _activate_if_ready(self):
        """Activate the drafts that lack nothing; the others wait and say so in the inbox."""
        drafts = self.filtered(lambda contract: contract.state == "draft")
        ready = drafts.filtered(lambda contract: not contract._get_activation_issues())
        ready._set_active()
        for contract in drafts - ready:
            contract.message_post(body="\n".join(contract._get_activation_issues()))
        (drafts - ready)._report_sepa()
        return ready

    def _set_ended(self, last_day):
        """End contracts on their last day, inclusive; an earlier one that is set already stays."""
        self._check_transition("ended")
        for contract in self:
            if last_day < contract.date_start and not contract.is_withdrawn:
                raise UserError(
                    self.env._(
                        "%(contract)s starts on %(start)s and cannot end before: cancel it.",
                        contract=contract.name,
                        start=fields.Date.to_string(contract.date_start),
                    )
                )
            end = min(contract.date_end or last_day, last_day)
            contract._update_state("ended", date_end=end)

    def _has_been_in_force(self):
        """Tell whether the contract bound the customer before today."""
        self.ensure_one()
        return self.state == "active" and self.date_start < self._get_local_today()

    def _check_cancelling(self):
        """Refuse to lose what binds: commitments that began, and the proof of their notices."""
        is_manager = self.env.user._is_service_manager()
        for contract in self:
            if contract._has_been_in_force() and not is_manager:
                raise UserError(
                    self.env._(
                        "%(contract)s has been in force since %(day)s: ask a manager to cancel "
                        "it, or terminate it.",
                        contract=contract.name,
                        day=format_date(self.env, contract.date_start),
                    )
                )
            if contract.commitment_ids.filtered("notice_sent_on"):
                raise UserError(
                    self.env._(
                        "%(contract)s keeps the proof of a notice of renewal and cannot be "
                        "cancelled. Terminate it instead.",
                        contract=contract.name,
                    )
                )

    def _set_cancelled(self):
        """Cancel contracts that have billed nothing; their open recurring charges go."""
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
        self.sudo().commitment_ids.unlink()

    def _set_draft(self):
        """Take cancelled contracts back to draft."""
        self._update_state("draft", charged_until=False, date_end=False)

    # ----- Buttons -----

    def action_activate(self):
        self._set_active()

    def action_cancel(self):
        self.check_access("write")
        self._set_cancelled()

    def action_draft(self):
        self._set_draft()

    # ----- What activation records -----

    def _get_signed_conditions(self):
        """Return the conditions as signed: this version, in the customer's language (S37)."""
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        return self.conditions_id.with_context(lang=lang).body

    def _create_first_commitment(self):
        """Record the initial term of families that have one (S35)."""
        commitments = self.env["service.commitment"].sudo()
        commitments.create(
            [
                commitments._prepare_commitment_vals(contract, 0)
                for contract in self
                if contract.initial_months
            ]
        )

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
