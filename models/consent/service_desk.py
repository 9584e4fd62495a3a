from odoo import api, models

from ...tools import consent_codes


class ServiceDesk(models.AbstractModel):
    """The desk asks for the customer's order, shows where it stands, and starts with it (S24)."""

    _inherit = "service.desk"

    @api.model
    def get_card(self, partner_id, session_id=False):
        """Say also what a session without a contract needs before it starts."""
        card = super().get_card(partner_id, session_id)
        level = self.env.company.service_default_level_id
        return {**card, "default_consent": level.consent_rule or "none"}

    @api.model
    def _prepare_contract(self, contract, coverage):
        level = contract.level_id
        return {
            **super()._prepare_contract(contract, coverage),
            "consent": level.consent_rule or "none",
        }

    @api.model
    def _get_timers(self):
        """Add my sessions that wait for their customer's order, or have it and are not begun."""
        return {**super()._get_timers(), "consents": self._get_consents()}

    @api.model
    def _get_consents(self):
        sessions = self.env["service.session"].search(
            [
                ("state", "=", "draft"),
                ("start", "=", False),
                ("user_id", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
                ("consent_ids", "!=", False),
            ],
            order="id desc",
            limit=10,
        )
        return [self._prepare_consent(session, session.consent_ids[:1]) for session in sessions]

    @api.model
    def _prepare_consent(self, session, consent):
        return {
            "id": session.id,
            "name": session.name,
            "customer": session.partner_id.display_name,
            "request": session._get_request_line(),
            "standing": consent.standing,
            "is_given": session.consent_state == "given",
            "given_by": consent.partner_id.display_name,
            "reservations": consent.reservations or "",
            "launch_url": self._find_launch_url(session, consent.ordered_workstation),
            "until": self._to_epoch(consent.expires_at) if consent.expires_at else 0,
        }

    @api.model
    def _find_launch_url(self, session, workstation):
        """Return the link that opens the remote tool on the workstation that was named."""
        device = self.env["service.equipment"]
        if workstation:
            device = device.search(
                [
                    ("company_id", "=", session.company_id.id),
                    ("commercial_partner_id", "=", session.commercial_partner_id.id),
                    ("name", "=", workstation),
                ],
                limit=1,
            )
        return device.launch_url or ""

    # ----- Work -----

    @api.model
    def ask_consent(self, values):
        """Make a session, and return the timers with the code to read out.

        ``values``: those of ``start_session``.
        """
        self._check_technician()
        session = self.env["service.session"].create(self._prepare_session_vals(values))
        return self._ask(session, (values.get("workstation") or "").strip())

    @api.model
    def renew_consent(self, session_id):
        """Return the timers with a new code for a session; the old one opens nothing more."""
        session = self._get_session(session_id)
        return self._ask(session, session.consent_ids[:1].ordered_workstation or "")

    @api.model
    def _ask(self, session, workstation):
        consent, code = session._ask_consent(workstation)
        return {
            **self._get_timers(),
            "code": {
                "session_id": session.id,
                "code": consent_codes.show_code(code),
                "page": session._get_consent_address(),
            },
        }

    @api.model
    def note_phone_consent(self, session_id, reason):
        """Note that the customer agreed by telephone, and return the timers."""
        self._get_session(session_id)._note_phone_consent(reason)
        return self._get_timers()

    @api.model
    def start_consented(self, session_id):
        """Start the timer at take-over, on the workstation that was ordered, if one was (S07)."""
        session = self._get_session(session_id)
        self._start_on(session, session._get_given_consents()[:1].ordered_workstation or "")
        return self._get_timers()
