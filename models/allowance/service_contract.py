from datetime import date, timedelta

from odoo import api, fields, models

from ...tools import allowances
from ...tools.clocks import format_duration
from ...tools.periods import Period, period, period_index, periods_between
from ..contract.service_contract import IN_FORCE


class ServiceContract(models.Model):
    """The included time of a contract: one entry of the ledger for each period."""

    _inherit = "service.contract"

    allowance_ids = fields.One2many("service.allowance", "contract_id")
    allowance_until = fields.Date(
        readonly=True,
        copy=False,
        help="Included time is granted for the periods up to this day.",
        lock="workflow",
    )
    has_allowance = fields.Boolean(compute="_compute_allowance_left")
    included_left = fields.Float(
        string="Included Time Left", compute="_compute_allowance_left", help="In hours, today."
    )
    prepaid_left = fields.Float(
        string="Prepaid Time Left", compute="_compute_allowance_left", help="In hours, today."
    )

    time_left = fields.Char(compute="_compute_allowance_left", help="What may be drawn today.")

    @api.depends("allowance_ids.left_seconds", "partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_allowance_left(self):
        today = fields.Date.context_today(self)
        entries = self.env["service.allowance"].sudo()
        grants = entries.search(entries._get_grant_domain(self.partner_id, self.company_id))
        for contract in self:
            own = grants.filtered(
                lambda grant, contract=contract: grant._serves(
                    contract.partner_id, contract._origin, contract.company_id, today
                )
            )
            granted = own.filtered(lambda grant: grant.kind == "included")
            included = sum(granted.mapped("left_seconds"))
            prepaid = sum((own - granted).mapped("left_seconds"))
            contract.has_allowance = bool(own) or contract.level_id.allowance_quantity > 0
            contract.included_left, contract.prepaid_left = included / 3600, prepaid / 3600
            contract.time_left = self.env._(
                "%(included)s included, %(prepaid)s prepaid",
                included=format_duration(included),
                prepaid=format_duration(prepaid),
            )

    def _set_active(self):
        result = super()._set_active()
        today = fields.Date.context_today(self)
        for contract in self:
            contract._make_allowances(today, since=contract.date_start)
        return result

    # ----- Grants -----

    def _make_allowances(self, until, since=None):
        """Grant the included time of the periods up to a day that have none yet; idempotent.

        The first time, the period of that day only (or those from ``since`` on); afterwards every
        period that has begun. The contract is written first: a session that is closed while the
        daily job grants the same period is tried again, not refused.
        """
        vals_list = []
        for contract in self.sudo():
            level = contract.level_id
            if contract.state not in IN_FORCE or not level.allowance_quantity:
                continue
            asked = contract._get_asked_days(until, since)
            made = contract._get_granted_periods()
            vals_list += [
                contract._prepare_allowance_vals(grant)
                for grant in contract._get_grants(level, asked)
                if not any(grant.period.overlaps(period) for period in made)
            ]
            contract._note_allowance_until(until)
        self.flush_recordset(["allowance_until"])
        grants = self.env["service.allowance"].sudo().create(vals_list)
        grants.contract_id._sync_taken_back()
        return grants

    def _get_asked_days(self, until, since):
        """Return the days whose periods are to be granted."""
        self.ensure_one()
        known = self.allowance_until
        first = min(known or since or until, until)
        return Period(first, until + timedelta(days=1))

    def _get_granted_periods(self):
        """Return the periods that are granted, whatever the level's period was then."""
        entries = self.allowance_ids.filtered("period_start")
        return [
            Period(entry.period_start, entry.period_last + timedelta(days=1)) for entry in entries
        ]

    def _get_grants(self, level, asked):
        """Return the grants of the periods that begin within the contract, whole up to their end.

        What lies after the contract's last day is taken back by an entry of its own, so that a
        withdrawn end gives it back exactly.
        """
        months, served = int(level.allowance_period), Period(self.date_start, date.max)
        carry, last_day = allowances.Carry(level.allowance_carry), self.date_end or date.max
        found = []
        for _index, whole in periods_between(self.anchor_date, months, asked.start, asked.end):
            part = whole.intersection(served)
            seconds = part and level._get_allowance_seconds(part)
            if seconds:
                found += allowances.grants(self.anchor_date, months, seconds, carry, served, whole)
        return [grant for grant in found if grant.period.start <= last_day]

    def _prepare_allowance_vals(self, grant):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "contract_id": self.id,
            "kind": "included",
            "date": grant.period.start,
            "date_until": grant.last_day,
            "period_start": grant.period.start,
            "period_last": grant.period.last_day,
            "seconds": grant.seconds,
            "note": self.level_id.name,
        }

    def _note_allowance_until(self, until):
        """Remember the last day of the period that was granted.

        Without a tariff for its blocks it was not: it is tried again.
        """
        months = int(self.level_id.allowance_period)
        whole = period(self.anchor_date, months, period_index(self.anchor_date, months, until))
        if self.level_id._get_allowance_seconds(whole) is None:
            return
        last_day = whole.last_day
        if not self.allowance_until or self.allowance_until < last_day:
            self.allowance_until = last_day

    # ----- Taken back -----

    def write(self, vals):
        result = super().write(vals)
        if {"date_end", "state"} & vals.keys():
            self.sudo()._sync_taken_back()
        return result

    def _sync_taken_back(self):
        """Take back what was granted for days after the end, as far as nothing drew it.

        Idempotent: a contract that goes on has its time again. A cancelled one keeps none.
        """
        for contract in self:
            for grant in contract.allowance_ids.filtered("period_start"):
                grant._take_back(grant.seconds - contract._get_entitled_seconds(grant))

    def _get_entitled_seconds(self, grant):
        """Return how much of a grant the contract's last day leaves."""
        self.ensure_one()
        if self.state == "cancelled":
            return 0
        period = Period(grant.period_start, grant.period_last + timedelta(days=1))
        return allowances.entitled(period, grant.seconds, self.date_end or None)

    @api.model
    def _get_to_grant_domain(self, today):
        """Return the domain of the contracts whose included time is not all granted; a hook."""
        return [
            ("state", "=", "active"),
            ("date_start", "<=", today),
            ("level_id.allowance_quantity", ">", 0),
            "|",
            ("allowance_until", "=", False),
            ("allowance_until", "<", today),
        ]

    @api.model
    def _cron_make_allowances(self, batch_size=200):
        """Grant the included time of the periods that have begun; resumable."""
        today = fields.Date.context_today(self)
        domain = self._get_to_grant_domain(today)
        self.env["service.batch.runner"]._run_in_batches(
            self,
            domain,
            lambda contracts: contracts._make_allowances(today),
            "allowance",
            batch_size=batch_size,
        )

    def action_open_allowances(self):
        self.ensure_one()
        return self._open(
            "service_contract.service_allowance_action",
            [
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("contract_id", "in", (False, self.id)),
            ],
            default_partner_id=self.partner_id.id,
            default_contract_id=self.id,
        )
