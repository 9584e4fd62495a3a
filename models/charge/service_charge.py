from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

KINDS = [
    ("period", "Recurring"),
    ("session", "Session"),
    ("credit", "Credit"),
    ("termination", "Early exit"),
    ("fee", "Fee"),
    ("one_off", "One-off"),
    ("goodwill", "Goodwill"),
]
COMPONENTS = [
    ("period", "Period"),
    ("first_block", "First block"),
    ("next_blocks", "Next blocks"),
    ("access_fee", "Access fee"),
    ("minimum", "Minimum amount"),
    ("after_hours", "After hours"),
    ("after_hours_first", "After hours, first block"),
    ("after_hours_next", "After hours, next blocks"),
    ("after_hours_fee", "After hours, access fee"),
    ("override", "Price set by a person"),
    ("travel", "Travel"),
    ("included", "Included"),
    ("other", "Other"),
]
STATES = [
    ("on_hold", "On hold"),
    ("ready", "To bill"),
    ("invoiced", "Invoiced"),
    ("credited", "Credited: to decide"),
    ("waived", "Waived"),
    ("included", "Included"),
]
OPEN_CHARGE_STATES = ("on_hold", "ready")
QUANTITY_TOLERANCE = 0.00001
# What a charge takes over from another one: of whom and what it is, and how it is paid.
SNAPSHOT_FIELDS = (
    "company_id",
    "partner_id",
    "partner_invoice_id",
    "partner_shipping_id",
    "currency_id",
    "pricelist_id",
    "fiscal_position_id",
    "contract_id",
    "contract_line_id",
    "product_id",
)
PAYMENT_FIELDS = ("payment_term_id", "payment_method_line_id", "mandate_id")


