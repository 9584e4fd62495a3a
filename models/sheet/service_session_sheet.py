from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..common.field_values import get_label
from .service_sheet_revision import SHEET_STATES, VALIDATIONS

CONTESTED = "service_contract.service_activity_contested"
MAX_CONTEST_LENGTH = 5000
SETTLING = object()
COMPLAINT_FIELDS = {"rework_of_id", "is_unfounded", "complaint_acceptance", "requested_at"}
SHOWN_FIELDS = ("request", "report", "contact_id", "user_id")
ANSWER_FIELDS = (
    "sheet_sent_at",
    "sheet_email",
    "sheet_message_id",
    "sheet_contest_until",
    "sheet_failure",
    "sheet_written_at",
    "sheet_validation",
    "sheet_validated_at",
    "sheet_ip",
    "sheet_is_staff_ip",
    "sheet_connections",
    "sheet_amount",
    "sheet_currency_id",
    "settlement",
    "settlement_note",
    "settled_at",
    "settled_by_id",
)
OWN_WORDS = ("customer", "paper", "screen")


class ServiceSession(models.Model):
    """The intervention sheet: what the customer is shown, confirms or contests (S30).

    Not sent: the charges of a level with days to contest wait. Sent: they wait until the last
    day, counted from the sending. Contested: they wait until a manager settles the matter.
    """

    _inherit = "service.session"

    _transitions = {
        "sheet_state": {
            "draft": ("sent", "validated", "contested", "settled"),
            "sent": ("draft", "sent", "validated"),
            "validated": ("draft", "sent"),
            "contested": ("sent",),
            "settled": ("contested",),
        }
    }

    sheet_state = fields.Selection(
        SHEET_STATES,
        string="Intervention Sheet",
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        lock="workflow",
    )
    sheet_revision = fields.Integer(
        readonly=True,
        copy=False,
        help="Raised when a sheet that was sent is withdrawn.",
        lock="workflow",
        aggregator=None,
    )
    sheet_sent_at = fields.Datetime(
        string="Sheet Sent on", readonly=True, copy=False, lock="workflow"
    )
    sheet_email = fields.Char(string="Sheet Sent to", readonly=True, copy=False, lock="workflow")
    sheet_message_id = fields.Many2one(
        "mail.message", readonly=True, copy=False, index="btree_not_null", lock="workflow"
    )
    sheet_contest_until = fields.Date(
        string="May be Contested until",
        readonly=True,
        copy=False,
        help="The last day, inclusive, in the customer's time zone.",
        lock="workflow",
    )
    sheet_failure = fields.Char(string="Not Delivered", readonly=True, copy=False, lock="workflow")
    sheet_validation = fields.Selection(
        VALIDATIONS, string="How it was Validated", readonly=True, copy=False, lock="workflow"
    )
    sheet_validated_at = fields.Datetime(
        string="Validated on", readonly=True, copy=False, lock="workflow"
    )
    sheet_ip = fields.Char(
        string="Answered from",
        readonly=True,
        copy=False,
        groups="service_contract.service_contract_group_manager",
        help="Internet address from which the sheet was confirmed or contested by its link.",
        lock="workflow",
    )
    contest_text = fields.Text(
        string="What the Customer Contests",
        readonly=True,
        copy=False,
        help="The customer's words.",
        lock="workflow",
    )
    contested_at = fields.Datetime(
        string="Contested on", readonly=True, copy=False, lock="workflow"
    )
    can_send_sheet = fields.Boolean(compute="_compute_can_sheet")
    can_sign_sheet = fields.Boolean(compute="_compute_can_sheet")
    can_contest_sheet = fields.Boolean(compute="_compute_can_sheet")
    can_settle_sheet = fields.Boolean(compute="_compute_can_sheet")
    can_edit_sheet = fields.Boolean(compute="_compute_can_sheet")

    @api.depends("state", "sheet_state", "is_billed")
    @api.depends_context("uid")
    def _compute_can_sheet(self):
        is_manager = self.env.user._is_service_manager()
        for session in self:
            is_open = session.state == "done" and session.sheet_state in ("draft", "sent")
            session.can_send_sheet = session.can_sign_sheet = is_open
            session.can_contest_sheet = (
                session.state == "done"
                and session._can_become("contested", "sheet_state")
                and not session.is_billed
            )
            session.can_settle_sheet = session.sheet_state == "contested" and is_manager
            session.can_edit_sheet = session.state != "cancelled" and (
                session.can_settle_sheet or session.sheet_state in ("draft", "sent")
            )

    # ----- States -----

    def _update_sheet(self, state, **vals):
        """Move the sheets of closed sessions, and what waits for them."""
        self.check_access("write")
        if state != "draft":
            self._check_sheet_ready()
        sessions = self.sudo()
        failed = sessions.filtered("sheet_failure")
        contested = sessions.filtered(lambda session: session.sheet_state == "contested")
        sessions._update_state(state, "sheet_state", **vals)
        is_own_word = vals.get("sheet_validation") in OWN_WORDS
        if is_own_word or vals.get("settlement") in ("reduce", "waive"):
            sessions._note_shown()
        sessions._sync_holds()
        if failed and "sheet_failure" in vals:
            self.env["service.exception"]._settle(failed, "session")
        if contested and state != "contested":
            self.env["service.exception"]._settle(contested, "session", "contested")
        return sessions

    def _check_sheet_ready(self):
        for session in self:
            if session.state != "done":
                raise UserError(
                    self.env._(
                        "%(session)s is not closed: close it before its sheet is sent or signed.",
                        session=session.name,
                    )
                )

    def _raise_transition(self, state, name):
        if name != "sheet_state":
            return super()._raise_transition(state, name)
        raise UserError(
            self.env._(
                "%(session)s: its sheet is “%(state)s” and cannot become “%(target)s”.",
                session=self.name,
                state=get_label(self, name),
                target=get_label(self, name, state),
            )
        )

    def _set_sheet_draft(self):
        """Withdraw sheets: links given out so far open nothing more, the days begin anew.

        What was answered is kept with its revision.
        """
        self.check_access("write")
        self.sudo().activity_unlink([CONTESTED])
        self._keep_revision()
        for session in self.sudo():
            session.sheet_revision += 1
        self._update_sheet("draft", **dict.fromkeys(ANSWER_FIELDS, False))
        self._settle_staff_answer()

    def _set_sheet_sent(self):
        """Mark sheets as sent now: the days to contest run from the sending (S30)."""
        for session in self:
            session._update_sheet("sent", sheet_failure=False, **session._prepare_sending_vals())

    def _set_sheet_undelivered(self, reason):
        """Mark sheets that did not reach their customer: silence never validates them (S30).

        A late bounce takes back what silence validated; a bill that went out stays, in the inbox.
        """
        for session in self.sudo():
            if session.sheet_state == "validated" and not session.is_billed:
                session._update_sheet("sent", sheet_validation=False, sheet_validated_at=False)
            session.sheet_failure = reason
            session._sync_holds()
            self.env["service.exception"]._report(session, "session", reason)

    def _set_sheet_validated(self, validation, instant=None, **vals):
        """Accept sheets: by the customer, on paper, or by silence; they are billable at once."""
        self._update_sheet(
            "validated",
            sheet_validation=validation,
            sheet_validated_at=instant or fields.Datetime.now(),
            sheet_failure=False,
            sheet_written_at=False,
            **vals,
        )

    def _set_sheet_contested(self, text):
        """Hold sessions whose customer contests them, and ask the managers to settle it."""
        text = (text or "").strip()[:MAX_CONTEST_LENGTH]
        if not text:
            raise UserError(self.env._("Say in a few words what you contest."))
        self._check_not_billed()
        sessions = self._update_sheet(
            "contested",
            contest_text=text,
            contested_at=fields.Datetime.now(),
            sheet_failure=False,
            sheet_written_at=False,
        )
        for session in sessions:
            session._log_contest()

    def _set_sheet_settled(self, **vals):
        """Close what was contested by a manager's decision; what is left is billable at once."""
        self._update_sheet("settled", **vals)
        self.sudo().activity_feedback([CONTESTED])

    # ----- What a change of the session does to its sheet -----

    def _withdraw_sheet(self):
        """Take back the sheets of sessions that change: they must be sent again (S30).

        What a customer confirmed, signed or contests, or a manager has settled, only managers
        change.
        """
        sessions = self.filtered(lambda session: session.sheet_state != "draft")
        if not (self.env.su or self.env.user._is_service_manager()):
            sessions._check_not_spoken()
        if sessions:
            sessions._set_sheet_draft()

    def _has_own_word(self):
        """Tell whether the customer has confirmed or signed the sheet himself."""
        self.ensure_one()
        return self.sheet_state == "validated" and self.sheet_validation in OWN_WORDS

    def _check_not_spoken(self):
        """Leave to managers what the customer has spoken about."""
        for session in self:
            if session._has_own_word():
                raise UserError(
                    self.env._(
                        "%(session)s: the customer has confirmed or signed its sheet: ask a "
                        "manager to change it.",
                        session=session.name,
                    )
                )
            if session.sheet_state in ("contested", "settled"):
                raise UserError(
                    self.env._(
                        "%(session)s was contested by the customer: ask a manager to change it.",
                        session=session.name,
                    )
                )

    def _set_draft(self):
        result = super()._set_draft()
        self._withdraw_sheet()
        return result

    def _set_cancelled(self):
        result = super()._set_cancelled()
        self._withdraw_sheet()
        return result

    def write(self, vals):
        """Hold what the customer reads to what the customer was sent (S30), rework to S31."""
        self._check_may_accept(vals)
        before = self._get_shown(vals)
        for sessions, complete in self._complete_with_reason(vals):
            super(ServiceSession, sessions).write(complete)
        self._on_shown_changed(before)
        if COMPLAINT_FIELDS & vals.keys():
            self.filtered(lambda session: session.state == "done")._check_complaint()
        return True

    def _complete_with_reason(self, vals):
        """Return ``[(sessions, vals)]`` with the reason that comes, or goes, with a complaint."""
        founded = self._get_founded_again(vals)
        parts = [
            (self - founded, self._add_unfounded_reason(vals)),
            (founded, {**vals, "scope_reason_id": False}),
        ]
        return [(sessions, complete) for sessions, complete in parts if sessions]

    def _get_shown(self, vals):
        """Return ``{session: {field: value}}`` of what sheets that were sent say and that moves."""
        names = [name for name in SHOWN_FIELDS if name in vals]
        given = self.filtered(lambda session: names and session.sheet_state != "draft")
        return {session: {name: session[name] for name in names} for session in given}

    def _on_shown_changed(self, before):
        """Withdraw the sheets that no longer say what they said."""
        changed = self.filtered(
            lambda session: any(
                session[name] != value for name, value in before.get(session, {}).items()
            )
        )
        changed._check_not_answered()
        changed._withdraw_sheet()

    def _check_not_answered(self):
        """Refuse to change under the customer's answer what was answered."""
        for session in self.filtered(lambda item: item.sheet_state in ("validated", "settled")):
            raise UserError(
                self.env._(
                    "%(session)s: the customer has answered its sheet. Reopen it, or ask a manager "
                    "to, to change what the sheet says.",
                    session=session.name,
                )
            )

    def _sync_charges(self):
        """Charge anew; a sheet that says the old price is withdrawn, unless this settles it."""
        if self.env.context.get("service_settling") is not SETTLING:
            self.filtered(lambda session: session.state == "done")._withdraw_sheet()
        charges = super()._sync_charges()
        self.filtered(lambda session: session._is_raised())._sync_holds()
        return charges

    # ----- Holds -----

    def _get_hold_cause(self, level):
        return super()._get_hold_cause(level) or self._get_sheet_hold_cause(level)

    def _get_sheet_hold_cause(self, level):
        """Return what of its sheet a session waits for before it may be billed (S30)."""
        if self.sheet_state == "contested":
            return "contested"
        if self.sheet_state in ("validated", "settled"):
            return False
        has_days = bool(self.sheet_contest_until or level.contest_days)
        if not has_days and not self._is_raised():
            return False
        if self.sheet_failure:
            return "undelivered"
        if self.sheet_state == "draft":
            return "unsent"
        if self.sheet_written_at:
            return "written"
        if self.sheet_contest_until:
            return "sent"
        return self._is_raised() and "raised"

    def _get_hold_until(self, level):
        """Return the last day to contest, counted from the sending; none before and after."""
        is_silent = self.sheet_state == "sent" and not self.sheet_written_at
        own = is_silent and self.sheet_contest_until
        return own or super()._get_hold_until(level)

    def _is_contestable(self):
        """Tell whether the customer may contest the sheet now.

        An undelivered sheet has no last day: the customer has not been told. Nor has one without
        days whose price was raised: it waits for an answer.
        """
        self.ensure_one()
        if self.sheet_state != "sent":
            return False
        if not self.sheet_contest_until:
            return self._is_raised()
        return bool(self.sheet_failure) or self.sheet_contest_until >= self._get_local_today()

    def _get_local_today(self):
        """Return today's date where the customer is."""
        self.ensure_one()
        return self._to_local(fields.Datetime.now()).date()

    # ----- Silence -----

    @api.model
    def _get_silent_domain(self):
        """Return the domain of the sheets whose days may be over; a hook.

        Time zones decide the last day: see ``_is_silent``.
        """
        today = fields.Date.context_today(self)
        return [
            ("state", "=", "done"),
            ("sheet_state", "=", "sent"),
            ("sheet_failure", "=", False),
            ("sheet_written_at", "=", False),
            "|",
            ("sheet_contest_until", "=", False),
            ("sheet_contest_until", "<=", today),
        ]

    def _is_silent(self):
        """Tell whether the last day to contest is over where the customer is.

        Without days to contest, silence does not agree to a price that was raised.
        """
        self.ensure_one()
        until = self.sheet_contest_until
        return until < self._get_local_today() if until else not self._is_raised()

    @api.model
    def _cron_validate_sheets(self, limit=200):
        """Validate by silence the sheets that nobody contested in time (S30).

        Daily; what a day without it missed is taken up the next time.
        """
        self.env["service.batch.runner"]._run_in_batches(
            self,
            self._get_silent_domain(),
            lambda part: part._accept_silence(),
            "silence",
            kind="session",
            batch_size=limit,
        )

    def _validate_silent(self):
        """Validate those that nobody contested in time; one that fails harms no other."""
        self.env["service.batch.runner"]._run_isolated(
            self, lambda part: part._accept_silence(), kind="session", job="silence"
        )

    def _accept_silence(self):
        """Validate the sheets whose days are over, whose mail has left and came not back."""
        silent = self.filtered(lambda session: session._is_silent())
        silent._sort_out_undelivered()._set_sheet_validated("silence")

    @api.model
    def _validate_silent_of(self, company, after=0, limit=None):
        """Validate by silence what a billing run is about to bill; return what was looked at.

        ``after`` is the number of the last one that was looked at before.
        """
        domain = [*self._get_silent_domain(), ("company_id", "=", company.id), ("id", ">", after)]
        silent = self.sudo().search(domain, order="id", limit=limit)
        silent._validate_silent()
        return silent

    # ----- Contest -----

    def _log_contest(self):
        """Keep the customer's words in the chatter and ask the managers for a decision."""
        self.ensure_one()
        words = plaintext2html(self.contest_text)
        title = self.env._("The customer contests this session:")
        self.message_post(
            body=Markup("<p>%s</p>%s") % (title, words),
            author_id=self._get_sheet_recipient().id if self.env.user._is_public() else None,
        )
        for user in self._get_contest_users():
            self.with_context(lang=user.lang).activity_schedule(
                CONTESTED, date_deadline=self._get_local_today(), user_id=user.id, note=words
            )
        self._report_contest()

    def _report_contest(self):
        """Put a contested session into the inbox, until a manager has settled it (S30)."""
        session = self.with_context(lang=self.company_id.partner_id.lang)
        words = session.env._(
            "The customer contests it, and it is not billed: “%(words)s”",
            words=self.contest_text or "",
        )
        self.env["service.exception"]._report(session, "session", words, "contested")

    def _get_contest_users(self):
        """Return who settles contested sessions: the company's choice, else its managers."""
        self.ensure_one()
        company = self.company_id
        return company.service_contest_user_id or company._get_asked_managers()
