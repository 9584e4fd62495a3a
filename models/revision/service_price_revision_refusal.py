from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools.periods import add_months

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
    """Why a price revision is not possible: kept as a code, said in the reader's language.

    A refusal is ``(code of REFUSALS, {name: text, dates in ISO form})``, or None.
    """

    _inherit = "service.price.revision"

    refusal_code = fields.Selection(REFUSALS, string="Kind of Refusal", readonly=True)
    refusal_values = fields.Json(readonly=True)
    refusal = fields.Char(string="Why not", compute="_compute_refusal")

    # ----- Checks -----

    def _get_refusal(self, settled):
        """Return why the contract cannot be revised on the day, None when it can; a hook.

        ``settled`` is what ``_get_settled_until`` returns.
        """
        self.ensure_one()
        contract = self.contract_id
        if not contract.revision_rule_id:
            return self._refuse("no_rule")
        if contract.state != "active":
            return self._refuse("not_active")
        return (
            self._get_double_refusal()
            or self._get_date_refusal()
            or self._get_interval_refusal()
            or self._get_settled_refusal(settled)
        )

    @api.model
    def _refuse(self, code, **days):
        return code, {name: day.isoformat() for name, day in days.items()}

    def _get_double_refusal(self):
        others = self.contract_id.revision_ids - self
        same_day = others.filtered(
            lambda other: (
                other.effective_date == self.effective_date
                and other.state in ("proposed", "applied")
            )
        )
        return ("double", {"batch": same_day[0].batch_id.name or ""}) if same_day else None

    def _get_date_refusal(self):
        contract, day = self.contract_id, self.effective_date
        if day < contract.date_start:
            return self._refuse("not_begun", day=contract.date_start)
        if contract.date_end and day > contract.date_end:
            return self._refuse("ended", day=contract.date_end)
        return None if self._get_revised_lines() else self._refuse("nothing_provided")

    def _get_interval_refusal(self):
        """Refuse a second revision within twelve months, and one before a later one."""
        since, base = self.contract_id._get_revision_base()
        if not since:
            return self._refuse("no_price_date")
        if self.contract_id.revision_rule_id.method == "index" and not base:
            return self._refuse("no_base_month")
        earliest = add_months(since, 12)
        if self.effective_date < earliest:
            return self._refuse("too_early", since=since, day=earliest)
        return None

    def _get_settled_refusal(self, settled):
        ends = [settled[line] for line in self._get_revised_lines() if line in settled]
        open_from = max(ends, default=self.effective_date)
        if open_from <= self.effective_date:
            return None
        return self._refuse("billed", day=open_from)

    def _get_standstill(self, vals):
        """Return why nothing would change, None when prices do."""
        if not vals:
            return None
        base, current = vals["base_month"], vals["index_month"]
        if current and current <= base:
            return self._refuse("no_later_value", month=base)
        if all(command[2]["old_price"] == command[2]["new_price"] for command in vals["line_ids"]):
            return self._refuse("no_change")
        return None

    # ----- Words -----

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
