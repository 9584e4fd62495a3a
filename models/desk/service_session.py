from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.sessions import SessionError
from ..pricing.price_book import PriceBook
from ..session.service_session import OPEN_STATES


class ServiceSession(models.Model):
    """What the desk and the session form say while a technician works."""

    _inherit = "service.session"

    caller_warning = fields.Text(compute="_compute_caller_warning", compute_sudo=True)

    @api.depends("state", "contact_id", "contract_id.referent_id")
    @api.depends_context("lang")
    def _compute_caller_warning(self):
        for session in self:
            is_open = session.state in OPEN_STATES
            session.caller_warning = is_open and session._get_caller_warning()

    def _get_caller_warning(self):
        """Say who the référent is when somebody else calls (S38), empty when nothing is wrong."""
        self.ensure_one()
        referent = self.contract_id.referent_id
        if not referent or not self.contact_id or self.contact_id == referent:
            return False
        return self.env._(
            "%(caller)s is not the référent of %(contract)s. The référent is %(referent)s.",
            caller=self.contact_id.name,
            contract=self.contract_id.name,
            referent=" ".join(filter(None, [referent.name, referent.phone])),
        )

    # ----- For the desk -----

    def _get_desk_prices(self):
        """Return ``{session id: what it costs if closed now}``: total, and sentences that say why.

        What keeps a session from being priced is said in the same place.
        """
        sessions = self.sudo()
        book = PriceBook(self.env, sessions)
        return {session.id: session._get_desk_price(book) for session in sessions}

    def _get_desk_price(self, book):
        self.ensure_one()
        try:
            sentences = self._get_preview_charge(book)._explain()
        except (UserError, SessionError) as error:
            return {"total": str(error), "why": [], "is_problem": True}
        return {"total": sentences[-1], "why": sentences[:-1], "is_problem": False}

    def _get_desk_coverage(self):
        """Return whether the session's hours are covered now and until when, in words."""
        self.ensure_one()
        if not self.coverage_now or not self.sudo().level_id._is_coverage_said():
            return False
        return {"is_open": self.is_covered_now, "text": self.coverage_now}
