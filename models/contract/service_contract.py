from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..catalogue.service_family import BILLING_INTERVALS, BILLING_MODES
from ..common.field_values import get_label, is_changed
from ..company.res_partner import CUSTOMER_REGIMES

CONTRACT_STATES = [
    ("draft", "Draft"),
    ("active", "Active"),
    ("ended", "Ended"),
    ("cancelled", "Cancelled"),
]
FROZEN_FIELDS = {
    "partner_id",
    "date_start",
    "anchor_date",
    "company_id",
    "currency_id",
    "family_id",
    "initial_months",
    "tacit_months",
    "notice_count",
    "notice_unit",
}
AMENDED_FIELDS = {"level_id"}
AMENDING = object()
LEGAL_FIELDS = ("regime", "is_small_firm")


class ServiceContract(models.Model):
    """What a customer has agreed to: one family, one level, one billing interval, one site.

    Dates are inclusive. The start date is frozen at activation: every billing period and every
    term is counted from there.
    """

    _name = "service.contract"
    _description = "Service Contract"
    _inherit = [
        "service.numbered.mixin",
        "service.state.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
    ]
    _check_company_auto = True
    _order = "date_start desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        CONTRACT_STATES,
        default="draft",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        lock="workflow",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    partner_invoice_id = fields.Many2one(
        "res.partner",
        string="Invoice Address",
        compute="_compute_partner_addresses",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    partner_shipping_id = fields.Many2one(
        "res.partner",
        string="Site",
        compute="_compute_partner_addresses",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Where the service is given: it decides taxes and public holidays.",
    )
    referent_id = fields.Many2one(
        "res.partner",
        string="Référent",
        domain="[('id', 'child_of', commercial_partner_id)]",
        tracking=True,
        help="The customer's privileged technical and commercial contact.",
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", default=lambda self: self.env.user, tracking=True
    )
    family_id = fields.Many2one(
        "service.family",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
    )
    level_id = fields.Many2one(
        "service.level",
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        domain="[('family_id', '=', family_id)]",
    )
    billing_interval = fields.Selection(
        BILLING_INTERVALS,
        compute="_compute_billing_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    billing_mode = fields.Selection(
        BILLING_MODES,
        compute="_compute_billing_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    date_start = fields.Date(
        string="Start", required=True, default=fields.Date.context_today, tracking=True, index=True
    )
    date_end = fields.Date(string="Last Day", copy=False, tracking=True, lock="closed")
    anchor_date = fields.Date(
        string="Billing Periods from",
        compute="_compute_anchor_date",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Every billing period is counted from this day; the first and the last one are "
        "prorated by day where the contract covers a part of them.",
    )
    regime = fields.Selection(
        CUSTOMER_REGIMES,
        string="Customer Regime",
        compute="_compute_regime",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    is_small_firm = fields.Boolean(string="Micro or Small Firm", tracking=True)
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        compute="_compute_tz",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        tracking=True,
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        compute="_compute_payment_term_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        compute="_compute_fiscal_position_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Payment Method",
        compute="_compute_payment_method_line_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        tracking=True,
        domain="[('payment_type', '=', 'inbound'), ('selectable', '=', True), "
        "('company_id', '=', company_id)]",
    )
    mandate_id = fields.Many2one(
        "account.banking.mandate",
        string="Direct Debit Mandate",
        compute="_compute_mandate_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        check_company=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
        domain="[('partner_id', '=', commercial_invoice_partner_id), "
        "('state', 'in', ('draft', 'valid', 'final')), ('company_id', '=', company_id)]",
    )
    commercial_invoice_partner_id = fields.Many2one(
        related="partner_invoice_id.commercial_partner_id", string="Mandate Holder"
    )
    conditions_id = fields.Many2one(
        "service.conditions",
        string="General Conditions",
        compute="_compute_conditions_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    conditions_snapshot = fields.Html(
        string="Conditions as Signed", readonly=True, copy=False, lock="workflow"
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account", ondelete="restrict", copy=False, check_company=True
    )
    project_id = fields.Many2one(
        "project.project",
        check_company=True,
        domain="[('allow_timesheets', '=', True)]",
        help="Sessions of this contract are recorded here; empty: the company's service project.",
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Quotation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    line_ids = fields.One2many("service.contract.line", "contract_id", copy=True)
    commitment_ids = fields.One2many("service.commitment", "contract_id")
    charge_ids = fields.One2many("service.charge", "contract_id")
    session_ids = fields.One2many("service.session", "contract_id")
    commitment_end = fields.Date(compute="_compute_commitment", string="Committed until")
    refusal_deadline = fields.Date(compute="_compute_commitment", string="Last Day to Refuse")
    mrr = fields.Monetary(
        string="Monthly Recurring",
        compute="_compute_mrr",
        store=True,
        help="Recurring price per month, in the tax mode of the products.",
    )
    charged_until = fields.Date(
        readonly=True, copy=False, help="Charges are made up to this day.", index=True
    )
    note = fields.Html(string="Internal Note")

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start OR is_withdrawn AND date_end = date_start - 1)",
        "A contract ends on or after its start.",
    )
    _to_charge = models.Index("(charged_until, id) WHERE state IN ('active', 'ended')")

    # ----- Defaults that follow the customer and the family -----

    @api.depends("partner_id")
    def _compute_partner_addresses(self):
        for contract in self:
            address = contract.partner_id.address_get(["invoice", "delivery"])
            contract.partner_invoice_id = address["invoice"]
            contract.partner_shipping_id = address["delivery"]

    @api.depends("family_id")
    def _compute_billing_terms(self):
        for contract in self:
            family = contract.family_id
            contract.billing_interval = family.billing_interval or contract.billing_interval or "1"
            contract.billing_mode = family.billing_mode or contract.billing_mode or "advance"

    @api.depends("date_start")
    def _compute_anchor_date(self):
        for contract in self:
            contract.anchor_date = contract.date_start

    @api.depends("partner_id")
    def _compute_regime(self):
        for contract in self:
            partner = contract.partner_id
            contract.regime = partner._get_service_regime() if partner else "professional"

    @api.depends("partner_shipping_id", "company_id")
    def _compute_tz(self):
        for contract in self:
            partner = contract.partner_shipping_id
            contract.tz = (
                partner.tz
                or partner.commercial_partner_id.tz
                or contract.company_id._get_service_timezone()
            )

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_id(self):
        for contract in self:
            partner = contract.partner_id.with_company(contract.company_id)
            contract.pricelist_id = partner.property_product_pricelist

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for contract in self:
            contract.currency_id = (
                contract.pricelist_id.currency_id or contract.company_id.currency_id
            )

    @api.depends("partner_invoice_id", "company_id")
    def _compute_payment_term_id(self):
        for contract in self.filtered("partner_invoice_id"):
            partner = contract.partner_invoice_id.with_company(contract.company_id)
            contract.payment_term_id = partner.property_payment_term_id

    @api.depends("partner_invoice_id", "family_id", "company_id")
    def _compute_payment_method_line_id(self):
        for contract in self.filtered("partner_invoice_id"):
            contract.payment_method_line_id = contract._get_default_payment_method()

    def _get_default_payment_method(self):
        """Return how the customer pays; direct debit where the family demands it (S36)."""
        self.ensure_one()
        company = self.company_id
        method = self.partner_invoice_id._get_service_payment_method(company)
        if self.family_id.sepa_required and not method.payment_method_id.mandate_required:
            return company._get_service_debit_line() or method
        return method

    @api.depends("partner_invoice_id", "partner_shipping_id", "company_id")
    def _compute_fiscal_position_id(self):
        for contract in self.filtered("partner_invoice_id"):
            positions = self.env["account.fiscal.position"].with_company(contract.company_id)
            contract.fiscal_position_id = positions._get_fiscal_position(
                contract.partner_invoice_id, contract.partner_shipping_id
            )

    @api.depends("family_id")
    def _compute_conditions_id(self):
        for contract in self:
            contract.conditions_id = contract.family_id.conditions_id

    # ----- Figures -----

    @api.depends("line_ids.price_monthly", "line_ids.is_current")
    def _compute_mrr(self):
        for contract in self:
            lines = contract.line_ids.filtered("is_current")
            contract.mrr = sum(lines.mapped("price_monthly"))

    @api.depends(
        "commitment_ids.date_end", "commitment_ids.refusal_deadline", "commitment_ids.is_refused"
    )
    def _compute_commitment(self):
        for contract in self:
            terms = contract.commitment_ids.filtered(lambda term: not term.is_refused)
            term = terms.sorted("number")[-1:]
            contract.commitment_end = term.date_end
            contract.refusal_deadline = term.refusal_deadline

    # ----- Records -----

    @api.constrains("family_id", "level_id")
    def _check_level(self):
        for contract in self.filtered("level_id"):
            if contract.level_id.family_id != contract.family_id:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: the level “%(level)s” belongs to another family.",
                        contract=contract.name,
                        level=contract.level_id.name,
                    )
                )

    def write(self, vals):
        self._check_frozen(vals)
        self._check_legal(vals)
        result = super().write(vals)
        party = self._get_party_fields() & vals.keys()
        if party or {"billing_interval", "billing_mode", "date_end"} & vals.keys():
            self._remake_charges()
        if party:
            self._update_open_charges(party)
        return result

    def _check_frozen(self, vals):
        """Refuse what can no longer change once a contract has been active.

        Terms and billing periods are counted from its start, and its prices are in its currency.
        Its level changes by an amendment only: no client can make that key of the context.
        """
        names = FROZEN_FIELDS & vals.keys()
        if self.env.context.get("service_amending") is not AMENDING:
            names |= AMENDED_FIELDS & vals.keys()
        for contract in self.filtered(lambda contract: contract.state in ("active", "ended")):
            changed = [name for name in sorted(names) if is_changed(contract, name, vals[name])]
            if contract._is_currency_changed(vals):
                changed.append("currency_id")
            if changed:
                raise UserError(
                    self.env._(
                        "%(contract)s is %(state)s: %(fields)s can no longer change.",
                        contract=contract.name,
                        state=get_label(contract, "state").lower(),
                        fields=", ".join(
                            self._fields[name]._description_string(self.env) for name in changed
                        ),
                    )
                )

    def _check_legal(self, vals):
        """Leave to managers what the law gives to a customer whose contract is in force (L02)."""
        if self.env.su or self.env.user._is_service_manager():
            return
        for contract in self.filtered(lambda contract: contract.state in ("active", "ended")):
            for name in LEGAL_FIELDS:
                if name in vals and is_changed(contract, name, vals[name]):
                    raise AccessError(
                        self.env._(
                            "%(contract)s is in force: what the law gives to its customer is "
                            "changed by a manager.",
                            contract=contract.name,
                        )
                    )

    def _is_currency_changed(self, vals):
        self.ensure_one()
        pricelist = self.env["product.pricelist"].browse(vals.get("pricelist_id"))
        return bool(pricelist) and pricelist.sudo().currency_id != self.currency_id

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for contract in self:
            if contract.state in ("active", "ended"):
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

    # ----- Questions that other rooms ask -----

    @api.model
    def _get_in_force_domain(self, partner, company, day):
        """Return the domain of a customer's contracts that are in force on a local date."""
        return [
            ("company_id", "=", company.id),
            ("commercial_partner_id", "=", partner.commercial_partner_id.id),
            ("state", "in", ("active", "ended")),
            ("date_start", "<=", day),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", day),
        ]
