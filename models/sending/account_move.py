import logging
from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.askers import as_asker
from ..common.brought_records import require
from ..common.client_actions import notify
from ..common.service_batch_runner import TRY_AGAIN
from ..common.time_limits import Shift

_logger = logging.getLogger(__name__)

JOB = "send"
CRON = "service_contract.service_sending_cron"
STATES = [
    ("waiting", "To Send"),
    ("calling", "Being Sent"),
    ("mailing", "E-mail on Its Way"),
    ("print", "To Print"),
    ("printed", "Printed, to Post"),
    ("failed", "Not Sent"),
    ("sent", "Sent"),
]
# What the background job has in hand, and what waits for a person.
UNDER_WAY = ("waiting", "calling", "mailing")
TO_POST = ("print", "printed")
TO_DECIDE = (False, "failed")
# The channels that do nothing outside the database: what was not committed was not sent.
SAFE_CHANNELS = frozenset({"email", "manual"})
# The first key of the locks by which one worker alone sends an invoice.
LOCK_CLASS = 0x5EBD


class AccountMove(models.Model):
    """How an invoice of ours goes out (L08): once, by its customer's channel, or somebody is told.

    One worker alone has an invoice in hand, by a lock that outlasts commits, as what carries it to
    a platform may commit by itself. A mail leaves with the commit that says so: a worker that is
    killed has sent all of it or nothing. Whether a platform has got what a killed worker was
    sending, nobody can know: a person looks.
    """

    _inherit = "account.move"

    service_sending = fields.Selection(
        STATES, string="Sending", readonly=True, copy=False, index="btree_not_null", lock="workflow"
    )
    service_sending_tries = fields.Integer(
        string="Tries to Send", readonly=True, copy=False, lock="workflow", aggregator=None
    )
    service_sending_after = fields.Datetime(
        string="Tried again from", readonly=True, copy=False, lock="workflow"
    )
    service_sending_note = fields.Text(
        string="Why It Was Not Sent",
        readonly=True,
        copy=False,
        groups="base.group_user",
        lock="workflow",
    )
    service_sending_user_id = fields.Many2one(
        "res.users", string="To Send by", readonly=True, copy=False, lock="workflow"
    )
    service_sending_message_id = fields.Many2one(
        "mail.message",
        string="Sent with",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
        lock="workflow",
    )
    service_sending_channel = fields.Char(
        string="Channel", compute="_compute_service_sending_channel", compute_sudo=True
    )
    service_sent_at = fields.Datetime(string="Sent on", readonly=True, copy=False, lock="workflow")

    @api.depends("commercial_partner_id", "company_id")
    def _compute_service_sending_channel(self):
        methods = self.env["res.partner"]._fields["invoice_sending_method"]
        labels = dict(methods._description_selection(self.env))
        labels["manual"] = self.env._("By post (print list)")
        for move in self:
            names = sorted(move._get_channels()) if move.partner_id else []
            move.service_sending_channel = ", ".join(labels.get(name, name) for name in names)

    # ----- Asked for -----

    def action_send_service(self):
        """Have the background job send invoices; those that are gone, or on their way, stay."""
        self.check_access("write")
        moves = self._check_sendable()
        moves._queue_sending()
        return notify(
            self.env._("%(count)s invoices are being sent in the background.", count=len(moves)),
            kind="info",
        )

    def _check_sendable(self):
        """Return the invoices that wait for somebody to send them; refuse what cannot be sent."""
        for move in self:
            if move.state != "posted" or not move.is_sale_document():
                raise UserError(
                    self.env._(
                        "%(invoice)s is not posted: it cannot be sent.",
                        invoice=move._get_service_name(),
                    )
                )
            if not (move.service_run_id or move._is_of_service()):
                raise UserError(
                    self.env._(
                        "%(invoice)s is not an invoice of service contracts: use its own button.",
                        invoice=move.display_name,
                    )
                )
        moves = self.filtered(lambda move: move.service_sending in TO_DECIDE)
        if not moves:
            raise UserError(self.env._("These invoices have been sent, or are being sent."))
        return moves

    def _queue_sending(self):
        """Let the background job send invoices, by the user who asks for it."""
        self._forget_sending()
        self._set_sending("waiting", service_sending_user_id=self.env.user.id)
        self.service_run_id.sudo()._as_workflow().is_sending = True
        self._call_sender()

    def _call_sender(self, day=None):
        sender = require(self.env, CRON, self.env._("The scheduled action that sends invoices"))
        sender.sudo()._trigger(at=day)

    def button_draft(self):
        """What a person takes back has to be sent anew; what has not left by then never does."""
        taken_back = self.filtered("service_sending")
        result = super().button_draft()
        taken_back._forget_sending()
        taken_back.sudo()._as_workflow().is_move_sent = False
        return result

    def _forget_sending(self):
        """Begin anew: no mail of an earlier try leaves, or is followed, beside the next one."""
        self._get_mails("outgoing", "exception").cancel()
        self._set_sending(
            False,
            service_sending_tries=0,
            service_sending_after=False,
            service_sending_note=False,
            service_sending_message_id=False,
            service_sent_at=False,
        )

    # ----- The background job -----

    @api.model
    def _get_to_send_domain(self):
        """Return the domain of the invoices that are to be sent now; a hook."""
        return (
            Domain("service_sending", "in", ("waiting", "calling"))
            & Domain("state", "=", "posted")
            & (
                Domain("service_sending_after", "=", False)
                | Domain("service_sending_after", "<=", fields.Datetime.now())
            )
        )

    @api.model
    def _cron_send_service(self):
        """Send what waits, one invoice after the other, each committed; then read what came back.

        What another worker has in hand is left to it, and looked at again within a minute.
        """
        runner = self.env["service.batch.runner"]
        shift, move, is_busy = Shift.of_job(self.env), self.browse(), False
        while not shift.is_over():
            later = Domain("id", ">", move.id or 0)
            move = self.search(self._get_to_send_domain() & later, order="id", limit=1)
            if not move:
                self._finish_sending()
                runner._report_remaining(int(is_busy))
                return
            is_busy |= not move._send_alone()
        runner._call_again()

    @api.model
    def _finish_sending(self):
        """Look at what came back, and tell whose run has gone out, unless another worker does."""
        try:
            self._follow_up_mails()
            self.env["service.billing.run"].search([("is_sending", "=", True)])._tell_sent()
            self.env.flush_all()
        except TRY_AGAIN as error:
            self.env.cr.rollback()
            _logger.info("Another worker has finished: %s", error)

    def _send_alone(self):
        """Send an invoice unless another worker has it in hand; commit; tell whether it was free.

        After the lock of the worker, that of the row: it tells what has changed since this
        transaction began to read.
        """
        self.ensure_one()
        with self._hold() as is_free:
            try:
                if not is_free or not self.try_lock_for_update(allow_referencing=True):
                    return False
                self._as_sender()._send_now()
                self._commit_sending()
            except TRY_AGAIN as error:
                self.env.cr.rollback()
                _logger.info("%s waits: %s", self, error)
                return False
        return True

    @contextmanager
    def _hold(self):
        """Hold the lock of the worker that sends an invoice, over all commits; tell if it is ours.

        The database lifts it when the worker dies.
        """
        cr = self.env.cr
        key = SQL("(%s, %s)", LOCK_CLASS, self.id)
        [[is_held]] = self.env.execute_query(SQL("SELECT pg_try_advisory_lock%s", key))
        try:
            yield is_held
        finally:
            if is_held:
                try:
                    cr.execute(SQL("SELECT pg_advisory_unlock%s", key))
                except psycopg2.Error:
                    cr.rollback()
                    cr.execute(SQL("SELECT pg_advisory_unlock%s", key))

    def _commit_sending(self):
        """Commit; the mail leaves then. Where its server hangs up, the queue sends it later."""
        try:
            self.env["ir.cron"]._commit_progress(1, remaining=1)
        except OSError as error:
            self.env.cr.rollback()
            _logger.info("The mail of %s stays in the queue: %s", self, error)

    def _as_sender(self):
        """Return the invoice as the user who asked for it, in its company, if he still may."""
        context = {"service_sending": True, "mail_notify_force_send": True}
        user = self.service_sending_user_id
        return as_asker(self, user, lambda mine: mine.has_access("write"), **context)

    # ----- One invoice -----

    def _send_now(self):
        """Send the invoice, or note why it could not be sent."""
        self.ensure_one()
        if self.service_sending == "calling":
            self._fail_sending(self._get_doubt())
            return
        is_safe = True
        try:
            is_safe = self._get_channels() <= SAFE_CHANNELS
            if is_safe:
                with self.env.cr.savepoint():
                    self._send_again() or self._send()
            else:
                self._send_outside()
        except TRY_AGAIN:
            raise
        except Exception as error:
            if not is_safe:
                self.env.cr.rollback()
            self._note_error(error)

    def _get_channels(self):
        """Return by which of Odoo's methods the customer wants the invoice, as a set; a hook."""
        self.ensure_one()
        return set(self.env["account.move.send"]._get_default_sending_methods(self))

    def _send(self):
        before = self.sudo().service_sending_message_id
        self.env["account.move.send"]._generate_and_send_invoices(self)
        is_same = self.sudo().service_sending_message_id == before
        if self.service_sending in ("waiting", "calling") and is_same:
            raise UserError(self._get_missing_address())

    def _send_outside(self):
        """Send by a platform or a provider: that it is being sent is committed before."""
        self.sudo()._as_workflow().service_sending = "calling"
        self.env["ir.cron"]._commit_progress()
        self._send()

    def _send_again(self):
        """Try the mails of the last try again, where they did not leave; tell whether there are.

        Not where the customer wants no mail any more.
        """
        mails = self._get_mails("exception")
        if "email" not in self._get_channels():
            mails.cancel()
            return False
        if mails:
            self._set_sending("mailing")
            mails.mark_outgoing()
            mails.send_after_commit()
        return bool(mails)

    def _get_mails(self, *states):
        """Return those of the last mails of invoices that are in some states of Odoo's queue."""
        messages = self.sudo().service_sending_message_id
        mails = self.env["mail.mail"].sudo()
        return mails.search([("mail_message_id", "in", messages.ids), ("state", "in", states)])

    # ----- Two at once -----

    def _is_followed(self):
        """Tell whether it is noted what becomes of an invoice."""
        self.ensure_one()
        return bool(self.service_run_id or self.service_contract_id or self.service_sending)

    def _lock_sending(self, is_waiting):
        """Return the invoices that nobody else is sending; refuse them in words to a person."""
        ours = self.filtered(lambda move: move._is_followed())
        held = ours - ours.try_lock_for_update(allow_referencing=True) if ours else ours
        if held and not is_waiting:
            raise UserError(
                self.env._(
                    "Somebody else is handling %(invoices)s. Try again in a moment.",
                    invoices=held._get_service_names(),
                )
            )
        return self - held
