from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import groupby

from ..common.field_values import get_labels

PUBLIC_HOLIDAY = "7"


class Scope(NamedTuple):
    """What is done with a kind of work, what decided it, and what it asks for (S17–S23).

    ``effect``: included, billed or not_offered. ``cause``: kind or rule of the level, always or
    warranty of the work type, perimeter, reason, exception or refused of the session.
    ``equipment``: names of what the cause is about.
    """

    effect: str
    cause: str
    is_reason_required: bool = False
    is_approval_required: bool = False
    equipment: tuple = ()


class ServiceLevel(models.Model):
    """A contract level: what it promises, what it covers and how its sessions are priced."""

    _name = "service.level"
    _description = "Service Level"
    _inherit = ["service.catalogue.mixin", "mail.thread"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="A short name of your own, for lists and imports.")
    sequence = fields.Integer(default=10)
    color = fields.Integer(related="family_id.color")
    description = fields.Html(translate=True, help="What the customer reads about this level.")
    family_id = fields.Many2one(
        "service.family", required=True, check_company=True, ondelete="restrict", index=True
    )
    kind = fields.Selection(
        [
            ("per_intervention", "Per intervention"),
            ("unlimited", "Unlimited support"),
            ("managed", "Managed services"),
        ],
        required=True,
        default="per_intervention",
        tracking=True,
        help="Per intervention: work is billed unless a scope rule includes it. Unlimited and "
        "managed: work is included unless a scope rule bills it.",
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "High"), ("2", "Very high")],
        default="0",
        required=True,
        help="Unplanned work of a level with a higher priority goes first.",
    )
    response_minutes = fields.Integer(
        string="Response Time",
        help="Minutes from the request to the answer; 0 when none is promised.",
        aggregator=None,
    )
    response_clock = fields.Selection(
        [("working", "Working hours"), ("clock", "Clock hours")],
        default="working",
        required=True,
        help="Whether the response time runs only in the coverage windows, or day and night.",
    )
    contest_days = fields.Integer(
        string="Days to Contest",
        help="A session is billed when the customer has not contested its sheet within these days "
        "of the sending; 0 bills at once.",
        aggregator=None,
    )
    warranty_days = fields.Integer(
        string="Warranty",
        help="Days, from the end of a session, in which its work is done again at no price; 0 for "
        "none.",
        aggregator=None,
    )
    complaint_days = fields.Integer(
        string="Days to Complain",
        default=3,
        help="Working days, after the sheet was confirmed, in which a complaint counts.",
        aggregator=None,
    )
    is_by_appointment = fields.Boolean(
        string="Mainly by Appointment",
        help="Work is planned; the coverage windows are those hours.",
    )
    tariff_ids = fields.One2many("service.tariff", "level_id", string="Tariffs", copy=True)
    window_ids = fields.One2many(
        "service.coverage.window", "level_id", string="Coverage", copy=True
    )
    scope_rule_ids = fields.One2many("service.scope.rule", "level_id", string="Scope", copy=True)
    is_limited_to_covered = fields.Boolean(
        string="Covered Equipment Only",
        help="Included work is for equipment in the customer's list of covered equipment; other "
        "equipment is out of the perimeter and billed.",
    )
    checklist_ids = fields.One2many(
        "service.checklist", "level_id", string="Preventive Work", copy=True
    )
    included_product_ids = fields.Many2many(
        "product.product",
        string="Included Products",
        check_company=True,
        help="What the level's own price includes, for example an online backup.",
    )
    coverage_summary = fields.Char(string="Hours", compute="_compute_coverage_summary")
    tariff_summary = fields.Char(string="Current Tariff", compute="_compute_tariff_summary")

    _durations_positive = models.Constraint(
        "CHECK (response_minutes >= 0 AND contest_days >= 0 AND warranty_days >= 0 "
        "AND complaint_days >= 0)",
        "Durations are zero or more.",
    )

    @api.depends(
        "window_ids.day",
        "window_ids.hour_from",
        "window_ids.hour_to",
        "window_ids.channel",
        "window_ids.on_call_only",
    )
    @api.depends_context("lang")
    def _compute_coverage_summary(self):
        for level in self:
            level.coverage_summary = " · ".join(level._describe_coverage())

    @api.depends("tariff_ids.summary", "tariff_ids.date_from", "tariff_ids.channel")
    @api.depends_context("lang", "company")
    def _compute_tariff_summary(self):
        today = fields.Date.context_today(self)
        for level in self:
            level.tariff_summary = level._get_tariff(today, "remote").summary

    @api.constrains("family_id")
    def _check_family_of_products(self):
        self.env["product.template"].sudo().with_context(active_test=False).search(
            [("service_level_id", "in", self.ids)]
        )._check_service_recurring()

    def action_open_scope(self):
        """Open the grid of levels and work types."""
        return self.family_id[:1].action_open_scope()

    def _get_tariff(self, day, channel):
        """Return the tariff in force on a local date (S04), empty when there is none.

        A tariff of the session's own channel goes before one for any channel (S08).
        """
        self.ensure_one()
        in_force = self.tariff_ids.filtered(
            lambda tariff: tariff.date_from <= day and tariff.channel in (channel, "any")
        )
        return in_force.sorted(lambda tariff: (tariff.channel == channel, tariff.date_from))[-1:]

    def _get_offered_work_types(self):
        """Return the work types to choose from: those in the level's scope, and general ones.

        General is what no level has a rule for; where there is none, every type of the company.
        They stand for the ordinary work, and for what is billed at every level, of which the
        scope names none.
        """
        own = self._get_named_work_types()
        exceptions = own.filtered(
            lambda work: work.perimeter == "level" and not self._is_ordinary_work(work)
        )
        named = set((own - exceptions).mapped("perimeter"))
        general = self._get_general_work_types()
        offered = own | general.filtered(lambda work: work.perimeter not in named)
        return offered.sorted(lambda work: (work.sequence, work.id)).with_env(self.env)

    def _get_named_work_types(self):
        """Return the types of the level's scope, and those of its family billed at every level."""
        level = self.sudo()
        of_family = level.family_id.level_ids.scope_rule_ids.work_type_id
        return level.scope_rule_ids.work_type_id | of_family.filtered(
            lambda work: work.perimeter != "level"
        )

    def _get_general_work_types(self):
        """Return the types that no level has a rule for, or all where this level has no rule."""
        types = self.env["service.work.type"].search(
            [("company_id", "in", (False, self.env.company.id))]
        )
        general = types.filtered(lambda work: not work.sudo().scope_rule_ids)
        return general if general or self.sudo().scope_rule_ids else types

    def _is_ordinary_work(self, work_type):
        """Tell whether a work type is treated as work that no rule names."""
        ordinary = Scope(self._get_default_effect(), "rule")
        is_special = work_type.perimeter != "level"
        return not is_special and self._get_scope(work_type)._replace(cause="rule") == ordinary

    def _get_default_effect(self):
        """Return what becomes of work that no rule names (S05)."""
        return "billed" if self.kind == "per_intervention" else "included"

    def _is_work_type_decisive(self):
        """Tell whether a session must name its work: a rule treats some of it otherwise.

        Not where ordinary work has no name that could be chosen.
        """
        is_ordinary = self._is_ordinary_work
        if all(is_ordinary(rule.work_type_id) for rule in self.scope_rule_ids):
            return False
        return any(is_ordinary(work) for work in self._get_offered_work_types())

    def _get_scope(self, work_type):
        """Return the Scope of a work type: the level's rule, else its kind (S05, S10, S18).

        What the level does not offer, it does not offer; otherwise work that is billed at every
        level is billed, whatever the level says.
        """
        self.ensure_one()
        rule = self.scope_rule_ids.filtered(lambda rule: rule.work_type_id == work_type)[:1]
        scope = Scope(
            rule.effect or self._get_default_effect(),
            "rule" if rule else "kind",
            rule.is_reason_required,
            rule.is_approval_required,
        )
        if scope.effect == "included" and work_type.perimeter == "billed":
            return scope._replace(effect="billed", cause="always")
        return scope

    def _describe_coverage(self):
        """Return the coverage in words, days of equal hours together (S12, S13, S15)."""
        windows = self.window_ids.filtered(lambda window: window.hour_from < window.hour_to)
        hours_by_day = {
            day: ", ".join(window._describe_hours() for window in of_day)
            for day, of_day in groupby(
                windows.sorted(lambda window: (window.day, window.hour_from)),
                key=lambda window: window.day,
            )
        }
        return [
            f"{self._describe_days(days)} {hours}"
            for hours, days in groupby(hours_by_day, key=hours_by_day.get)
        ]

    def _is_coverage_said(self):
        """Tell whether technicians read about hours: not where work is billed at any hour."""
        return bool(self) and (self.kind != "per_intervention" or bool(self.window_ids))

    def _describe_days(self, days):
        """Return day numbers in words: “Monday–Friday”, “Sunday, Public holiday”."""
        names = get_labels(self.env["service.coverage.window"], "day")
        weekdays = [day for day in days if day != PUBLIC_HOLIDAY]
        if len(weekdays) > 2 and int(weekdays[-1]) - int(weekdays[0]) == len(weekdays) - 1:
            days = [f"{names[weekdays[0]]}–{names[weekdays[-1]]}", *days[len(weekdays) :]]
        return ", ".join(names.get(day, day) for day in days)

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("product.template", "service_level_id"),
        ]
