import re
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, hmac, is_html_empty
from odoo.tools.mail import email_normalize_all

from ...tools.clocks import format_duration
from ..common.brought_records import require
from ..common.client_actions import CLOSE, notify
from ..common.service_notice_mixin import FAILED
from ..common.words import say_of
from .service_session_sheet import SHEET_STATES

NOT_GONE = ("ready", "process")
SCOPE = "service_contract-sheet"
SIGNED_LINK = r"/service/sheet/(\d+)/[0-9a-f]{64}"


class SheetConnection(NamedTuple):
    """One connection on the intervention sheet, in local time and in words."""

    technician: str
    workstation: str
    start: str
    stop: str
    duration: str


class ServiceSession(models.Model):
    """How an intervention sheet reaches its customer: words, mail, signed link, page, delivery."""

    _inherit = "service.session"

    has_sheet_address = fields.Boolean(compute="_compute_has_sheet_address")
    sheet_standing = fields.Selection(
        [*SHEET_STATES, ("undelivered", "Not Delivered")],
        string="Sheet as it Stands",
        compute="_compute_sheet_standing",
        help="The state of the sheet; one that did not arrive is not called sent.",
    )

    @api.depends("sheet_state", "sheet_failure")
    def _compute_sheet_standing(self):
        for session in self:
            is_lost = session.sheet_state == "sent" and session.sheet_failure
            session.sheet_standing = "undelivered" if is_lost else session.sheet_state

    @api.depends("contract_id", "contact_id", "partner_id")
    def _compute_has_sheet_address(self):
        ours = self._find_own_addresses()
        for session in self:
            session.has_sheet_address = session._has_address(ours)

    # ----- What the sheet says of the work -----

    def _get_sheet_connections(self):
        """Return the connections of the intervention sheet in the order of their start."""
        self.ensure_one()
        return [
            SheetConnection(
                technician=line.employee_id.name,
                workstation=line.service_workstation or "",
                start=self._format_local(line.service_start),
                stop=self._format_local(line.service_stop) if line.service_stop else "",
                duration=format_duration(line.service_seconds),
            )
            for line in self.sudo()._get_ordered_connections()
        ]

    # ----- Sending -----

    def action_send_sheet(self):
        """Send the sheets by mail; those whose customer has no address go to the inbox.

        A sheet may be sent again while nobody has answered it: the link stays the same and the
        days to contest run from the last sending.
        """
        self.check_access("write")
        sessions = self.filtered("can_send_sheet") if len(self) > 1 else self
        if not sessions:
            raise UserError(self.env._("No sheet to send: close the sessions first."))
        if len(sessions) == 1:
            sessions._send_sheet()
        else:
            sessions._send_sheets()
        return sessions._notify_undelivered()

    def _send_sheets(self):
        """Send many sheets by the mail queue; one that fails goes to the inbox alone."""
        queued = self.with_context(mail_notify_force_send=False)
        ours = queued._find_own_addresses()
        reachable = queued.filtered(lambda session: session._has_address(ours))
        for session in queued - reachable:
            session._send_sheet()
        self.env["service.batch.runner"]._run_isolated(
            reachable,
            lambda part: [session._send_sheet() for session in part],
            kind="session",
        )
        queue = require(
            self.env,
            "mail.ir_cron_mail_scheduler_action",
            self.env._("The scheduled action that sends queued e-mails"),
        )
        queue.sudo()._trigger()

    def _send_sheet(self):
        self.ensure_one()
        if not self._has_address():
            self._set_sheet_undelivered(self._get_no_address_words())
            return
        self._set_sheet_sent()
        session = self._as_customer_mail()
        message = session.message_post_with_source(
            self._get_sheet_template(), **self._prepare_customer_mail_vals()
        )
        message.is_internal = True  # the sheet is answered by its mail, not in the portal
        session.sheet_message_id = message

    def _find_own_addresses(self):
        """Return which addresses of those who may get the sheets are ours, asked once for all."""
        addresses = self._get_sheet_people().mapped("email_normalized")
        return self.env["res.users"]._find_staff_addresses(set(filter(None, addresses)))

    def _get_sheet_people(self):
        """Return who may get the sheets of sessions."""
        sessions = self.sudo()
        return sessions.contract_id.referent_id | sessions.contact_id | sessions.partner_id

    def _has_address(self, ours=None):
        """Tell whether the customer has an address of their own; ``ours`` are known to be not."""
        self.ensure_one()
        ours = self._find_own_addresses() if ours is None else ours
        address = self._get_sheet_recipient(ours).email_normalized
        return bool(address) and address not in ours

    def _get_no_address_words(self):
        recipient = self._get_sheet_recipient()
        if recipient.email_normalized:
            return self.env._(
                "The address of %(customer)s is a colleague's: type in the customer's own and send "
                "the sheet again, or have it signed on paper.",
                customer=recipient.display_name,
            )
        return self.env._(
            "%(customer)s has no valid e-mail address: type it in and send the sheet again, or "
            "have it signed on paper.",
            customer=recipient.display_name,
        )

    def _notify_undelivered(self):
        """Return a message for the user about the sheets without an address, False without any."""
        failed = self.filtered(lambda session: session.sheet_failure)
        if not failed:
            return False
        return notify(
            "\n".join(say_of(self.env, row.name, row.sheet_failure) for row in failed[:10]),
            "warning",
            then=CLOSE,
            sticky=True,
            title=self.env._("Not sent: %(count)s", count=len(failed)),
        )

    def action_withdraw_sheet(self):
        """Withdraw a sheet that nobody answered: its link opens nothing more."""
        self.check_access("write")
        for session in self:
            if session.sheet_state != "sent":
                session._raise_transition("draft", "sheet_state")
        self._set_sheet_draft()

    def _get_sheet_recipient(self, ours=None):
        """Return who gets the sheet: the référent, else the caller, else the customer; a hook.

        The first of them with an address (S30, S38), which is none of our people's: nobody who
        did the work is asked what the customer says of it. ``ours`` are those addresses, where
        they are known.
        """
        self.ensure_one()
        session = self.sudo()
        people = session.contract_id.referent_id + session.contact_id + session.partner_id
        reachable = people.filtered("email_normalized")
        ours = self._find_own_addresses() if ours is None else ours
        theirs = reachable.filtered(lambda person: person.email_normalized not in ours)
        return theirs[:1] or session.partner_id

    def _get_sheet_lang(self):
        """Return the language of the sheet, its mail and its page."""
        self.ensure_one()
        return self.sudo().partner_id.lang or self.company_id.sudo().partner_id.lang or "en_US"

    def _get_sheet_template(self):
        return require(
            self.env,
            "service_contract.service_session_sheet_mail_template",
            self.env._("The e-mail template of intervention sheets"),
        )

    def _prepare_sending_vals(self):
        """Return when and to whom the sheet is sent, and until when it may be contested (S30)."""
        self.ensure_one()
        days = self.sudo()._get_pricing_level().contest_days
        return {
            "sheet_sent_at": fields.Datetime.now(),
            "sheet_email": self._get_sheet_recipient().email_normalized,
            "sheet_contest_until": days and self._get_local_today() + timedelta(days=days),
            **self._prepare_shown_vals(),
        }

    # ----- Signed link -----

    def _get_sheet_url(self):
        """Return the address by which messages and templates name this revision of the sheet.

        Whoever holds the signed link answers for the customer: it stands in no message that is
        kept. The customer's copy of the mail alone gets it, as it leaves.
        """
        self.ensure_one()
        return f"{self.get_base_url()}/service/sheets/{self.id}/{self.sheet_revision}"

    def _sign_sheet_links(self, text):
        """Return a text in which the addresses of this session's sheets are signed links."""
        self.ensure_one()

        def sign(match):
            revision = int(match[1])
            return f"/service/sheet/{self.id}/{self._get_sheet_token(revision)}"

        return re.sub(rf"/service/sheets/{self.id}/(\d{{1,9}})(?!\d)", sign, str(text))

    def _is_sheet_recipient(self, addresses):
        """Tell whether a copy of a mail goes to nobody but whom the sheet was sent to.

        They may have several addresses, or a right one since it was queued.
        """
        self.ensure_one()
        own = email_normalize_all(self._get_sheet_recipient().email or "")
        return bool(self.sheet_email and addresses) and {*addresses} <= {self.sheet_email, *own}

    def _get_sheet_path(self):
        return f"/service/sheet/{self.id}/{self._get_sheet_token(self.sheet_revision)}"

    @api.model
    def _sign_sheet(self, session_id, revision):
        """Return the keyed HMAC of a session and a revision of its sheet."""
        return hmac(self.env(su=True), SCOPE, (session_id, revision))

    def _get_sheet_token(self, revision):
        self.ensure_one()
        return self._sign_sheet(self.id, revision)

    @api.model
    def _open_sheet(self, session_id, token):
        """Return ``(session, revision)`` that a link opens, no session for a wrong one.

        A link of a sheet withdrawn since is known by its own revision. Compared in constant time.
        """
        session = self.sudo().browse(session_id).exists()
        for revision in range(session.sheet_revision, -1, -1):
            expected = self._sign_sheet(session_id, revision)
            if consteq(expected.encode(), token.encode(errors="replace")):
                return session, revision
        return session.browse(), 0

    # ----- The page behind the link -----

    def _get_sheet_page(self, revision):
        """Return the values of the page; sheets withdrawn since show their state and no more."""
        self.ensure_one()
        status = self._get_sheet_status(revision)
        is_shown = status in ("open", "sent", "expired", "validated", "contested", "settled")
        is_staff = self.env.user._is_internal()
        can_confirm = status in ("open", "sent") and not is_staff
        return {
            "session": self,
            "company": self.company_id,
            "status": status,
            "is_shown": is_shown,
            "has_report": not is_html_empty(self.report),
            "is_staff": is_staff,
            "can_confirm": can_confirm,
            "can_contest": can_confirm and status == "open",
            "path": self._get_sheet_path() if is_shown else "",
        }

    def _get_sheet_status(self, revision):
        """Return what the link finds: the state of the sheet, or why it opens nothing.

        ``open``: may be contested; ``sent``: no days to contest; ``expired``: they are over;
        ``corrected``: withdrawn, whatever became of the session since.
        """
        self.ensure_one()
        if self.state == "cancelled":
            return "cancelled"
        if revision != self.sheet_revision or self.sheet_state == "draft" or self.state != "done":
            return "corrected"
        if self.sheet_state != "sent":
            return self.sheet_state
        if self._is_contestable():
            return "open"
        return "expired" if self.sheet_contest_until else "sent"

    def _confirm_by_link(self, address):
        """Validate the sheet by the word of whoever holds its link."""
        self.ensure_one()
        self._set_sheet_validated("customer", **self._prepare_answer_vals(address))
        self.message_post(
            body=self.env._("Confirmed on the sheet's page."),
            author_id=self._get_sheet_recipient().id,
        )
        self._report_staff_answer()

    def _contest_by_link(self, text, address):
        """Contest the sheet by the word of whoever holds its link."""
        self.ensure_one()
        self._set_sheet_contested(text)
        self._as_workflow().write(self._prepare_answer_vals(address))
        self._report_staff_answer()

    # ----- Delivery -----

    def _on_sheet_gone(self):
        """Count the days from when the mail left, which may be later than when it was sent."""
        for session in self.filtered(lambda session: session.sheet_state == "sent"):
            is_late = session.sheet_failure or session._get_local_today() > session._get_sent_day()
            if is_late:
                session._set_sheet_sent()

    def _on_sheet_failed(self, reason):
        """Mark the sheets whose mail could not be sent, unless they were answered meanwhile."""
        for session in self.filtered(lambda session: session._is_waiting_for_silence()):
            session._set_sheet_undelivered(session._get_failure_words(reason))

    def _get_sent_day(self):
        return self._to_local(self.sheet_sent_at).date()

    def _message_receive_bounce(self, email, partner):
        """Mark the sheet undelivered when the address it went to bounces."""
        result = super()._message_receive_bounce(email, partner)
        bounced = self.filtered(
            lambda session: (
                session._is_waiting_for_silence()
                and (email or partner.email_normalized) == session.sheet_email
            )
        )
        for session in bounced:
            session._set_sheet_undelivered(
                session.env._("The mail to %(address)s came back.", address=session.sheet_email)
            )
        return result

    def _is_waiting_for_silence(self):
        """Tell whether only silence speaks, or spoke, for the sheet."""
        self.ensure_one()
        by_silence = self.sheet_state == "validated" and self.sheet_validation == "silence"
        return self.sheet_state == "sent" or by_silence

    def _get_undelivered(self):
        """Return ``{message: notifications}`` of the sheets whose mail is not with the customer."""
        notifications = self.env["mail.notification"].sudo()
        rows = notifications.search(
            [
                ("mail_message_id", "in", self.sheet_message_id.ids),
                ("notification_status", "in", FAILED + NOT_GONE),
            ]
        )
        return rows.grouped("mail_message_id")

    def _sort_out_undelivered(self):
        """Return the sheets whose mail left and did not come back; mark those that failed."""
        by_message = self._get_undelivered()
        waiting = self.filtered(lambda session: session.sheet_message_id in by_message)
        for session in waiting:
            row = by_message[session.sheet_message_id][0]
            if row.notification_status in FAILED:
                session._set_sheet_undelivered(session._get_failure_words(row.failure_reason))
        return self - waiting

    def _get_failure_words(self, reason):
        return self.env._(
            "The mail to %(address)s could not be delivered. %(reason)s",
            address=self.sheet_email,
            reason=reason or "",
        ).strip()
