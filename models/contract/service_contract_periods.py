from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools.periods import Grid, Period, aligned_anchor, period, period_index
from ..common.field_values import get_labels


class ServiceContract(models.Model):
    """The days on which a contract's billing periods begin: its own, or those of the calendar.

    What lies before the first whole period is billed by day. Commitment and renewals are counted
    from the contract's own dates, whatever its invoices are aligned to; included time stays with
    the first anchor.
    """

    _inherit = "service.contract"

    later_periods = fields.Json(
        readonly=True,
        copy=False,
        help="Since which day billing periods are counted from another one, in order.",
        lock="workflow",
        reprices=True,
    )
    billing_words = fields.Char(string="Invoices", compute="_compute_billing_words")

    @api.depends("family_id", "company_id")
    def _compute_billing_start(self):
        for contract in self:
            wanted = contract.family_id.billing_start or contract.company_id.service_billing_start
            contract.billing_start = wanted or contract.billing_start or "start"

    @api.depends("date_start", "billing_start")
    def _compute_anchor_date(self):
        for contract in self:
            start, alignment = contract.date_start, contract.billing_start or "start"
            contract.anchor_date = start and aligned_anchor(start, alignment)

    def _write_later_periods(self, later, alignment):
        """Count billing periods from other days on; the first anchor stays as it was activated."""
        self.ensure_one()
        contract = self._as_workflow()
        with self.env.protecting([self._fields["anchor_date"]], self):
            contract.write({"later_periods": later, "billing_start": alignment})

    def _get_grids(self):
        """Return the grids of billing periods, each with the day since which it is used."""
        self.ensure_one()
        months = int(self.billing_interval)
        later = [map(fields.Date.to_date, days) for days in self.later_periods or ()]
        return [
            Grid(self.anchor_date, months),
            *(Grid(anchor, months, since) for since, anchor in later),
        ]

    # ----- Words -----

    @api.depends("date_start", "anchor_date", "billing_interval", "later_periods")
    @api.depends_context("lang")
    def _compute_billing_words(self):
        for contract in self:
            contract.billing_words = contract._describe_billing()

    def _describe_billing(self):
        """Return in a sentence what the first invoice is for, and from when on which periods."""
        self.ensure_one()
        if not (self.date_start and self.anchor_date and self.billing_interval):
            return ""
        if self.later_periods:
            last = self._get_grids()[-1]
            return self._describe_periods_from(last.since, last.anchor, self.billing_interval)
        return self._describe_periods_from(self.date_start, self.anchor_date, self.billing_interval)

    @api.model
    def _describe_periods_from(self, start, anchor, interval):
        months = int(interval)
        whole = period(anchor, months, period_index(anchor, months, start))
        labels = get_labels(self.env["service.contract"], "billing_interval")
        values = {"interval": labels[interval].lower()}
        if whole.start == start:
            day = format_date(self.env, start)
            return self.env._("From %(day)s on, %(interval)s.", day=day, **values)
        first = Period(start, whole.end)
        return self.env._(
            "First invoice: %(start)s to %(last)s, %(days)s of %(whole)s days; then from %(day)s "
            "on, %(interval)s.",
            start=format_date(self.env, start),
            last=format_date(self.env, first.last_day),
            days=first.days,
            whole=whole.days,
            day=format_date(self.env, whole.end),
            **values,
        )
