from odoo import api, fields, models
from odoo.exceptions import ValidationError

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

    # ----- The mandate -----

    @api.model
    def _get_waiting_domain(self, mandate):
        """Return the domain of the drafts that a new valid mandate may be what they wait for."""
        return [
            ("state", "=", "draft"),
            ("mandate_id", "=", False),
            ("company_id", "=", mandate.company_id.id),
            ("partner_invoice_id", "child_of", mandate.partner_id.commercial_partner_id.id),
        ]

    @api.model
    def _take_mandate(self, mandate):
        """Give a mandate that has become valid to the drafts that wait for one."""
        waiting = self.search(self._get_waiting_domain(mandate))
        waiting.filtered(lambda contract: contract._wants_mandate()).mandate_id = mandate

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
