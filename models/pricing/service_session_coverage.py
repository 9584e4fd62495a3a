from odoo import api, fields, models

from ..catalogue.coverage_book import CoverageBook, get_address
from ..contract.service_contract_coverage import get_coverage_at
from ..session.service_session import OPEN_STATES


class ServiceSession(models.Model):
    """The open hours that count for a session (S12–S15)."""

    _inherit = "service.session"

    is_exceptional = fields.Boolean(
        string="Exceptional Appointment",
        tracking=True,
        help="Agreed with the customer outside the appointment hours. The hours themselves stay "
        "what the level covers: time outside them is billed as such.",
    )
    is_by_appointment = fields.Boolean(related="level_id.is_by_appointment")
    is_covered_now = fields.Boolean(compute="_compute_coverage_now", compute_sudo=True)
    coverage_now = fields.Char(
        string="Right Now", compute="_compute_coverage_now", compute_sudo=True
    )

    @api.depends("state", "contract_id", "level_id", "channel", "tz", "partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_coverage_now(self):
        now = fields.Datetime.now()
        found = self._get_coverage_now(now)
        for session in self:
            coverage = found.get(session.id or session)
            is_shown = coverage and session.state in OPEN_STATES
            session.is_covered_now = bool(coverage and coverage.is_open)
            session.coverage_now = is_shown and session.contract_id._describe_coverage_now(
                coverage, now, session._get_timezone()
            )

    def _get_coverage_now(self, instant=None):
        """Return ``{session id (itself when new): CoverageNow}`` at a naive UTC instant, or now.

        Sessions without a customer or a level are left out. Queries do not grow with the number
        of sessions.
        """
        instant = instant or fields.Datetime.now()
        book = CoverageBook(self.env, self.partner_id)
        return {
            session.id or session: get_coverage_at(coverage, instant, session.channel)
            for session in self
            if session.partner_id and (coverage := session._get_coverage(book))
        }

    def _get_coverage(self, book, level=None):
        """Return the Coverage of the session's level where its customer is, None without a level.

        The contract's site says where that is; without a contract, the customer (S13).
        """
        self.ensure_one()
        session = self.sudo()
        level = level or session.contract_id.level_id or session.level_id
        return level and book.get_coverage(
            level,
            session._get_timezone(),
            session._get_place(),
            session.partner_id,
            session.company_id,
        )

    def _get_place(self):
        """Return the address where the service is given: it decides public holidays."""
        self.ensure_one()
        return self.contract_id.partner_shipping_id or self.partner_id

    def _get_charge_explanation(self, pricing, book):
        coverage = self._get_coverage(book.coverage, pricing.level)
        is_unknown = not coverage.is_always and not book.coverage.get_territory(
            self._get_place(), self.company_id
        )
        address = get_address(self._get_place(), self.company_id)
        return {
            **super()._get_charge_explanation(pricing, book),
            "exceptional": self.is_exceptional,
            "holidays_unknown": is_unknown and (address.country_id.name or ""),
        }
