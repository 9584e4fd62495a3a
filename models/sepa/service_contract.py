from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import clean_context

from ..common.brought_records import require
from ..common.client_actions import notify

ACTIVITY = "service_contract.service_activity_mandate"
TEMPLATE = "service_contract.service_mandate_mail_template"
MANDATE_DAYS = 7
# What a mandate to sign lacks until accounting has it back.
UNSIGNED = {"state": "draft", "partner_bank_id": False, "signature_date": False, "scan": False}
GATE_FIELDS = {
    "state",
    "family_id",
    "mandate_id",
    "payment_method_line_id",
    "is_sepa_waived",
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
    is_mandate_missing = fields.Boolean(compute="_compute_is_mandate_missing")
    mandate_asked_on = fields.Date(readonly=True, copy=False, tracking=True, lock="workflow")
    mandate_address_issue = fields.Char(compute="_compute_mandate_address_issue", compute_sudo=True)

    # ----- The mandate -----

    @api.model
    def _get_waiting_domain(self, mandate):
        """Return the domain of the contracts that a new valid mandate may be what they wait for.

        Drafts without one, and whatever has lost the one that it had.
        """
        return [
            "|",
            "&",
            ("state", "=", "draft"),
            ("mandate_id", "=", False),
            "&",
            ("state", "in", ("draft", "active")),
            ("mandate_id.state", "in", ("draft", "expired", "cancel")),
            ("company_id", "=", mandate.company_id.id),
            ("partner_invoice_id", "child_of", mandate.partner_id.commercial_partner_id.id),
        ]

    @api.model
    def _take_mandate(self, mandate):
        """Give a mandate that has become valid to the contracts that wait for one."""
        waiting = self.search(self._get_waiting_domain(mandate))
        waiting.filtered(lambda contract: contract._wants_mandate()).mandate_id = mandate

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
        """Put the contracts that lack what SEPA asks for in the inbox."""
        for contract in self:
            if issues := contract._get_sepa_issues():
                self.env["service.exception"]._report(contract, "sepa", "\n".join(issues))

    def _settle_sepa(self):
        """Take out of the inbox the contracts that lack nothing any more, or are over."""
        settled = self.filtered(
            lambda contract: (
                contract.state in ("ended", "cancelled") or not contract._get_sepa_issues()
            )
        )
        self.env["service.exception"]._settle(settled, "sepa")

    def write(self, vals):
        result = super().write(vals)
        if GATE_FIELDS & vals.keys():
            self.filtered("is_sepa_required")._settle_sepa()
        return result

    # ----- Asking for the mandate -----

    def action_ask_mandate(self):
        """Send the mandate to be signed to who pays, and have who sold look after it (S36)."""
        self.ensure_one()
        self.check_access("write")
        if not self.is_mandate_missing:
            raise UserError(self.env._("%(contract)s lacks no mandate.", contract=self.name))
        if issue := self.mandate_address_issue:
            raise UserError(issue)
        recipient = self._get_mandate_recipient()
        self._prepare_mandate()
        template = require(
            self.env, TEMPLATE, self.env._("The e-mail template of mandates to sign")
        )
        self.message_post_with_source(
            template, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._as_workflow().mandate_asked_on = fields.Date.context_today(self)
        self._schedule_mandate()
        return notify(
            self.env._("The mandate was sent to %(email)s.", email=recipient.email_normalized)
        )

    @api.depends(
        "is_mandate_missing",
        "partner_invoice_id.email_normalized",
        "partner_invoice_id.commercial_partner_id.email_normalized",
        "partner_id.email_normalized",
    )
    @api.depends_context("lang")
    def _compute_mandate_address_issue(self):
        """Say whose address is missing before anybody is asked whether to send the mandate."""
        for contract in self:
            contract.mandate_address_issue = False
            if contract.is_mandate_missing:
                recipient = contract._get_mandate_recipient()
                contract.mandate_address_issue = contract._describe_no_address(recipient)

    def _describe_no_address(self, recipient):
        if recipient.email_normalized:
            return False
        return self.env._(
            "%(customer)s has no valid e-mail address: add it, then ask for the mandate.",
            customer=recipient.display_name,
        )

    def _get_mandate_recipient(self):
        """Return who gets the mandate to sign: who gets the invoices, else who pays; a hook.

        The first of them with an address.
        """
        self.ensure_one()
        payer = self.partner_invoice_id
        people = payer + payer.commercial_partner_id + self.partner_id
        return people.filtered("email_normalized")[:1] or payer

    def _prepare_mandate(self):
        """Give the contract a mandate to sign, prefilled with its holder: one for all his drafts.

        Its reference stands on the paper; the account is what the customer writes on it. Neither a
        client's context nor a user's own defaults sign it: accounting does (S36).
        """
        self.ensure_one()
        if self.mandate_id.state == "draft":
            return
        holder = self.partner_invoice_id.commercial_partner_id
        mandates = self.env["account.banking.mandate"].sudo()
        mandate = mandates.search(
            [
                ("partner_id", "=", holder.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "draft"),
                ("partner_bank_id", "=", False),
            ],
            limit=1,
        )
        if not mandate:
            own = mandates.with_env(mandates.env(context=clean_context(self.env.context)))
            mandate = own.create({**self._prepare_mandate_vals(holder), **UNSIGNED})
        self.mandate_id = mandate

    def _prepare_mandate_vals(self, holder):
        """Return the values of the mandate to sign; a hook.

        :param holder: ``res.partner``, who pays
        :return: dict of ``account.banking.mandate``
        """
        return {
            "partner_id": holder.id,
            "company_id": self.company_id.id,
            "format": "sepa_core",
            "type": "recurrent",
        }

    def _schedule_mandate(self):
        """Have the salesperson look after the signed mandate, once."""
        if self.activity_search([ACTIVITY]):
            return
        user = self.user_id or self.env.user
        self.activity_schedule(
            ACTIVITY,
            date_deadline=fields.Date.context_today(self) + timedelta(days=MANDATE_DAYS),
            user_id=user.id,
            note=self.with_context(lang=user.lang).env._(
                "Have the signed mandate %(mandate)s come back with the IBAN, and hand it to "
                "accounting: once it is validated there, the contract becomes active.",
                mandate=self.mandate_id.unique_mandate_reference,
            ),
        )

    # ----- The gate before activation -----

    @api.depends(
        "mandate_id.state", "payment_method_line_id", "family_id.sepa_required", "is_sepa_waived"
    )
    def _compute_activation_issues(self):
        return super()._compute_activation_issues()

    @api.depends(
        "state",
        "mandate_id.state",
        "payment_method_line_id",
        "family_id.sepa_required",
        "is_sepa_waived",
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
        if not contract.is_sepa_required or contract.is_sepa_waived:
            return []
        method = contract.payment_method_line_id.payment_method_id
        issues = [] if method.mandate_required else [contract._describe_missing_method()]
        if contract.mandate_id.state not in ("valid", "final"):
            issues.append(contract._describe_missing_mandate())
        return issues

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
