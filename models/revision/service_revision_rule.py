from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ...tools import revision
from ..common.field_values import get_label
from ..contract.service_contract import IN_FORCE

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class ServiceRevisionRule(models.Model):
    """How and when the prices of contracts are revised (L17): by an index, or by a percentage.

    What a contract in force was signed with does not change: its rule is archived and another one
    is made.
    """

    _name = "service.revision.rule"
    _description = "Price Revision Rule"
    _inherit = ["service.catalogue.mixin", "service.workflow.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    method = fields.Selection(
        [("index", "Published index"), ("percent", "Fixed percentage")],
        default="index",
        required=True,
        help="By an index: new price = price × value of the month that counts / value of the base "
        "month.",
        lock="sealed",
    )
    price_index_id = fields.Many2one(
        "service.price.index",
        string="Index",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        lock="sealed",
    )
    percent = fields.Float(string="Percent a Year", digits=(6, 3), lock="sealed", aggregator=None)
    index_choice = fields.Selection(
        [
            ("latest", "The latest published on the day of the revision"),
            ("lag", "Of a month some months before"),
            ("month", "Of a month of each year"),
        ],
        string="Value that Counts",
        default="latest",
        required=True,
        help="Indexes are published late. A month that is named here and not published yet is "
        "waited for; nothing is guessed.",
        lock="sealed",
    )
    index_lag = fields.Integer(string="Months before", default=3, lock="sealed", aggregator=None)
    index_month = fields.Selection(MONTHS, string="Month of the Index", default="9", lock="sealed")
    has_floor = fields.Boolean(string="Least Change", lock="sealed")
    floor = fields.Float(
        digits=(6, 3),
        help="Percent a year; 0: prices never go down.",
        lock="sealed",
        aggregator=None,
    )
    has_cap = fields.Boolean(string="Greatest Change", lock="sealed")
    cap = fields.Float(digits=(6, 3), help="Percent a year.", lock="sealed", aggregator=None)
    rounding_step = fields.Float(
        string="Rounded to",
        default=0.01,
        required=True,
        digits=(12, 4),
        help="New prices are multiples of this.",
        lock="sealed",
        aggregator=None,
    )
    catch_up = fields.Selection(
        [
            ("since_base", "The whole change since the last revision"),
            ("last_year", "The last year's change only"),
        ],
        string="Missed Years",
        default="since_base",
        required=True,
        help="What a revision makes up for when none was made for several years. Floor and cap "
        "count once for each year that is made up for.",
        lock="sealed",
    )
    timing = fields.Selection(
        [
            ("renewal", "At each renewal of the commitment"),
            ("yearly", "On a day of each year"),
            ("manual", "When somebody asks for it"),
        ],
        string="When",
        default="renewal",
        required=True,
        help="At most once in twelve months, whatever the renewals.",
    )
    yearly_month = fields.Selection(MONTHS, string="In", default="1")
    yearly_day = fields.Integer(string="On the", default=1, aggregator=None)
    notice_days = fields.Integer(
        string="Prepared",
        default=45,
        help="Days before the new prices: time to check them and to tell the customer.",
        aggregator=None,
    )
    is_automatic = fields.Boolean(
        string="Apply by Itself",
        help="The daily job applies what it prepares. Otherwise a person confirms.",
    )
    contract_ids = fields.One2many("service.contract", "revision_rule_id")
    is_locked = fields.Boolean(compute="_compute_is_locked")
    summary = fields.Char(compute="_compute_summary")

    _index_required = models.Constraint(
        "CHECK (method <> 'index' OR price_index_id IS NOT NULL)", "Choose the index."
    )
    _bounds_ordered = models.Constraint(
        "CHECK (NOT (has_floor AND has_cap AND floor > cap))", "The floor is above the cap."
    )
    _step_positive = models.Constraint(
        "CHECK (rounding_step > 0)", "New prices are rounded to a step above zero."
    )
    _day_range = models.Constraint(
        "CHECK (yearly_day BETWEEN 1 AND 28 AND index_lag >= 0 AND notice_days >= 0)",
        "The day of each year lies between 1 and 28; months and days before are zero or more.",
    )
    _percent_range = models.Constraint(
        "CHECK (percent > -100)", "A price cannot fall by 100 percent or more."
    )

    @api.depends("contract_ids.state")
    def _compute_is_locked(self):
        signed = self._filter_signed()
        for rule in self:
            rule.is_locked = rule._origin in signed

    @api.depends("method", "price_index_id", "percent", "has_floor", "floor", "has_cap", "cap")
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            rule.summary = " · ".join(rule._describe())

    def _describe(self):
        """Return the parts of the rule in words, in the reader's language."""
        if self.method == "percent":
            parts = [self.env._("%(percent)s %% a year", percent=self._format(self.percent))]
        else:
            parts = [self.price_index_id.name or ""]
            if self.has_floor:
                parts.append(self.env._("at least %(floor)s %%", floor=self._format(self.floor)))
            if self.has_cap:
                parts.append(self.env._("at most %(cap)s %%", cap=self._format(self.cap)))
        return [*parts, get_label(self, "timing").lower()]

    def _format(self, number):
        return f"{formatLang(self.env, number, digits=3)}".rstrip("0").rstrip(".,")

    # ----- As signed -----

    def _filter_signed(self):
        """Return the rules that a contract in force, or one that was, is signed with."""
        groups = (
            self.env["service.contract"]
            .sudo()
            ._read_group(
                [("revision_rule_id", "in", self.ids), ("state", "in", IN_FORCE)],
                ["revision_rule_id"],
            )
        )
        return self.browse(rule.id for (rule,) in groups)

    def _is_sealed(self):
        """How a rule reckons does not change once a contract in force is signed with it."""
        self.ensure_one()
        return bool(self._filter_signed())

    def _raise_sealed(self, names):
        raise UserError(
            self.env._(
                "“%(rule)s” is signed by customers: how it reckons cannot change any more. "
                "Archive it and make another one.",
                rule=self.name,
            )
        )

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.family", "revision_rule_id"),
            ("service.contract", "revision_rule_id"),
            ("service.price.revision", "rule_id"),
        ]

    # ----- What the calendar and the core are asked -----

    def _get_bounds(self):
        self.ensure_one()
        return revision.Bounds(
            Decimal(str(self.floor)) if self.has_floor else None,
            Decimal(str(self.cap)) if self.has_cap else None,
        )

    def _get_index_month(self, day):
        """Return the month whose value counts on a day; MissingValueError where none can."""
        self.ensure_one()
        published = self.price_index_id._get_values() if self.index_choice == "latest" else ()
        return revision.index_month(
            self.index_choice, day, published, self.index_lag, int(self.index_month or 1)
        )

    def _get_default_base_month(self, day):
        """Return the month that prices of a day are compared with, unless a contract names it."""
        self.ensure_one()
        if self.method != "index":
            return False
        return (
            revision.month_start(day)
            if self.index_choice == "latest"
            else self._get_index_month(day)
        )

    def _get_yearly_date(self, day):
        """Return the first day of revision on or after a day."""
        self.ensure_one()
        found = date(day.year, int(self.yearly_month), self.yearly_day)
        return found if found >= day else found.replace(year=day.year + 1)
