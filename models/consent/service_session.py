from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, format_datetime

from ...tools import consent_codes
from ..common.client_actions import notify
from ..session.service_session import OPEN_STATES

PAGE = "/service/consent"
PUBLIC_TEXTS = ("name", "email", "phone", "description")


class ServiceSession(models.Model):
    """The customer's order before a remote session: asked by a code, given, or told by telephone.

    No connection begins without it where the level demands it, at whatever door (S24–S28).
    """

    _inherit = "service.session"

    consent_ids = fields.One2many("service.consent", "session_id", string="Consents")
    consent_state = fields.Selection(
        [("needed", "Needed"), ("asked", "Asked"), ("given", "Given")],
        string="Consent",
        compute="_compute_consent_state",
        compute_sudo=True,
    )
    consent_warning = fields.Text(compute="_compute_consent_state", compute_sudo=True)
    can_ask_consent = fields.Boolean(compute="_compute_consent_state", compute_sudo=True)
    can_note_consent = fields.Boolean(compute="_compute_consent_state", compute_sudo=True)
    request_source = fields.Selection(
        selection_add=[("page", "Public page")], ondelete={"page": "set default"}
    )
    loose_end = fields.Selection(selection_add=[("consent", "Consent not recorded")])

    @api.depends(
        "state",
        "channel",
        "level_id",
        "contract_id",
        "connection_log_id",
        "line_ids.service_start",
        "consent_ids.state",
        "consent_ids.accepted_at",
    )
    @api.depends_context("lang")
    def _compute_consent_state(self):
        for session in self:
            is_open = session.state in OPEN_STATES
            is_demanded = session._get_consent_rule() == "code"
            session.consent_state = session._find_consent_state(is_open, is_demanded)
            is_missing = session.consent_state in ("needed", "asked")
            session.can_ask_consent = is_open and session._is_consent_possible()
            session.can_note_consent = is_missing and session.state != "cancelled"
            session.consent_warning = is_missing and session._get_consent_problem()

    def _find_consent_state(self, is_open, is_demanded):
        """Return where the session's consent stands, False where none is demanded nor given."""
        self.ensure_one()
        starts = [] if is_open else self.line_ids.mapped("service_start")
        now = fields.Datetime.now()
        if is_demanded and not all(map(self._has_consent_at, starts or [now])):
            is_asked = any(consent._is_open() for consent in self.consent_ids)
            return "asked" if is_asked and is_open else "needed"
        return bool(self._get_given_consents()) and "given"

    @api.depends("consent_state")
    def _compute_can(self):
        """Offer the timer where it starts: with the order, or by an agreement of the day (S27)."""
        result = super()._compute_can()
        accesses = self.env["service.unattended.access"]
        for session in self.filtered("can_start"):
            if session.consent_state in ("needed", "asked"):
                session.can_start = bool(accesses._find(session, None, session._get_local_today()))
        return result

    # ----- Whether it is demanded, and there -----

    def _get_consent_rule(self):
        """Return what the level asks for before a remote connection: none, call or code."""
        self.ensure_one()
        session = self.sudo()
        if session.channel != "remote" or not session.partner_id or session.replaced_by_id:
            return "none"
        return session._get_consent_level().consent_rule or "none"

    def _get_consent_level(self):
        """Return the level that prices the session, none where it has none yet."""
        self.ensure_one()
        session = self.sudo()
        is_open = session.state in OPEN_STATES
        level = is_open and session.contract_id._get_level_on(session._get_contract_day())
        return level or session.level_id or session.company_id.service_default_level_id

    def _is_consent_possible(self):
        """Tell whether a code may be asked for: of remote work that somebody wants."""
        self.ensure_one()
        return self.channel == "remote" and bool(self.partner_id) and bool(self.id)

    def _get_given_consents(self):
        return self.sudo().consent_ids.filtered(lambda consent: consent.state == "given")

    def _has_consent_at(self, start):
        """Tell whether a consent covers a connection that begins at an instant (S28).

        The page is validated before; a word by telephone may be noted later, for it says when it
        was given by its reason.
        """
        self.ensure_one()
        hours = timedelta(hours=self._get_consent_level().consent_hours)
        return any(
            consent._covers(start, hours, self._get_first_start(consent))
            for consent in self._get_given_consents()
        )

    def _get_first_start(self, consent):
        """Return when the first connection since a consent began, False where none did."""
        starts = self.sudo().line_ids.mapped("service_start")
        return min((start for start in starts if start >= consent.accepted_at), default=False)

    def _check_consent(self, start, workstation=""):
        """Refuse a connection that the customer has not ordered; note that calling accepts.

        What is imported was done elsewhere: it goes to the loose ends.
        """
        self.ensure_one()
        rule = self._get_consent_rule()
        if rule == "none" or self.connection_log_id or self._has_consent_at(start):
            return
        if rule == "call":
            self._note_consent("call")
            return
        day = self._to_local(start).date()
        if not self._note_agreement(workstation, day):
            raise UserError(self._get_consent_problem())

    def _note_agreement(self, workstation, day):
        """Note that an agreement on unattended access lets the connection begin (S27)."""
        access = self.env["service.unattended.access"]._find(self, workstation or "", day)
        vals = {"access_id": access.id, "partner_id": access.contact_id.id}
        return access and self._note_consent("agreement", **vals)

    def _get_consent_problem(self):
        self.ensure_one()
        return self.env._(
            "%(session)s: the customer's consent is not recorded. Ask for it by a code, or note "
            "why it was given by telephone.",
            session=self.display_name,
        )

    def _get_closing_problems(self, contracts):
        """Ask for the consent also where the level, the channel or the price came later."""
        problems = super()._get_closing_problems(contracts)
        if self._get_consent_rule() != "code" or self.connection_log_id:
            return problems
        lines = self.sudo().line_ids.filtered("service_start")
        if any(not self._has_consent_at(line.service_start) for line in lines):
            return [*problems, self._get_consent_problem()]
        if lines and self._is_order_exceeded():
            problems.append(
                self.env._(
                    "%(session)s: the customer authorised covered work, but this is billed. Ask "
                    "for a new consent, or note why it was given by telephone.",
                    session=self.display_name,
                )
            )
        return problems

    def _is_order_exceeded(self):
        """Tell whether all that was ordered was covered work, and this work is not (L20)."""
        self.ensure_one()
        kinds = set(self._get_given_consents().mapped("price_kind"))
        scope = self.sudo()._get_scope(self._get_consent_level())
        return kinds == {"covered"} and scope.effect != "included"

    def _is_used(self):
        return super()._is_used() or bool(self._get_given_consents())

    # ----- Asking -----

    def action_ask_consent(self):
        """Show the technician a code to read out; the one before opens nothing more."""
        self.ensure_one()
        self.check_access("write")
        _consent, code = self._ask_consent()
        return notify(
            self.env._(
                "Code %(code)s on %(page)s, valid until %(time)s.",
                code=consent_codes.show_code(code),
                page=self._get_consent_address(),
                time=format_datetime(self.env, _consent.expires_at, dt_format="HH:mm"),
            ),
            kind="info",
            title=self.env._("Read this out to the customer"),
            sticky=True,
        )

    def _ask_consent(self, workstation=""):
        """Return ``(consent, code)``: the code is known to nobody after this (S24)."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in OPEN_STATES:
            self._raise_not_open()
        self._check_customer_known()
        if not self._is_consent_possible():
            raise UserError(
                self.env._("%(session)s: consent is asked for remote work.", session=self.name)
            )
        self._get_consent_terms()
        session, now = self.sudo(), fields.Datetime.now()
        session.consent_ids.filtered(lambda consent: consent.state == "waiting")._set_void()
        code, key = session.env["service.consent"]._make_code()
        minutes = session.company_id.service_consent_minutes
        consent = session.env["service.consent"].create(
            {
                **self._prepare_consent_vals("code"),
                "code_hmac": key,
                "asked_at": now,
                "expires_at": now + timedelta(minutes=minutes),
                "ordered_workstation": workstation,
            }
        )
        return consent, code

    def _prepare_consent_vals(self, way):
        self.ensure_one()
        return {
            "session_id": self.id,
            "partner_id": (self.contact_id or self.partner_id).id,
            "user_id": self.env.user.id,
            "way": way,
        }

    @api.model
    def _get_consent_address(self):
        """Return the address of the page as it is read out, without what browsers add."""
        return f"{self.get_base_url()}{PAGE}".split("://")[-1]

    # ----- By telephone -----

    def action_open_phone_consent(self):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Agreed by Telephone"),
            "res_model": "service.consent.phone",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id},
        }

    def _note_consent(self, way, reason="", **vals):
        """Note the customer's word that was not given on the page."""
        self.ensure_one()
        session, now = self.sudo(), fields.Datetime.now()
        session.consent_ids.filtered(lambda consent: consent.state == "waiting")._set_void()
        consent = session.env["service.consent"].create(
            {
                **self._prepare_consent_vals(way),
                "state": "given",
                "asked_at": now,
                "accepted_at": now,
                "reason": reason,
                "requested_work": session.request,
                **vals,
            }
        )
        session.invalidate_recordset(["consent_ids"])
        return consent

    def _note_phone_consent(self, reason):
        """Note that the customer agreed on the telephone, and why not on the page."""
        self.ensure_one()
        self.check_access("write")
        reason = (reason or "").strip()
        is_reason_asked = self._get_consent_rule() != "call"
        if is_reason_asked and not reason:
            raise UserError(
                self.env._("Say in a few words why the consent was given by telephone.")
            )
        if self.state == "cancelled":
            self._raise_not_open()
        self._check_customer_known()
        return self._note_consent("phone", reason)

    def _on_consent_given(self):
        """Note in the chatter that the customer gave the order."""
        for session in self.sudo():
            session.invalidate_recordset(["consent_ids"])
            consent = session._get_given_consents()[:1]
            session._message_log(
                body=self.env._(
                    "%(customer)s validated the order on the consent page.",
                    customer=consent.partner_id.display_name,
                )
            )

    # ----- Requests of those who are no customers yet -----

    @api.model
    def _create_public_request(self, company, values, address):
        """Make a request of what anybody typed in, and return its number (S26).

        Whose it is, a technician decides: nothing proves the address. UserError in words where
        something is missing or it is too often; what a machine filled in vanishes.
        """
        attempts = self.env["service.attempt"]
        if not attempts._allow("public_request", attempts._get_network_key(address), 5, 3600):
            raise UserError(
                self.env._("Too many requests came from your network: call us, or try later.")
            )
        texts = {name: (values.get(name) or "").strip() for name in PUBLIC_TEXTS}
        email = email_normalize(texts["email"])
        if not texts["name"] or not email or not texts["description"]:
            raise UserError(self.env._("Type in your name, an e-mail address and what you need."))
        if values.get("website"):
            return ""
        who = " · ".join(filter(None, (texts["name"][:200], email, texts["phone"][:40])))
        session = self.sudo().create(
            {
                "company_id": company.id,
                "partner_id": False,
                "user_id": False,
                "request": f"{texts['description'][:5000]}\n\n{who}",
                "request_source": "page",
                "sender_email": email,
            }
        )
        return session.name

    # ----- Loose ends -----

    @api.depends("consent_ids.state", "level_id.consent_rule", "channel", "connection_log_id")
    def _compute_loose_end(self):
        return super()._compute_loose_end()

    @api.model
    def _get_loose_end_domains(self):
        """Add what was imported without the customer's order."""
        domains = super()._get_loose_end_domains()
        missing = (
            Domain("state", "in", ("draft", "done"))
            & Domain("connection_log_id", "!=", False)
            & Domain("channel", "=", "remote")
            & Domain("level_id.consent_rule", "=", "code")
            & Domain("replaced_by_id", "=", False)
            & ~Domain("consent_ids", "any", [("state", "=", "given")])
        )
        return {**domains, "consent": missing}

    def _describe_consent(self):
        return self.env._(
            "No consent of the customer is recorded: note why it was given by telephone."
        )
