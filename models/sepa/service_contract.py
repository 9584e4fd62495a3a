from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date

from .res_partner import ARCHIVED_JOB
from .service_charge import LIVING
from .service_contract_mandate import ACTIVITY

LOST = "mandate_lost"
GATE_FIELDS = {
    "state",
    "family_id",
    "mandate_id",
    "payment_method_line_id",
    "is_sepa_waived",
    "sepa_waived_until",
    "partner_invoice_id",
}


class ServiceContract(models.Model):
    """The gate of families that are paid by SEPA direct debit (S36, invariant 3)."""

    _inherit = "service.contract"

    is_sepa_required = fields.Boolean(related="family_id.sepa_required")
    is_sepa_waived = fields.Boolean(
        string="Exempt from SEPA",
        copy=False,
        tracking=True,
        groups="service_contract.service_contract_group_manager",
    )
    sepa_waiver_reason = fields.Char(
        string="Reason of the Exemption",
        copy=False,
        tracking=True,
        groups="service_contract.service_contract_group_manager",
    )
    sepa_waived_on = fields.Date(
        string="Exempt since",
        readonly=True,
        copy=False,
        groups="service_contract.service_contract_group_manager",
        lock="workflow",
    )
    sepa_waived_until = fields.Date(
        string="Exempt until",
        copy=False,
        tracking=True,
        groups="service_contract.service_contract_group_manager",
        help="The last day of the exemption; empty: until a manager takes it back.",
    )
    is_mandate_missing = fields.Boolean(compute="_compute_is_mandate_missing")
    mandate_loss = fields.Text(
        compute="_compute_mandate_loss",
        compute_sudo=True,
        help="Why an active contract cannot be debited any more.",
    )

    # ----- The mandate -----

    @api.model
    def _get_waiting_domain(self, mandate):
        """Return the domain of the contracts that a new valid mandate may be what they wait for.

        Those without one, and whatever has lost the one that it had.
        """
        return [
            "|",
            "&",
            ("state", "in", ("draft", "active")),
            ("mandate_id", "=", False),
            "&",
            ("state", "in", ("draft", "active")),
            ("mandate_id.state", "in", ("draft", "suspended", "expired", "cancel")),
            ("company_id", "=", mandate.company_id.id),
            ("partner_invoice_id", "child_of", mandate.partner_id.commercial_partner_id.id),
        ]

    @api.model
    def _take_mandate(self, mandate):
        """Give a mandate that has become valid to the contracts that wait for one."""
        waiting = self.search(self._get_waiting_domain(mandate))
        waiting.filtered(lambda contract: contract._lacks_mandate()).mandate_id = mandate

    def _lacks_mandate(self):
        """Tell whether a mandate is all that a contract lacks to be debited.

        A draft takes it in any case; an active one that is exempt, or paid otherwise, does not.
        """
        self.ensure_one()
        if self.state == "draft" or not self._wants_mandate():
            return self._wants_mandate()
        is_debited = self.payment_method_line_id.payment_method_id.mandate_required
        return is_debited and (bool(self.mandate_id) or bool(self._get_debit_issues()))

    def _activate_with_mandate(self):
        """Put in force what waited for its mandate alone; tell who sold it either way (S36).

        Drafts of confirmed orders, and those for which the mandate was asked for: others may be
        far from ready, whatever their customer signs. Nobody is asked about what is billed at once
        of a start that is past: it is told.
        """
        waiting = self.filtered(
            lambda contract: (
                contract.state == "draft"
                and (
                    contract.mandate_asked_on
                    or "sale" in contract.line_ids.sale_line_id.order_id.mapped("state")
                )
            )
        )
        ready = waiting.filtered(lambda contract: not contract._get_activation_issues())
        backlogs = {
            contract: contract._in_salespersons_words()._describe_backlog() for contract in ready
        }
        self.env["service.batch.runner"]._run_isolated(
            ready, lambda part: part._set_active(), kind="contract", job="mandate"
        )
        for contract in waiting:
            contract._tell_mandate_valid(backlogs.get(contract))
        self.activity_feedback([ACTIVITY], feedback=self.env._("The mandate is valid."))

    def _in_salespersons_words(self):
        return self.with_context(lang=self.user_id.lang or self.env.lang)

    def _tell_mandate_valid(self, backlog=""):
        """Tell the salesperson what became of the contract, in his language.

        :param backlog: str, what of the days before today is billed at once
        """
        self.ensure_one()
        contract = self._in_salespersons_words()
        names = {"mandate": self.mandate_id.unique_mandate_reference, "contract": self.name}
        if self.state == "active":
            body = contract.env._(
                "The mandate %(mandate)s is valid: %(contract)s is active.", **names
            )
            body = f"{body} {backlog}" if backlog else body
        else:
            body = contract.env._(
                "The mandate %(mandate)s is valid, but %(contract)s waits for more: %(issues)s",
                issues=" ".join(contract._get_activation_issues()),
                **names,
            )
        contract.message_post(
            body=body,
            partner_ids=self.user_id.partner_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )

    def _activate_if_ready(self):
        """Put the drafts that wait for what SEPA asks for in the inbox."""
        ready = super()._activate_if_ready()
        waiting = self - ready
        waiting.filtered(lambda contract: contract.state == "draft")._report_sepa()
        return ready

    def _report_sepa(self):
        """Put the contracts that lack what SEPA asks for, or lost it, in the inbox.

        What lost its mandate has a cause of its own, whose button asks its customer for a new one.
        """
        for contract in self.sudo():
            if issues := contract._get_debit_issues():
                cause = LOST if contract.state == "active" else ""
                self.env["service.exception"]._report(
                    contract, "sepa", "\n".join(issues), cause=cause
                )

    def _lose_mandate(self):
        """Tell that the mandate of contracts has died: a new one is to be asked for anew."""
        self._as_workflow().mandate_asked_on = False
        self._report_sepa()

    def _is_payer_archived(self):
        """Tell whether the contract goes on debiting who was archived."""
        self.ensure_one()
        contract = self.sudo()
        is_debited = contract.state == "active" and contract.mandate_id.state in LIVING
        return is_debited and not contract.mandate_id.partner_id.active

    def _report_archived_payer(self):
        for contract in self:
            detail = self.env._(
                "%(customer)s is archived, and goes on being debited for this contract under "
                "%(mandate)s: end the contract, or bring the customer back.",
                customer=contract.mandate_id.partner_id.display_name,
                mandate=contract.mandate_id.unique_mandate_reference,
            )
            self.env["service.exception"]._report(contract, "sepa", detail, job=ARCHIVED_JOB)

    @api.model
    def _report_ended_waivers(self):
        """Put the contracts in the inbox whose exemption from SEPA is over; a daily job."""
        today = fields.Date.context_today(self)
        self.search(
            [
                ("state", "=", "active"),
                ("is_sepa_waived", "=", True),
                ("sepa_waived_until", "<", today),
            ]
        )._report_sepa()

    def _settle_sepa(self):
        """Take out of the inbox the contracts that lack nothing any more, or are over."""
        settled = self.filtered(
            lambda contract: (
                contract.state in ("ended", "cancelled") or not contract._get_debit_issues()
            )
        )
        self.env["service.exception"]._settle(settled, "sepa")

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        if any(vals.get("is_sepa_waived") for vals in vals_list):
            contracts._date_waivers()
        return contracts

    def write(self, vals):
        is_gated = not GATE_FIELDS.isdisjoint(vals)
        debited = self.browse()
        if is_gated:
            debited = self.filtered(lambda one: one.mandate_id or one.is_sepa_required)
        result = super().write(vals)
        if "is_sepa_waived" in vals:
            self._date_waivers()
        if is_gated:
            (debited | self.filtered("is_sepa_required"))._settle_sepa()
        return result

    def _date_waivers(self):
        """Note since when contracts are exempt; who made them so stands in their chatter."""
        today = fields.Date.context_today(self)
        for contract in self.sudo()._as_workflow():
            if contract.is_sepa_waived != bool(contract.sepa_waived_on):
                contract.sepa_waived_on = contract.is_sepa_waived and today

    # ----- The gate before activation -----

    @api.depends(
        "mandate_id.state",
        "payment_method_line_id",
        "family_id.sepa_required",
        "is_sepa_waived",
        "sepa_waived_until",
    )
    def _compute_activation_issues(self):
        return super()._compute_activation_issues()

    @api.depends(*GATE_FIELDS, "mandate_id.state", "family_id.sepa_required")
    @api.depends_context("lang")
    def _compute_mandate_loss(self):
        for contract in self:
            is_active = contract.state == "active"
            issues = contract._get_debit_issues() if is_active else []
            contract.mandate_loss = "\n".join(issues)

    @api.depends(
        "state",
        "mandate_id.state",
        "payment_method_line_id",
        "family_id.sepa_required",
        "is_sepa_waived",
        "sepa_waived_until",
    )
    def _compute_is_mandate_missing(self):
        for contract in self:
            is_draft = contract.state == "draft"
            contract.is_mandate_missing = is_draft and bool(contract._get_sepa_issues())

    def _get_activation_issues(self):
        return super()._get_activation_issues() + self._get_sepa_issues()

    def _get_sepa_issues(self):
        """Return what invariant 3 demands and the contract lacks (S36), in sentences."""
        self.ensure_one()
        contract = self.sudo()
        if not contract.is_sepa_required or contract._is_sepa_exempt():
            return []
        method = contract.payment_method_line_id.payment_method_id
        issues = [] if method.mandate_required else [contract._describe_missing_method()]
        if contract.mandate_id.state not in LIVING:
            issues.append(contract._describe_missing_mandate())
            issues += contract._describe_loss()
        return issues

    def _is_sepa_exempt(self):
        """Tell whether a manager's exemption holds today."""
        self.ensure_one()
        until = self.sepa_waived_until
        today = fields.Date.context_today(self)
        return self.is_sepa_waived and (not until or until >= today)

    def _get_debit_issues(self):
        """Return what keeps a contract from being debited: the gate's, or that its mandate died.

        A contract that is debited because its customer likes it that way loses as much by it.
        """
        self.ensure_one()
        contract = self.sudo()
        issues = contract._get_sepa_issues()
        is_debited = contract.payment_method_line_id.payment_method_id.mandate_required
        is_dead = contract.mandate_id.state in ("suspended", "expired", "cancel")
        if issues or not is_debited or not is_dead:
            return issues
        return [
            self.env._(
                "The mandate %(mandate)s of %(customer)s, which pays this contract, is dead.",
                mandate=contract.mandate_id.display_name,
                customer=contract.commercial_invoice_partner_id.name,
            ),
            *contract._describe_loss(),
        ]

    def _describe_loss(self):
        """Return in sentences why the mandate is suspended, and whether a new one is asked for."""
        sentences = [self.mandate_id._describe_suspension()] if self.mandate_id else []
        if self.state == "active" and self.mandate_asked_on:
            sentences.append(
                self.env._(
                    "A new one was asked for on %(day)s.",
                    day=format_date(self.env, self.mandate_asked_on),
                )
            )
        return [sentence for sentence in sentences if sentence]

    def _describe_missing_method(self):
        return self.env._(
            "“%(family)s” is paid by SEPA direct debit: choose that payment method.",
            family=self.family_id.name,
        )

    def _describe_missing_mandate(self):
        customer = self.partner_invoice_id.commercial_partner_id.name
        if not self.mandate_id:
            return self.env._(
                "“%(family)s” requires a valid SEPA mandate of %(customer)s: none is given.",
                family=self.family_id.name,
                customer=customer,
            )
        return self.env._(
            "“%(family)s” requires a valid SEPA mandate of %(customer)s: %(mandate)s is not.",
            family=self.family_id.name,
            customer=customer,
            mandate=self.mandate_id.display_name,
        )

    @api.constrains(*GATE_FIELDS)
    def _check_sepa(self):
        for contract in self.filtered(lambda contract: contract.state == "active"):
            if issues := contract._get_sepa_issues():
                raise ValidationError("\n".join([f"{contract.name}:", *issues]))

    @api.constrains("is_sepa_waived", "sepa_waiver_reason")
    def _check_sepa_waiver(self):
        for contract in self.sudo():
            if contract.is_sepa_waived and not contract.sepa_waiver_reason:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: say why this contract is exempt from SEPA.",
                        contract=contract.name,
                    )
                )
