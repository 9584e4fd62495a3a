from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import float_compare
from odoo.tools.misc import format_date, formatLang

from ...tools import revision as core

REFUSALS = [
    ("no_rule", "No rule of price revision"),
    ("not_active", "Contract not active"),
    ("double", "Proposed or applied already"),
    ("not_begun", "Contract not begun"),
    ("ended", "Contract ended"),
    ("nothing_provided", "Nothing provided"),
    ("no_price_date", "Date of the prices missing"),
    ("no_base_month", "Base month missing"),
    ("too_early", "Less than a year after the last one"),
    ("billed", "Billed already"),
    ("missing_value", "Value of the index missing"),
    ("no_later_value", "No later value of the index"),
    ("no_change", "No price would change"),
]


class ServicePriceRevision(models.Model):
    """New prices of one contract from a day on, and how they came about (L17).

    Proposed, then applied: each line ends the day before and goes on at its new price. What was
    charged before never changes. Why it is not possible is kept as a code and said in the reader's
    language: a refusal is ``(code of REFUSALS, {name: text, dates in ISO form})``, or None.
    """

    _name = "service.price.revision"
    _description = "Price Revision"
    _inherit = ["service.state.mixin", "service.notice.mixin"]
    _check_company_auto = True
    _order = "effective_date desc, id desc"
    _is_made_by_workflow = True

    batch_id = fields.Many2one(
        "service.revision.batch",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )
    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="once",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True, index=True
    )
    user_id = fields.Many2one(related="contract_id.user_id", string="Salesperson")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    rule_id = fields.Many2one(
        "service.revision.rule",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        lock="workflow",
    )
    effective_date = fields.Date(
        string="New Prices from", required=True, readonly=True, index=True, lock="workflow"
    )
    state = fields.Selection(
        [
            ("proposed", "To confirm"),
            ("refused", "Not possible"),
            ("left_out", "Left out"),
            ("applied", "Applied"),
            ("undone", "Taken back"),
        ],
        default="proposed",
        required=True,
        readonly=True,
        index=True,
        lock="workflow",
    )
    base_month = fields.Date(readonly=True, lock="workflow")
    base_value = fields.Float(digits=(12, 4), readonly=True, lock="workflow", aggregator=None)
    chain_coefficient = fields.Float(
        digits=(12, 6), readonly=True, lock="workflow", aggregator=None
    )
    index_month = fields.Date(string="Month that Counts", readonly=True, lock="workflow")
    index_value = fields.Float(digits=(12, 4), readonly=True, lock="workflow", aggregator=None)
    years = fields.Integer(string="Years Made up for", readonly=True, lock="workflow")
    percent = fields.Float(
        string="Change in %", digits=(9, 3), readonly=True, lock="workflow", aggregator="avg"
    )
    percent_unbounded = fields.Float(
        string="Without Floor and Cap",
        digits=(9, 3),
        readonly=True,
        lock="workflow",
        aggregator=None,
    )
    percent_applied = fields.Float(
        string="Applied in %",
        readonly=True,
        lock="workflow",
        digits=(9, 3),
        aggregator="avg",
        help="What the rounded prices come to, all recurring products of that day together.",
    )
    limit = fields.Selection([("floor", "Floor"), ("cap", "Cap")], readonly=True, lock="workflow")
    old_monthly = fields.Monetary(string="Monthly before", readonly=True, lock="workflow")
    new_monthly = fields.Monetary(string="Monthly after", readonly=True, lock="workflow")
    explanation = fields.Char(compute="_compute_explanation", string="How it is Reckoned")
    line_ids = fields.One2many("service.price.revision.line", "revision_id", readonly=True)
    notified_on = fields.Date(string="Customer Told on", readonly=True, lock="workflow")
    refusal_code = fields.Selection(
        REFUSALS, string="Kind of Refusal", readonly=True, lock="workflow"
    )
    refusal_values = fields.Json(readonly=True, lock="workflow")
    refusal = fields.Char(string="Why not", compute="_compute_refusal")

    _transitions = {
        "state": {
            "proposed": ("proposed", "refused"),
            "refused": ("proposed", "refused"),
            "left_out": ("proposed", "refused"),
            "applied": ("proposed",),
            "undone": ("applied",),
        }
    }

    _one_open = models.UniqueIndex(
        "(contract_id, effective_date) WHERE state IN ('proposed', 'applied')",
        "The prices of this contract are revised on this day already.",
    )

    @api.depends("contract_id.name", "effective_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for revision in self:
            day = revision.effective_date and format_date(self.env, revision.effective_date)
            revision.display_name = f"{revision.contract_id.name} · {day}"

    # ----- Words -----

    @api.depends(
        "percent",
        "percent_applied",
        "index_value",
        "base_value",
        "limit",
        "years",
        "state",
        "refusal",
    )
    @api.depends_context("lang")
    def _compute_explanation(self):
        for revision in self:
            revision.explanation = " ".join(revision._explain())

    def _explain(self):
        """Return the sentences that say how the percentage came about, from what is recorded."""
        self.ensure_one()
        if self.state == "refused" or not self.rule_id:
            return [self.refusal] if self.refusal else []
        sentences = [self._explain_index() if self.index_month else self._explain_percent()]
        if self.limit:
            sentences.append(self._explain_limit())
        if float_compare(self.percent_applied, self.percent, precision_digits=2):
            sentences.append(self._explain_rounding())
        return sentences

    def _explain_index(self):
        values = {
            "index": self.rule_id.price_index_id.name,
            "s1": self._format(self.index_value),
            "month": self._format_month(self.index_month),
            "s0": self._format(self.base_value),
            "base": self._format_month(self.base_month),
            "coefficient": self._format(self.chain_coefficient, 6),
            "percent": self._format(self.percent_unbounded, 3),
        }
        if self.chain_coefficient:
            return self.env._(
                "%(index)s: %(s0)s (%(base)s) × %(coefficient)s → %(s1)s (%(month)s), "
                "%(percent)s %%.",
                **values,
            )
        return self.env._(
            "%(index)s: %(s0)s (%(base)s) → %(s1)s (%(month)s), %(percent)s %%.", **values
        )

    def _explain_percent(self):
        percent = self._format(self.percent_unbounded, 3)
        if self.years > 1:
            return self.env._(
                "%(percent)s %% for %(years)s years.", percent=percent, years=self.years
            )
        return self.env._("%(percent)s %% for a year.", percent=percent)

    def _explain_limit(self):
        percent = self._format(self.percent, 3)
        if self.limit == "cap":
            return self.env._("Over the cap: %(percent)s %% are applied.", percent=percent)
        return self.env._("Under the floor: %(percent)s %% are applied.", percent=percent)

    def _explain_rounding(self):
        return self.env._(
            "Rounded, the prices change by %(percent)s %%.",
            percent=self._format(self.percent_applied, 2),
        )

    def _format(self, number, digits=4):
        text = formatLang(self.env, number, digits=digits)
        return text.rstrip("0").rstrip(".,")

    def _format_month(self, month):
        return format_date(self.env, month, date_format="MM/y")

    @api.depends(
        "refusal_code",
        "refusal_values",
        "rule_id.price_index_id.name",
        "contract_id.name",
        "effective_date",
    )
    @api.depends_context("lang")
    def _compute_refusal(self):
        self.refusal = False
        for revision in self.filtered("refusal_code"):
            describe = getattr(revision, f"_describe_{revision.refusal_code}")
            revision.refusal = describe(**(revision.refusal_values or {}))

    def _show(self, day):
        return format_date(self.env, fields.Date.to_date(day))

    def _describe_no_rule(self):
        return self.env._("The contract has no rule of price revision.")

    def _describe_not_active(self):
        return self.env._("The contract is not active.")

    def _describe_double(self, batch):
        return self.env._(
            "New prices from that day on are proposed or applied already: %(revision)s.",
            revision=batch or self.display_name,
        )

    def _describe_not_begun(self, day):
        return self.env._("The contract starts on %(day)s only.", day=self._show(day))

    def _describe_ended(self, day):
        return self.env._("The contract ends on %(day)s.", day=self._show(day))

    def _describe_nothing_provided(self):
        return self.env._("No recurring product is provided from that day on.")

    def _describe_no_price_date(self):
        return self.env._("The contract does not say of which day its prices are.")

    def _describe_no_base_month(self):
        return self.env._("The contract does not name the base month of its index.")

    def _describe_too_early(self, since, day):
        return self.env._(
            "Prices are of %(since)s: they can be revised from %(day)s on.",
            since=self._show(since),
            day=self._show(day),
        )

    def _describe_billed(self, day):
        last = fields.Date.to_date(day) - timedelta(days=1)
        return self.env._(
            "Billed up to %(day)s already: revise from %(next)s on.",
            day=self._show(last),
            next=self._show(day),
        )

    def _describe_missing_value(self, month):
        return self.env._(
            "“%(index)s” has no value for %(month)s.",
            index=self.rule_id.price_index_id.name,
            month=self._format_month(fields.Date.to_date(month)),
        )

    def _describe_no_later_value(self, month):
        return self.env._(
            "“%(index)s” has no value later than its base month %(month)s.",
            index=self.rule_id.price_index_id.name,
            month=self._format_month(fields.Date.to_date(month)),
        )

    def _describe_no_change(self):
        return self.env._("No price would change.")

    # ----- Proposing -----

    @api.model
    def _propose(self, days, batch=None):
        """Record what the revision of contracts on a day would be; ``days`` is ``{contract: day}``.

        A revision that is not possible is recorded as such, with its reason.
        """
        revisions = self._as_workflow().create(
            [
                {
                    "contract_id": contract.id,
                    "effective_date": day,
                    "batch_id": batch.id if batch else False,
                    "state": "refused",
                }
                for contract, day in days.items()
            ]
        )
        revisions = revisions.with_env(self.env)
        revisions._evaluate()
        return revisions

    def _evaluate(self):
        """Reckon percentages and new prices anew; nothing of the contract changes."""
        lines = self.contract_id.line_ids
        settled = lines._get_settled_until()
        for revision in self:
            before = revision._get_new_prices()
            revision.line_ids.unlink()
            refusal = revision._get_refusal(settled)
            try:
                vals = {} if refusal else revision._prepare_change_vals()
            except core.MissingValueError as error:
                vals, refusal = {}, revision._refuse("missing_value", month=error.month)
            if refusal := refusal or revision._get_standstill(vals):
                revision._set_refused(*refusal)
            else:
                revision._set_proposed(vals)
            if revision._get_new_prices() != before:
                revision._as_workflow().notified_on = False

    def _get_new_prices(self):
        return {line.contract_line_id: line.new_price for line in self.line_ids}

    def _get_revised_lines(self):
        """Return the contract's lines that are served on or after the day; a hook.

        :return: ``service.contract.line``
        """
        self.ensure_one()
        return self.contract_id.line_ids.filtered(
            lambda line: line._is_served_on_or_after(self.effective_date)
        )

    def _prepare_change_vals(self):
        """Return the change in percent, what it is made of, and the line's new prices."""
        self.ensure_one()
        figures, percent, years = self._reckon()
        change = core.bounded(percent, self._get_rule()._get_bounds(), years)
        return {
            **figures,
            "years": years,
            "percent": float(core.rounded_percent(change.percent)),
            "percent_unbounded": float(core.rounded_percent(change.unbounded)),
            "limit": change.limit,
            **self._prepare_lines_vals(change.percent, *self._get_limits(years)),
        }

    def _reckon(self):
        """Return ``(figures to record, exact change in percent, years made up for)``."""
        rule = self._get_rule()
        since, base = self.contract_id._get_revision_base()
        years = core.years_between(since, self.effective_date)
        years = max(1, years) if rule.catch_up == "since_base" else 1
        if rule.method == "percent":
            percent = core.compounded(Decimal(str(rule.percent)), years)
            return self._prepare_index_vals(), percent, years
        index = rule.price_index_id
        values, chain = index._get_values(), index._get_chain()
        current = rule._get_index_month(self.effective_date)
        base = core.compared_month(rule.catch_up, base, current)
        percent = core.index_change(values, base, current, chain)
        coefficient = chain and base < chain.month <= current and chain.coefficient
        figures = self._prepare_index_vals(base, current, values, coefficient)
        return figures, percent, years

    def _prepare_index_vals(self, base=False, current=False, values=None, coefficient=None):
        return {
            "base_month": base,
            "base_value": float(values[base]) if base else 0,
            "index_month": current,
            "index_value": float(values[current]) if current else 0,
            "chain_coefficient": float(coefficient or 0),
        }

    def _get_limits(self, years):
        """Return the greatest and the least change in percent over some years, or None."""
        bounds = self._get_rule()._get_bounds()
        return [
            None if limit is None else core.compounded(limit, years)
            for limit in (bounds.cap, bounds.floor)
        ]

    def _prepare_lines_vals(self, percent, cap, floor):
        """Return the new prices, and what they come to each month for what is served on the day.

        The percentage is of the amounts before these are rounded to the cent.
        """
        step = Decimal(str(self._get_rule().rounding_step))
        lines = self._get_revised_lines()
        prices = {
            line: core.revised_price(Decimal(str(line.price_unit)), percent, step, cap, floor)
            for line in lines
        }
        due = lines.filtered(lambda line: line._is_served_on(self.effective_date))
        day = self.effective_date
        before = sum(line._get_monthly(line.price_unit, day) for line in due)
        after = sum(line._get_monthly(float(prices[line]), day) for line in due)
        commands = [
            fields.Command.create(
                {
                    "contract_line_id": line.id,
                    "old_price": line.price_unit,
                    "new_price": float(price),
                }
            )
            for line, price in prices.items()
        ]
        applied = 100 * (after - before) / before if before else float(percent)
        return {
            "old_monthly": before,
            "new_monthly": after,
            "percent_applied": applied,
            "line_ids": commands,
        }

    def _get_rule(self):
        return self.contract_id.revision_rule_id
