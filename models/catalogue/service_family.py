from odoo import api, fields, models

from ..common.client_actions import open_window

BILLING_INTERVALS = [("1", "Monthly"), ("3", "Quarterly"), ("6", "Half-yearly"), ("12", "Yearly")]
BILLING_STARTS = [
    ("start", "The day on which the contract starts"),
    ("month", "The 1st of the month"),
    ("calendar", "The 1st of the calendar month, quarter, half-year or year"),
]
BILLING_MODES = [("advance", "In advance"), ("arrears", "In arrears")]


class ServiceFamily(models.Model):
    """A kind of service with the rules that its contracts inherit (S35, S36, L03–L05)."""

    _name = "service.family"
    _description = "Service Family"
    _inherit = ["service.catalogue.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="A short name of your own, for lists and imports.")
    sequence = fields.Integer(default=10)
    color = fields.Integer(aggregator=None)
    description = fields.Html(translate=True)
    initial_months = fields.Integer(
        string="Initial Commitment",
        help="Months of the first commitment period; 0 for no commitment.",
        aggregator=None,
    )
    tacit_months = fields.Integer(
        string="Tacit Renewal",
        help="Months of each renewal. A renewal without a duration would be indefinite, "
        "so it is mandatory as soon as there is an initial commitment.",
        aggregator=None,
    )
    notice_count = fields.Integer(
        string="Notice",
        default=1,
        help="Notice to give before the end of a commitment period.",
        aggregator=None,
    )
    notice_unit = fields.Selection(
        [("day", "Days"), ("month", "Months")], default="month", required=True
    )
    is_notice_to_professionals = fields.Boolean(
        string="Inform Professionals as Well",
        help="Send the notice of renewal to professional customers too. The law asks for it only "
        "with consumers and non-professionals; with professionals the contract rules.",
    )
    sepa_required = fields.Boolean(
        string="SEPA Direct Debit Required",
        help="No contract of this family becomes active without a valid mandate.",
    )
    is_telecom = fields.Boolean(
        string="Electronic Communications",
        help="Telecom rules apply: capped commitment and free exit after a tacit renewal.",
    )
    telecom_exit_notice_days = fields.Integer(
        string="Exit Notice after Renewal",
        default=10,
        help="Days of notice with which the customer may leave at any time once a commitment "
        "has been renewed tacitly.",
        aggregator=None,
    )
    billing_interval = fields.Selection(
        BILLING_INTERVALS,
        default="1",
        required=True,
        help="How often the contracts of this family are invoiced, unless a contract says "
        "otherwise.",
    )
    billing_mode = fields.Selection(
        BILLING_MODES,
        default="advance",
        required=True,
        help="Whether a period is invoiced at its beginning or after its end.",
    )
    billing_start = fields.Selection(
        BILLING_STARTS,
        string="Bill from",
        help="From which day on the billing periods of new contracts are counted; empty: as the "
        "company does. The days before it are billed by day.",
    )
    conditions_id = fields.Many2one(
        "service.conditions",
        string="General Conditions",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The version that new contracts are signed with.",
    )
    revision_rule_id = fields.Many2one(
        "service.revision.rule",
        string="Price Revision",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="How the prices of new contracts are revised; empty: not at all.",
    )
    level_ids = fields.One2many("service.level", "family_id", string="Levels")
    level_count = fields.Integer(compute="_compute_level_count")
    commitment_summary = fields.Char(string="Commitment", compute="_compute_commitment_summary")

    _months_positive = models.Constraint(
        "CHECK (initial_months >= 0 AND tacit_months >= 0)", "Durations are zero or more months."
    )
    _tacit_required = models.Constraint(
        "CHECK (COALESCE(initial_months, 0) = 0 OR COALESCE(tacit_months, 0) > 0)",
        "A family with a commitment needs the duration of its tacit renewal: without it the "
        "renewed contract would be indefinite.",
    )
    _notice_positive = models.Constraint(
        "CHECK (notice_count >= 0 AND telecom_exit_notice_days >= 0)",
        "A notice is zero or more days or months.",
    )

    @api.depends("level_ids")
    def _compute_level_count(self):
        for family in self:
            family.level_count = len(family.level_ids)

    @api.depends("initial_months", "tacit_months", "notice_count", "notice_unit")
    @api.depends_context("lang")
    def _compute_commitment_summary(self):
        for family in self:
            family.commitment_summary = family._describe_commitment(
                family.initial_months, family.tacit_months, family.notice_count, family.notice_unit
            )

    def action_open_scope(self):
        """Open the grid of levels and work types."""
        self.check_access("read")
        xmlid = "service_contract.service_scope_matrix_action"
        context = {"dialog_size": "extra-large", "default_family_id": self.id}
        return open_window(self.env, xmlid, **context)

    def action_open_levels(self):
        self.ensure_one()
        self.check_access("read")
        context = {"default_family_id": self.id, "default_company_id": self.company_id.id}
        domain = [("family_id", "=", self.id)]
        return open_window(self.env, "service_contract.service_level_action", domain, **context)

    @api.model
    def _describe_commitment(self, initial_months, tacit_months, count, unit):
        """Return the durations of a family or contract in words, in the reader's language (S35)."""
        if not initial_months:
            return self.env._("No commitment")
        return self.env._(
            "%(initial)s, then renewed by %(renewal)s",
            initial=self._describe_duration(initial_months, "month"),
            renewal=self._describe_duration_and_notice(tacit_months, count, unit),
        )

    @api.model
    def _describe_duration_and_notice(self, tacit_months, count, unit):
        return self.env._(
            "%(tacit)s · notice: %(notice)s",
            tacit=self._describe_duration(tacit_months, "month"),
            notice=self._describe_duration(count, unit),
        )

    @api.model
    def _describe_commitment_to_customer(self, initial_months, tacit_months, count, unit):
        """Return in sentences what a customer who signs commits to, and how it goes on (L01, L05).

        ``count`` of ``unit`` is the notice.
        """
        if not initial_months:
            return self.env._("No commitment.")
        values = {
            "initial": self._describe_duration(initial_months, "month"),
            "tacit": self._describe_duration(tacit_months, "month"),
            "notice": self._describe_duration(count, unit),
        }
        if not count:
            return self.env._(
                "Commitment of %(initial)s, then renewed by tacit agreement for %(tacit)s at a "
                "time, unless refused before.",
                **values,
            )
        return self.env._(
            "Commitment of %(initial)s, then renewed by tacit agreement for %(tacit)s at a time, "
            "unless refused with a notice of %(notice)s.",
            **values,
        )

    @api.model
    def _describe_duration(self, count, unit):
        if unit == "day":
            return self.env._("1 day") if count == 1 else self.env._("%(count)s days", count=count)
        return self.env._("1 month") if count == 1 else self.env._("%(count)s months", count=count)

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.level", "family_id"),
            ("product.template", "service_family_id"),
        ]
