from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..catalogue.service_family import BILLING_INTERVALS, BILLING_MODES, BILLING_STARTS
from ..company.res_partner import CUSTOMER_REGIMES

CONTRACT_STATES = [
    ("draft", "Draft"),
    ("active", "Active"),
    ("ended", "Ended"),
    ("cancelled", "Cancelled"),
]
IN_FORCE = ("active", "ended")
OVER = ("ended", "cancelled")


class ServiceContract(models.Model):
    """What a customer has agreed to: one family, one level, one billing interval, one site
    (S09), and the référent whom the customer names (S38).

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
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        lock="sealed",
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
        "res.partner", string="Customer", required=True, index=True, tracking=True, lock="sealed"
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
        lock="open",
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
        lock="sealed",
    )
    level_id = fields.Many2one(
        "service.level",
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        domain="[('family_id', '=', family_id)]",
        lock="sealed",
    )
    billing_interval = fields.Selection(
        BILLING_INTERVALS,
        compute="_compute_billing_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        reprices=True,
    )
    billing_mode = fields.Selection(
        BILLING_MODES,
        compute="_compute_billing_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        reprices=True,
    )
    date_start = fields.Date(
        string="Start",
        required=True,
        default=fields.Date.context_today,
        copy=False,
        tracking=True,
        index=True,
        lock="sealed",
    )
    date_end = fields.Date(
        string="Last Day", copy=False, tracking=True, lock="closed", reprices=True
    )
    billing_start = fields.Selection(
        BILLING_STARTS,
        string="Bill from",
        compute="_compute_billing_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="From which day on billing periods are counted: the days before it are billed by "
        "day. Commitment and renewals keep their own dates.",
        lock="draft",
    )
    anchor_date = fields.Date(
        string="Billing Periods from",
        compute="_compute_anchor_date",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        copy=False,
        help="Every billing period is counted from this day; the first and the last one are "
        "prorated by day where the contract covers a part of them.",
        lock="sealed",
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
        lock="closed",
    )
    is_small_firm = fields.Boolean(
        string="Micro or Small Firm",
        compute="_compute_regime",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        lock="closed",
    )
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
        lock="sealed",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True, lock="sealed"
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
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        lock="draft",
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
        lock="workflow",
    )
    line_ids = fields.One2many("service.contract.line", "contract_id", copy=True)
    charge_ids = fields.One2many("service.charge", "contract_id")
    session_ids = fields.One2many("service.session", "contract_id")
    mrr = fields.Monetary(
        string="Monthly Recurring",
        compute="_compute_mrr",
        store=True,
        help="Recurring price per month, in the tax mode of the products; nothing while the "
        "contract is suspended and not billed.",
    )
    charged_until = fields.Date(
        readonly=True,
        copy=False,
        help="Charges are made up to this day.",
        index=True,
        lock="workflow",
    )
    note = fields.Html(string="Internal Note")

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A contract ends on or after its start."
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

    @api.depends("partner_id")
    def _compute_regime(self):
        for contract in self:
            customer = contract.partner_id._get_service_customer(contract.company_id)
            contract.regime, contract.is_small_firm = customer

    @api.depends("partner_shipping_id", "company_id")
    def _compute_tz(self):
        for contract in self:
            site = contract.partner_shipping_id
            contract.tz = site._get_service_timezone(contract.company_id)

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

    # ----- The mandate -----

    @api.depends("partner_invoice_id", "payment_method_line_id", "company_id")
    def _compute_mandate_id(self):
        for contract in self:
            partner = contract.partner_invoice_id.with_company(contract.company_id)
            contract.mandate_id = contract._wants_mandate() and partner.valid_mandate_id

    def _wants_mandate(self):
        """Tell whether the contract is paid by direct debit, or has to be (S36)."""
        self.ensure_one()
        method = self.payment_method_line_id.payment_method_id
        return method.mandate_required or self.family_id.sepa_required

    @api.constrains("mandate_id", "partner_invoice_id")
    def _check_mandate_owner(self):
        for contract in self.filtered("mandate_id"):
            owner = contract.partner_invoice_id.commercial_partner_id
            if contract.mandate_id.partner_id.commercial_partner_id != owner:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: the mandate %(mandate)s is not one of %(customer)s.",
                        contract=contract.name,
                        mandate=contract.mandate_id.display_name,
                        customer=owner.display_name,
                    )
                )

    # ----- Figures -----

    @api.depends("line_ids.price_monthly", "line_ids.is_current", "is_resting")
    def _compute_mrr(self):
        for contract in self:
            lines = contract.line_ids.filtered("is_current")
            contract.mrr = 0 if contract.is_resting else sum(lines.mapped("price_monthly"))

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
        result = super().write(vals)
        if not vals.keys().isdisjoint(("regime", "is_small_firm")):
            self._remember_customer()
        party = self.env["service.charge"]._get_party_fields() & vals.keys()
        if party or self._get_marked("reprices") & vals.keys():
            self._remake_charges()
        if party:
            self._update_open_charges(party)
        return result

    # ----- In force -----

    @api.model
    def _get_in_force_domain(self, partner, company, day):
        """Return the domain of a customer's contracts that are in force on a local date."""
        return [
            ("company_id", "=", company.id),
            ("commercial_partner_id", "=", partner.commercial_partner_id.id),
            ("state", "in", IN_FORCE),
            ("date_start", "<=", day),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", day),
        ]
