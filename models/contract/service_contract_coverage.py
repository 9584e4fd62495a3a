from datetime import datetime, timezone
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools import clocks
from ..catalogue.coverage_book import CoverageBook


class CoverageNow(NamedTuple):
    """Whether an instant is within the open hours, and when that changes (aware UTC, or None)."""

    is_open: bool
    is_always: bool
    changes_at: datetime | None


def get_coverage_at(coverage, instant, channel):
    """Return the CoverageNow of a naive UTC instant on a channel."""
    instant = instant.replace(tzinfo=timezone.utc)
    if coverage.is_always:
        return CoverageNow(True, True, None)
    is_open = coverage.is_open(instant, channel)
    ask = coverage.open_until if is_open else coverage.next_opening
    return CoverageNow(is_open, False, ask(instant, channel))


class ServiceContract(models.Model):
    """The open hours of a contract: its level's windows at its site (S12–S15)."""

    _inherit = "service.contract"

    coverage_summary = fields.Char(related="level_id.coverage_summary", string="Hours")
    coverage_now = fields.Char(
        string="Right Now", compute="_compute_coverage_now", help="For remote work."
    )
    is_limited_to_covered = fields.Boolean(related="level_id.is_limited_to_covered")
    equipment_ids = fields.One2many("service.equipment", "contract_id")
    duty_count = fields.Integer(compute="_compute_duty_count", compute_sudo=True)
    has_duty_windows = fields.Boolean(compute="_compute_duty_count", compute_sudo=True)

    @api.depends("level_id", "partner_shipping_id", "tz", "company_id")
    @api.depends_context("lang")
    def _compute_coverage_now(self):
        now = fields.Datetime.now()
        found = self._get_coverage_now(now, "remote")
        for contract in self:
            coverage = found.get(contract.id or contract)
            contract.coverage_now = coverage and self._describe_coverage_now(
                coverage, now, contract.tz
            )

    def _compute_duty_count(self):
        days = dict(
            self.env["service.duty"]._read_group(
                [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.duty_count = days.get(contract.commercial_partner_id, 0)
            contract.has_duty_windows = any(contract.level_id.window_ids.mapped("on_call_only"))

    def _get_coverage_now(self, instant, channel):
        """Return ``{contract id (itself when new): CoverageNow}`` at a naive UTC instant.

        Contracts without a level are left out. Queries do not grow with the number of contracts.
        """
        book = CoverageBook(self.env, self.commercial_partner_id)
        return {
            contract.id or contract: get_coverage_at(contract._get_coverage(book), instant, channel)
            for contract in self
            if contract.level_id
        }

    def _get_coverage(self, book):
        """Return the Coverage of the contract's level at its site."""
        self.ensure_one()
        contract = self.sudo()
        return book.get_coverage(
            contract.level_id,
            contract.tz or contract.company_id._get_service_timezone(),
            contract.partner_shipping_id or contract.partner_id,
            contract.partner_id,
            contract.company_id,
        )

    @api.model
    def _describe_coverage_now(self, coverage, instant, tz):
        """Say a CoverageNow in words, in the reader's language and the customer's time."""
        if coverage.is_always:
            return self.env._("Covered at any time.")
        change = coverage.changes_at and self._describe_instant(coverage.changes_at, instant, tz)
        if coverage.is_open:
            if not change:
                return self.env._("Covered now.")
            return self.env._("Covered now, until %(time)s.", time=change)
        if not change:
            return self.env._("Outside the covered hours.")
        return self.env._("Outside the covered hours until %(time)s.", time=change)

    @api.model
    def _describe_instant(self, instant, now, tz):
        """Return the local time of an instant, with its day unless that is today.

        The zone is named where the reader's clock shows another time.
        """
        local = clocks.localize(instant, tz)
        reader = clocks.localize(instant, self.env.user.tz or tz)
        note = "" if reader.utcoffset() == local.utcoffset() else f" ({tz})"
        if local.date() == clocks.localize(now, tz).date():
            return f"{local:%H:%M}{note}"
        day = format_date(self.env, local.date(), date_format="EEEE d MMMM")
        return f"{day} {local:%H:%M}{note}"

    def action_open_duties(self):
        self.ensure_one()
        return self._open(
            "service_contract.service_duty_action",
            [("commercial_partner_id", "=", self.commercial_partner_id.id)],
            default_partner_id=self.commercial_partner_id.id,
        )

    def action_open_equipment(self):
        """Open the customer's equipment, that of all contracts as well."""
        self.ensure_one()
        return self._open(
            "service_contract.service_equipment_action",
            [("commercial_partner_id", "=", self.commercial_partner_id.id)],
            default_partner_id=self.partner_id.id,
            default_contract_id=self.id,
        )