class ServiceCharge(models.Model):
    """What is owed and why: the only place where a price meets a reason (S06: to the cent).

    Service dates are local and half-open. Party and price are snapshots: changing a tariff, a
    product or a pricelist never changes a charge (S04). The workflow makes it and nobody writes it:
    people decide by the buttons of ``service_charge_decision.py``, which keep a trace.
    """

    _name = "service.charge"
    _description = "Charge"
    _inherit = ["service.workflow.mixin", "mail.thread"]
    _check_company_auto = True
    _derived_partners = frozenset({"partner_id", "partner_invoice_id", "partner_shipping_id"})
    _order = "date_start, id"
    _takes_user_defaults = False

    kind = fields.Selection(KINDS, required=True, index=True, lock="once")
    component = fields.Selection(COMPONENTS, required=True, default="other", lock="once")
    revision = fields.Integer(
        default=0,
        help="Raised each time the same matter is charged anew.",
        lock="once",
        aggregator=None,
    )
    reversed_charge_id = fields.Many2one(
        "service.charge",
        string="Reverses",
        index="btree_not_null",
        ondelete="restrict",
        lock="once",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, lock="once"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        lock="workflow",
    )
    partner_invoice_id = fields.Many2one(
        "res.partner",
        string="Invoice Address",
        required=True,
        index=True,
        check_company=True,
        lock="workflow",
    )
    partner_shipping_id = fields.Many2one(
        "res.partner", string="Site", check_company=True, lock="workflow"
    )
    currency_id = fields.Many2one("res.currency", required=True, lock="sealed")
    pricelist_id = fields.Many2one("product.pricelist", check_company=True, lock="workflow")
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position", check_company=True, lock="workflow"
    )
    payment_term_id = fields.Many2one("account.payment.term", check_company=True, lock="workflow")
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Payment Method",
        check_company=True,
        lock="workflow",
    )
    mandate_id = fields.Many2one(
        "account.banking.mandate",
        string="Direct Debit Mandate",
        check_company=True,
        lock="workflow",
    )
    contract_id = fields.Many2one(
        "service.contract",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        lock="once",
    )
    contract_line_id = fields.Many2one(
        "service.contract.line",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        lock="once",
    )
    session_id = fields.Many2one(
        "service.session",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        lock="once",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        lock="sealed",
    )
    name = fields.Text(string="Description", required=True, lock="workflow")
    quantity = fields.Float(default=1.0, digits="Product Unit", required=True, lock="sealed")
    price_unit = fields.Float(
        string="Price", digits="Product Price", required=True, lock="sealed", aggregator=None
    )
    discount = fields.Float(string="Disc.%", digits="Discount", lock="sealed", aggregator=None)
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        check_company=True,
        context={"active_test": False},
        lock="sealed",
    )
    amount = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        help="In the tax mode of the product.",
    )
    amount_untaxed = fields.Monetary(compute="_compute_amounts", store=True)
    amount_total = fields.Monetary(compute="_compute_amounts", store=True)
    date_start = fields.Date(string="From", required=True, index=True, lock="sealed")
    date_end = fields.Date(
        string="Until",
        required=True,
        help="The first day that is no longer served.",
        lock="sealed",
    )
    date_last = fields.Date(string="Last Day", compute="_compute_date_last")
    billing_date = fields.Date(
        string="May be Billed from",
        required=True,
        index=True,
        help="Compared with the cut-off.",
        lock="workflow",
    )
    explanation = fields.Json(lock="workflow")
    explanation_html = fields.Html(string="Why this Price", compute="_compute_explanation_html")
    is_included = fields.Boolean(
        help="Covered by the contract: shown at 0.00, never invoiced.", lock="once"
    )
    included_amount = fields.Monetary(string="Value Included", lock="once")
    is_free = fields.Boolean(
        string="Nothing to Pay",
        readonly=True,
        help="It costs nothing, and nothing else was to be invoiced with it: no invoice was made.",
        lock="workflow",
    )
    hold_until = fields.Date(
        string="Held until", help="Last day of the hold, inclusive.", lock="workflow"
    )
    hold_cause = fields.Selection(
        [
            ("approval", "Waits for a manager's approval"),
            ("unsent", "Intervention sheet not sent"),
            ("sent", "The customer may still contest it"),
            ("undelivered", "Intervention sheet not delivered"),
            ("contested", "Contested by the customer"),
            ("raised", "Waits for the customer's answer to a higher price"),
            ("written", "The customer wrote: somebody has to read it"),
        ],
        string="Held because",
        readonly=True,
        help="What its session waits for before it may be billed.",
        lock="workflow",
    )
    is_held = fields.Boolean(string="Held", lock="workflow")
    is_waived = fields.Boolean(string="Waived", lock="workflow")
    reason_id = fields.Many2one(
        "service.reason",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('usage', 'in', ('hold', 'waive', 'price'))]",
        check_company=True,
        help="Why it is held or waived.",
        lock="workflow",
    )
    is_unowed = fields.Boolean(
        string="Not Owed Now",
        readonly=True,
        help="Credited to be billed anew, for days that the contract does not serve: nothing is "
        "owed until it serves them after all.",
        lock="workflow",
    )
    move_line_ids = fields.One2many(
        "account.move.line", "service_charge_id", string="Invoice Lines"
    )
    billed_quantity = fields.Float(compute="_compute_state", store=True, digits="Product Unit")
    invoice_id = fields.Many2one(
        "account.move",
        compute="_compute_state",
        store=True,
        index="btree_not_null",
        check_company=True,
    )
    state = fields.Selection(STATES, compute="_compute_state", store=True, index=True)

    _period_once = models.Constraint(
        "EXCLUDE USING gist (int8range(contract_line_id, contract_line_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[)') WITH &&) WHERE (kind = 'period')",
        "This contract line is charged for a part of this period already.",
    )
    _session_once = models.UniqueIndex(
        "(session_id, component, revision) WHERE session_id IS NOT NULL",
        "This part of the session is charged already.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end > date_start)", "A charge is for at least one day."
    )
    _period_has_line = models.Constraint(
        "CHECK (kind <> 'period' OR contract_line_id IS NOT NULL)",
        "A recurring charge belongs to a contract line.",
    )
    _quantity_not_zero = models.Constraint("CHECK (quantity <> 0)", "A charge has a quantity.")
    _to_bill = models.Index("(company_id, billing_date) WHERE state = 'ready'")

    @api.model_create_multi
    def create(self, vals_list):
        """Make charges by the thousand without a message each: what people decide leaves one."""
        charges = self.with_context(tracking_disable=True)
        return super(ServiceCharge, charges).create(vals_list).with_env(self.env)

    # ----- Computed -----

    @api.depends("date_start", "date_end")
    def _compute_date_last(self):
        for charge in self:
            charge.date_last = charge.date_end and charge.date_end - timedelta(days=1)

    @api.depends("name", "product_id")
    def _compute_display_name(self):
        for charge in self:
            charge.display_name = (charge.name or charge.product_id.display_name or "").split("\n")[
                0
            ]

    @api.depends("quantity", "price_unit", "discount", "tax_ids", "currency_id", "is_included")
    def _compute_amounts(self):
        known = {}
        for charge in self:
            price = charge.price_unit * (1 - charge.discount / 100)
            figures = charge._reckon(
                charge.tax_ids,
                price,
                charge.quantity,
                charge.currency_id,
                charge.product_id,
                charge.partner_invoice_id,
                known,
            )
            charge.amount = charge.currency_id.round(price * charge.quantity)
            charge.amount_untaxed = figures["total_excluded"]
            charge.amount_total = figures["total_included"]

    @api.model
    def _compute_amounts_of(self, vals, known=None):
        """Return the figures of a charge that is not made, from the values that would make it.

        :return: dict as that of ``account.tax.compute_all``
        """
        ((*_command, tax_ids),) = vals["tax_ids"]
        return self._reckon(
            self.env["account.tax"].browse(tax_ids),
            vals["price_unit"] * (1 - vals["discount"] / 100),
            vals["quantity"],
            self.env["res.currency"].browse(vals["currency_id"]),
            self.env["product.product"].browse(vals["product_id"]),
            self.env["res.partner"].browse(vals["partner_invoice_id"]),
            {} if known is None else known,
        )

    @api.model
    def _reckon(self, taxes, price, quantity, currency, product, partner, known):
        """Return what Odoo's tax engine makes of a price; what was asked before is ``known``.

        Who pays counts for taxes that are formulas alone.
        """
        payer = partner if "code" in taxes.mapped("amount_type") else None
        key = (taxes, price, quantity, currency, product, payer)
        if key not in known:
            known[key] = taxes._compute_line_of_charge(
                price, currency=currency, quantity=quantity, product=product, partner=partner
            )
        return known[key]

    # ----- Snapshots for those who make charges -----

    @api.model
    def _prepare_billing_party_vals(self, partner, contract=None, company=None, day=None):
        """Return who pays, how and in what currency: from the contract, else from the customer.

        The invoices of a run are grouped by these values. ``day``: what is charged is for that day.
        """
        if contract:
            return {
                "company_id": contract.company_id.id,
                "currency_id": contract.currency_id.id,
                "contract_id": contract.id,
                **{name: contract[name].id for name in self._get_party_fields()},
            }
        company = company or self.env.company
        partner = partner.with_company(company)
        invoice = self.env["res.partner"].browse(partner.address_get(["invoice"])["invoice"])
        invoice = invoice.with_company(company)
        site = self.env["res.partner"].browse(partner.address_get(["delivery"])["delivery"])
        pricelist = partner.property_product_pricelist
        method = invoice._get_service_payment_method(company)
        position = self.env["account.fiscal.position"].with_company(company)
        return {
            "company_id": company.id,
            "partner_id": partner.id,
            "partner_invoice_id": invoice.id,
            "partner_shipping_id": site.id,
            "pricelist_id": pricelist.id,
            "currency_id": (pricelist.currency_id or company.currency_id).id,
            "fiscal_position_id": position._get_fiscal_position(invoice, site).id,
            "payment_term_id": invoice.property_payment_term_id.id,
            "payment_method_line_id": method.id,
            "mandate_id": (
                invoice.valid_mandate_id.id if method.payment_method_id.mandate_required else False
            ),
        }

    @api.model
    def _get_taxes(self, product, company, fiscal_position):
        """Return the sales taxes of a product in a company, mapped by the fiscal position (L09).

        Archived ones as well: what would be charged without a tax that somebody has put away waits
        until it has a successor (``_renew_archived_taxes``).
        """
        taxes = product.sudo().with_context(active_test=False).taxes_id
        taxes = taxes._filter_taxes_by_company(company).with_env(self.env)
        return self._map_taxes(taxes, fiscal_position)

    @api.model
    def _map_taxes(self, taxes, position):
        """Map taxes by a fiscal position, to an archived one where nothing else replaces them.

        Odoo passes that over: the 20 % that an archived 8.5 % replaced would come back unseen.
        """
        replacing = position.with_context(active_test=False).tax_ids
        if all(replacing.mapped("active")):
            return position.map_tax(taxes)
        return taxes.browse().union(*(self._map_tax(tax, replacing) for tax in taxes))

    @api.model
    def _map_tax(self, tax, replacing):
        """Return what replaces a tax, archived if nothing else does; itself where nothing does."""
        own = replacing.filtered(lambda other: tax in other.original_tax_ids)
        return own.filtered("active") or own or tax

    @api.model
    def _get_party_fields(self):
        """Return the fields that a charge copies from its contract: who pays, where and how."""
        return {
            "partner_id",
            "partner_invoice_id",
            "partner_shipping_id",
            "pricelist_id",
            "fiscal_position_id",
            "payment_term_id",
            "payment_method_line_id",
            "mandate_id",
        }

    def action_open_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.invoice_id.id,
        }

    # ----- Locks -----

    def _check_locks(self, vals):
        """What may still change of an open charge, its workflow changes."""
        if names := self._locked_fields & vals.keys():
            self._raise_locked(names)

    def _is_sealed(self):
        """What an invoice bills stays as it is billed."""
        self.ensure_one()
        return self.state == "invoiced"

    def _raise_sealed(self, names):
        self._check_not_billed()

    def _raise_locked(self, names):
        raise AccessError(
            self.env._(
                "%(fields)s of a charge cannot be written: decide on the charge or its invoice.",
                fields=self._get_field_labels(names),
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_not_billed()
        lines = self.sudo().move_line_ids
        if live := self._billed_lines():
            raise UserError(
                self.env._(
                    "“%(charge)s” was billed and credited on %(invoice)s: it is kept.",
                    charge=live[0].service_charge_id.display_name,
                    invoice=live[0].move_id._get_service_name(),
                )
            )
        lines.move_id.service_is_superseded = True
        lines.service_charge_id = False
