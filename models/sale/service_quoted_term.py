from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import exits
from ...tools.periods import aligned_anchor
from ..catalogue.service_family import BILLING_STARTS
from ..commitment.service_contract_renewal import COMMITMENT_FIELDS


class ServiceQuotedTerm(models.Model):
    """What a quotation commits to for one family: negotiated there, as signed in its contract.

    Begins as the family says (S35, S36). Negotiable within the law: renewals have a duration
    (L05), a protected customer commits to telecom services for 24 months at most (L03). Exempt
    from SEPA is who a manager says, with a reason.
    """

    _name = "service.quoted.term"
    _description = "Quoted Commitment"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "order_id, id"
    _rec_name = "family_id"
    _takes_user_defaults = False

    order_id = fields.Many2one(
        "sale.order", required=True, ondelete="cascade", index=True, lock="once"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    family_id = fields.Many2one(
        "service.family",
        required=True,
        ondelete="restrict",
        index=True,
        lock="once",
        check_company=True,
    )
    initial_months = fields.Integer(
        string="Initial Commitment",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="Months; 0 for no commitment.",
        lock="sealed",
    )
    binding_months = fields.Integer(
        string="Commitment",
        compute="_compute_binding_months",
        inverse="_inverse_binding_months",
        help="Months for which the contract commits: within what the law allows.",
    )
    tacit_months = fields.Integer(
        string="Tacit Renewal",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="Months of each renewal.",
        lock="sealed",
    )
    notice_count = fields.Integer(
        string="Notice",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="Notice to give before the end of a commitment period.",
        lock="sealed",
    )
    notice_unit = fields.Selection(
        [("day", "Days"), ("month", "Months")],
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        lock="sealed",
    )
    billing_start = fields.Selection(
        BILLING_STARTS,
        string="Bill from",
        compute="_compute_billing_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="From which day on billing periods are counted: the days before it are billed by day.",
        lock="sealed",
    )
    billing_words = fields.Char(string="Invoices", compute="_compute_billing_words")
    is_sepa_required = fields.Boolean(
        related="family_id.sepa_required", string="SEPA Direct Debit Required"
    )
    is_sepa_waived = fields.Boolean(string="Exempt from SEPA", copy=False, lock="sealed")
    sepa_waiver_reason = fields.Char(string="Reason of the Exemption", copy=False, lock="sealed")
    can_waive_sepa = fields.Boolean(compute="_compute_can_waive_sepa")
    capped_note = fields.Char(string="Limited by Law", compute="_compute_capped_note")

    _family_unique = models.UniqueIndex(
        "(order_id, family_id)", "A quotation commits once for each family."
    )
    _tacit_required = models.Constraint(
        "CHECK (COALESCE(initial_months, 0) = 0 OR COALESCE(tacit_months, 0) > 0)",
        "A commitment needs the duration of its tacit renewal: without it the renewed contract "
        "would be indefinite.",
    )
    _positive = models.Constraint(
        "CHECK (initial_months >= 0 AND tacit_months >= 0 AND notice_count >= 0)",
        "Commitment, renewal and notice are zero or more.",
    )

    @api.depends("family_id")
    def _compute_terms(self):
        for term in self:
            for name in COMMITMENT_FIELDS:
                term[name] = term.family_id[name]
            term.notice_unit = term.notice_unit or "month"

    @api.depends("family_id")
    def _compute_billing_start(self):
        for term in self:
            company = term.sudo().order_id.company_id
            wanted = term.family_id.billing_start or company.service_billing_start
            term.billing_start = wanted or "start"

    @api.depends("family_id", "billing_start", "order_id.service_start_date")
    @api.depends_context("lang")
    def _compute_billing_words(self):
        for term in self:
            term.billing_words = term.family_id and term._describe_billing()

    def _describe_billing(self):
        """Return what the first invoice is for, and when the others begin, in a sentence."""
        self.ensure_one()
        start = self.sudo().order_id.service_start_date or fields.Date.context_today(self)
        anchor = aligned_anchor(start, self.billing_start)
        interval = self.family_id.billing_interval
        return self.env["service.contract"]._describe_periods_from(start, anchor, interval)

    @api.depends("is_sepa_required", "order_id.state")
    @api.depends_context("uid")
    def _compute_can_waive_sepa(self):
        is_manager = self.env.user._is_service_manager()
        for term in self:
            is_open = not term._is_sealed()
            term.can_waive_sepa = is_manager and is_open and term.is_sepa_required

    @api.depends(
        "initial_months",
        "family_id",
        "order_id.service_regime",
        "order_id.service_is_small_firm",
        "order_id.service_is_telecom_cap_waived",
    )
    def _compute_binding_months(self):
        for term in self:
            term.binding_months = term._get_binding_months()

    @api.onchange("binding_months")
    def _onchange_binding_months(self):
        """Show at once what becomes of the months that are typed."""
        self._inverse_binding_months()

    def _inverse_binding_months(self):
        """Negotiate the months that are read: those that the law takes off are not asked again."""
        for term in self:
            if term.binding_months != term._get_binding_months():
                term.initial_months = term.binding_months

    @api.depends("binding_months", "initial_months")
    @api.depends_context("lang")
    def _compute_capped_note(self):
        for term in self:
            is_capped = term._get_binding_months() < term.initial_months
            term.capped_note = is_capped and self.env._(
                "%(count)s months, not %(asked)s",
                count=term._get_binding_months(),
                asked=term.initial_months,
            )

    def _get_binding_months(self):
        """Return the months that the contract commits for: telecom no longer than allowed (L03)."""
        self.ensure_one()
        if not self.family_id.is_telecom:
            return self.initial_months
        customer = self.sudo().order_id._get_service_customer()
        return exits.limit_commitment(self.initial_months, customer)

    @api.constrains("is_sepa_waived", "sepa_waiver_reason")
    def _check_sepa_waiver(self):
        for term in self.filtered("is_sepa_waived"):
            if not term.sepa_waiver_reason:
                raise UserError(
                    self.env._(
                        "%(order)s: say why “%(family)s” is exempt from SEPA.",
                        order=term.sudo().order_id.name,
                        family=term.family_id.name,
                    )
                )

    # ----- Records -----

    @api.model_create_multi
    def create(self, vals_list):
        terms = super().create(vals_list)
        terms._check_may_negotiate()
        terms._check_open()
        terms.filtered("is_sepa_waived")._check_may_waive()
        return terms

    def write(self, vals):
        self._check_may_negotiate()
        if self._get_changed({"is_sepa_waived", "sepa_waiver_reason"} & vals.keys(), vals):
            self._check_may_waive()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self._check_may_negotiate()
        self._check_open()

    def _check_may_negotiate(self):
        """Leave the terms to who may change their quotation, and to managers, who exempt there."""
        if not self._is_workflow() and not self.env.user._is_service_manager():
            self.sudo().order_id.with_env(self.env).check_access("write")

    def _check_open(self):
        """Leave the terms of confirmed orders as they were agreed; the program adds to them."""
        if not self.env.su:
            for term in self.filtered(lambda term: term._is_sealed()):
                term._raise_sealed(set())

    def _check_may_waive(self):
        is_free = self._is_workflow() or self.env.user._is_service_manager()
        if self and not is_free:
            raise UserError(
                self.env._("Only a manager of service contracts exempts a customer from SEPA.")
            )

    def _is_sealed(self):
        """What was agreed stands in the contract."""
        self.ensure_one()
        return self.sudo().order_id.state == "sale"

    def _raise_sealed(self, names):
        raise UserError(
            self.env._(
                "%(order)s is confirmed: what it commits to stands in the contract.",
                order=self.sudo().order_id.name,
            )
        )

    # ----- The contract -----

    def _prepare_contract_vals(self):
        """Return the values of the contract that the quotation makes; a hook.

        :return: dict of ``service.contract``
        """
        self.ensure_one()
        return {
            **{name: self[name] for name in COMMITMENT_FIELDS},
            "initial_months": self._get_binding_months(),
            "billing_start": self.billing_start,
            "is_sepa_waived": self.is_sepa_waived,
            "sepa_waiver_reason": self.sepa_waiver_reason,
        }

    def _describe(self):
        """Return the commitment in a few words, for the salesperson."""
        self.ensure_one()
        words = self.family_id._describe_commitment(
            self._get_binding_months(), self.tacit_months, self.notice_count, self.notice_unit
        )
        if self.is_sepa_required and not self.is_sepa_waived:
            words = self.env._("%(words)s · SEPA direct debit required", words=words)
        return self.env._("%(family)s: %(words)s", family=self.family_id.name, words=words)
