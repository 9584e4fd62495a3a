from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools.discounts import percent_on
from ...tools.periods import price_periods
from ..catalogue.product_template import PRICE_PERIODS
from ..common.words import format_number


class ServiceContractLine(models.Model):
    """A recurring product of a contract, with its own first and last day for amendments."""

    _name = "service.contract.line"
    _description = "Contract Line"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "contract_id, sequence, id"

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="once",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('service_is_recurring', '=', True)]",
        lock="closed",
        reprices=True,
    )
    name = fields.Text(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        lock="closed",
        reprices=True,
    )
    quantity = fields.Float(
        default=1.0, digits="Product Unit", required=True, lock="closed", reprices=True
    )
    price_unit = fields.Float(
        string="Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        digits="Product Price",
        required=True,
        lock="closed",
        reprices=True,
        aggregator=None,
    )
    discount = fields.Float(
        string="Disc.%", digits="Discount", lock="closed", reprices=True, aggregator=None
    )
    discount_until = fields.Date(
        string="Discounted until",
        help="Last day of the discount; empty: it never ends. From the next day on the full price "
        "is charged, prorated by day.",
        lock="closed",
        reprices=True,
    )
    is_discounted = fields.Boolean(compute="_compute_is_discounted", store=True)
    price_period = fields.Selection(
        PRICE_PERIODS,
        compute="_compute_price_period",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        lock="closed",
        reprices=True,
    )
    price_monthly = fields.Monetary(
        string="Per Month", compute="_compute_price_monthly", store=True
    )
    date_start = fields.Date(
        string="From",
        copy=False,
        help="Empty: from the contract's start. Days outside the contract are not charged.",
        lock="closed",
        reprices=True,
    )
    date_end = fields.Date(
        string="Last Day",
        copy=False,
        help="Empty: as long as the contract. Days outside the contract are not charged.",
        lock="closed",
        reprices=True,
    )
    is_current = fields.Boolean(compute="_compute_is_current", store=True)
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line",
        readonly=True,
        copy=False,
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )
    charge_ids = fields.One2many("service.charge", "contract_line_id")

    _sale_line_unique = models.UniqueIndex(
        "(sale_line_id) WHERE sale_line_id IS NOT NULL",
        "This order line is in a contract already.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A contract line ends on or after its first day."
    )
    _quantity_not_zero = models.Constraint(
        "CHECK (quantity <> 0)",
        "A contract line has a quantity. Give it a last day when it is no longer provided.",
    )

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            product = line.product_id.with_context(lang=line.contract_id.partner_id.lang)
            line.name = product.get_product_multiline_description_sale() or line.name

    @api.depends("product_id")
    def _compute_price_period(self):
        for line in self:
            line.price_period = line.product_id.service_price_period or "1"

    @api.depends("product_id")
    def _compute_price_unit(self):
        for line in self.filtered("product_id"):
            contract = line.contract_id
            line.price_unit = contract.pricelist_id._get_product_price(
                line.product_id,
                line.quantity or 1.0,
                currency=contract.currency_id,
                date=contract.date_start or fields.Date.context_today(self),
            )

    @api.depends("discount", "discount_until")
    def _compute_is_discounted(self):
        today = fields.Date.context_today(self)
        for line in self:
            line.is_discounted = bool(line._get_discount_on(today))

    @api.depends("quantity", "price_unit", "discount", "is_discounted", "price_period")
    def _compute_price_monthly(self):
        today = fields.Date.context_today(self)
        for line in self:
            line.price_monthly = line._get_monthly_on(today)

    def _get_discount_on(self, day):
        """Return the percent that is taken off on a day: nothing once the discount has ended."""
        self.ensure_one()
        return percent_on(self.discount, self.discount_until, day)

    def _get_monthly_on(self, day):
        """Return what the line costs each month by the discount of a day."""
        self.ensure_one()
        share = float(price_periods(1, int(self.price_period or 1)))
        net = 1 - self._get_discount_on(day) / 100
        amount = self.quantity * self.price_unit * net * share
        return self.currency_id.round(amount) if self.currency_id else amount

    @api.depends("date_start", "date_end", "contract_id.state", "contract_id.date_start")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for line in self:
            is_open = not line.date_end or line.date_end >= today
            is_alive = line.contract_id.state in ("draft", "active")
            line.is_current = is_open and is_alive and not line._is_beginning_later(today)

    def _is_beginning_later(self, today):
        """Tell whether a line begins within its contract's life, on a day that is to come."""
        self.ensure_one()
        begins = max(today, self.contract_id.date_start or today)
        return bool(self.date_start) and self.date_start > begins

    def _refresh_current(self, today):
        """Bring up to date what is current and what discounted: time passes without a write."""
        passed = self.filtered_domain(self._get_passed_domain(today))
        passed.modified(["date_end", "discount_until"])

    @api.model
    def _get_passed_domain(self, today):
        """Return the domain of the lines that days made current, past, or of the full price."""
        is_over = fields.Domain("is_current", "=", True) & fields.Domain("date_end", "<", today)
        begun = [
            ("is_current", "=", False),
            ("date_start", "<=", today),
            ("contract_id.state", "=", "active"),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", today),
        ]
        is_full = fields.Domain("is_discounted", "=", True) & fields.Domain(
            "discount_until", "<", today
        )
        return is_over | is_full | fields.Domain(begun)

    @api.onchange("date_start", "date_end")
    def _onchange_dates(self):
        """Say in words what becomes of days that lie outside the contract."""
        contract = self.contract_id
        is_before = any(
            day and contract.date_start and day < contract.date_start
            for day in (self.date_start, self.date_end)
        )
        is_after = contract.date_end and any(
            day and day > contract.date_end for day in (self.date_start, self.date_end)
        )
        if not (is_before or is_after):
            return None
        return {
            "warning": {
                "title": self.env._("Outside the contract"),
                "message": self.env._(
                    "The contract runs from %(start)s to %(end)s: days outside are not charged.",
                    start=format_date(self.env, contract.date_start),
                    end=format_date(self.env, contract.date_end) or "…",
                ),
            }
        }

    # ----- Records -----

    def _check_not_given_away(self):
        if not self._is_workflow():
            for line in self:
                price = line.price_unit * (1 - line.discount / 100)
                pricelist = line.contract_id.pricelist_id
                line.product_id._check_given_away(price, line.quantity, pricelist)

    def write(self, vals):
        self.check_access("write")
        result = super().write(vals)
        if not vals.keys().isdisjoint(("product_id", "price_unit", "discount", "discount_until")):
            self._check_not_given_away()
        if self._get_marked("reprices") & vals.keys():
            self.contract_id._remake_charges(self)
        return result

    def _is_closed(self):
        """Direct changes of what is in force are a manager's: others amend the contract."""
        self.ensure_one()
        return self.contract_id.state != "draft"

    def _is_over(self):
        """What is over stays as it was charged."""
        self.ensure_one()
        return self.contract_id._is_over()

    def _get_held(self, names, vals):
        return self._get_changed(names, vals)

    def _raise_closed(self, names):
        if self.contract_id._is_over():
            self.contract_id._raise_past(self._get_field_labels(names))
        raise UserError(
            self.env._(
                "%(contract)s is in force: press “Amend” to change what it provides.",
                contract=self.contract_id.name,
            )
        )

    def _check_may_change(self):
        """Leave to managers what is added to a contract in force, or taken out of it."""
        if self._is_workflow():
            return
        may_correct = self._may_correct_closed()
        for line in self.filtered(lambda line: line._is_closed()):
            if not may_correct or line._is_over():
                line._raise_closed({"product_id"})

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.contract_id.check_access("write")
        lines._check_may_change()
        lines._check_not_given_away()
        lines.contract_id._reopen_charging()
        return lines

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_may_change()
        for line in self:
            if line.sudo().charge_ids._billed_lines():
                raise UserError(
                    self.env._(
                        "“%(line)s” has been billed. Give it a last day instead of deleting it.",
                        line=line.product_id.display_name,
                    )
                )
        self.sudo().charge_ids.unlink()

    # ----- Words -----

    def _describe_discount(self):
        """Return a discount in words, with its last day where it has one; empty for none."""
        self.ensure_one()
        if not self.discount:
            return ""
        percent = format_number(self.env, self.discount)
        if not self.discount_until:
            return self.env._("%(percent)s %%", percent=percent)
        return self.env._(
            "%(percent)s %% until %(day)s",
            percent=percent,
            day=format_date(self.env, self.discount_until),
        )

    def _describe_days(self):
        """Return from and until when a line runs, in words; empty with the whole contract."""
        self.ensure_one()
        contract = self.contract_id
        first, end = self._get_lifetime()
        last = end and end - timedelta(days=1)
        days = {"first": format_date(self.env, first), "last": format_date(self.env, last)}
        begins_later, ends_earlier = (
            first != contract.date_start,
            last != (contract.date_end or None),
        )
        if begins_later and ends_earlier:
            return self.env._("from %(first)s to %(last)s", **days)
        if begins_later:
            return self.env._("from %(first)s on", **days)
        return self.env._("until %(last)s", **days) if ends_earlier else ""
