import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..common.brought_records import require
from ..common.service_batch_runner import TRY_AGAIN
from ..common.time_limits import Shift, timed
from ..sepa.debit_rights import UPLOAD
from .upload_key import BOOKED, KEY, PLAIN, is_booked

_logger = logging.getLogger(__name__)

CRON = "service_contract.service_upload_cron"
PROGRESS = "service_run_progress"
# The debits that could not be booked, and the orders whose job stands still.
DEBIT, ORDER = "debit_booking", "uploading"
# So many debits are booked by the click itself.
AT_ONCE = 100
CONTINUE_SECONDS = 20


class AccountPaymentOrder(models.Model):
    """A debit order whose file is at the bank: its debits are booked in steps.

    Each debit is handled twice: its entry is posted, then matched with its invoice. Both go in an
    order that stays, so that numbers are the same however long the steps are, and one number says
    how far it has come. A debit that cannot be booked hinders no other.
    """

    _inherit = "account.payment.order"

    state = fields.Selection(
        selection_add=[("uploading", "Booking the Upload"), ("uploaded",)],
        ondelete={"uploading": "set generated"},
    )
    service_uploaded_by_id = fields.Many2one(
        "res.users", string="Uploaded by", readonly=True, copy=False, lock="workflow"
    )
    service_upload_position = fields.Integer(
        readonly=True,
        copy=False,
        help="How many steps of the booking are behind: two for each debit.",
        lock="workflow",
    )
    service_upload_progress = fields.Float(
        string="Progress", compute="_compute_service_upload_progress", aggregator=None
    )

    @api.depends("state", "service_upload_position", "payment_count")
    def _compute_service_upload_progress(self):
        for order in self:
            steps = 2 * order.payment_count
            done = order.service_upload_position if order.state == "uploading" else 0
            order.service_upload_progress = 100 * done / steps if steps else 0

    # ----- Begin -----

    def generated2uploaded(self):
        """Book the debits of a file that is at the bank, the bank takes them all the same.

        Few by the click, many in the background. What is paid or undone meanwhile leaves the
        debit as the customer's credit.
        """
        if not self._is_debit() or self.env.context.get(PLAIN) or is_booked(self.env):
            return super().generated2uploaded()
        self._check_step("generated")
        self._check_may(UPLOAD)
        self._begin_upload()
        if len(self.payment_ids) > AT_ONCE:
            self._call_upload_job()
        else:
            self._book_to_end()
        return None

    def _begin_upload(self):
        """Say that the file is at the bank: who says so first, books it."""
        self._as_workflow().write(
            {
                "state": "uploading",
                "date_uploaded": fields.Date.context_today(self),
                "service_uploaded_by_id": self.env.user.id,
                "service_upload_position": 0,
            }
        )
        self.flush_recordset(["state"])

    def _call_upload_job(self):
        """Have the background job book what is left."""
        job = require(self.env, CRON, self.env._("The scheduled action that books uploads"))
        job.sudo()._trigger()

    def _book_to_end(self):
        """Take all steps, however long that takes."""
        while self._step_upload(len(self.payment_ids) or 1):
            pass

    def action_continue_upload(self):
        """Go on here and now, for a while: where the background job does not."""
        self.ensure_one()
        self.check_access("write")
        self._check_step("uploading")
        self._check_may(UPLOAD)
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._("%(order)s is being booked at this moment.", order=self.name)
            )
        shift = Shift(self.env, CONTINUE_SECONDS)
        speed = shift.make_pace()
        while True:
            with timed(speed):
                handled = self._step_upload(speed.size)
            if not handled:
                return
            if shift.is_over():
                break
        self._call_upload_job()

    def action_cancel(self):
        """Nothing is cancelled while it is being booked."""
        self._check_step("draft", "open", "generated", "uploaded", "cancel")
        return super().action_cancel()

    # ----- Step by step -----

    def _step_upload(self, limit):
        """Handle about ``limit`` debits; return how many, 0 when all is done. Never commits."""
        self.ensure_one()
        payments, work = self._get_next_to_book(limit)
        if not payments:
            self._end_upload()
            return 0
        handled = self._handle_debits(payments, work)
        self._as_workflow().service_upload_position += handled
        self._tell_upload()
        return handled

    def _get_next_to_book(self, limit):
        """Return the next debits and the method that handles them.

        Entries are posted, and so numbered, by date and reference; then matched, the last day
        first, as the stack does.
        """
        place, count = self.service_upload_position, len(self.payment_ids)
        if place < count:
            ordered = self.payment_ids.sorted(lambda one: (one.date, one.memo or "", one.id))
            return ordered[place : place + limit], "_book_upload"
        place -= count
        ordered = self.payment_ids.sorted(lambda one: (-one.date.toordinal(), one.id))
        return ordered[place : place + limit], "_match_upload"

    def _handle_debits(self, payments, work):
        """Do it so that a bad debit goes to the inbox alone; return how many are behind."""
        meant = payments
        if work == "_match_upload":
            meant = payments.filtered(lambda one: one.state != "draft")
        _done, left = self.env["service.batch.runner"]._run_timed(
            meant,
            lambda some: getattr(some, work)(),
            Shift.of_job(self.env).seconds_of_bad,
            kind="sepa",
            job=DEBIT,
        )
        return payments.ids.index(left[0].id) if left else len(payments)

    def _end_upload(self):
        """Do the rest as the stack does: mails, mandates, state; tell who uploaded it."""
        day = self.date_uploaded
        self.with_context(**{KEY: BOOKED}).generated2uploaded()
        if self.date_uploaded != day:
            self._as_workflow().date_uploaded = day
        booked = self.payment_ids.filtered(lambda one: one.state != "draft")
        moves = booked.payment_line_ids.move_line_id.move_id
        moves.filtered("service_debit_decision")._end_debit_decision()
        self.env["service.exception"]._settle(self, "sepa", ORDER)
        self._tell_upload()

    def _tell_upload(self):
        """Tell who uploaded the file how far it is booked; it goes out with the commit."""
        user = self.service_uploaded_by_id
        if user.active and not user._is_superuser():
            told = {"model": self._name, "id": self.id, "state": self.state, "phase": "upload"}
            done, total = self.service_upload_position, 2 * len(self.payment_ids)
            user._bus_send(PROGRESS, {**told, "done": done, "total": total})

    # ----- In the background -----

    @api.model
    def _cron_book_uploads(self):
        """Book what was uploaded, each order as who uploaded it; one that fails hinders no other.

        One that another process is handling, or that meets a lock, is tried again in a minute.
        """
        runner = self.env["service.batch.runner"]
        shift, waiting = Shift.of_job(self.env), 0
        for order in self.search([("state", "=", "uploading")], order="id"):
            outcome = "late" if shift.is_over() else order._as_uploader()._book_in_background(shift)
            if outcome == "late":
                runner._call_again()
                return
            waiting += outcome == "busy"
        runner._report_remaining(waiting)

    def _book_in_background(self, shift):
        """Take steps until the end; return ``done``, ``late``, ``busy`` or ``failed``."""
        self.ensure_one()
        try:
            return self._take_upload_steps(shift)
        except TRY_AGAIN as error:
            self.env.cr.rollback()
            _logger.info("%s waits: %s", self.name, error)
            return "busy"
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("%s cannot go on", self.name)
            self._report_upload_failure(error)
            return "failed"

    def _take_upload_steps(self, shift):
        """Take steps, each committed; what one takes says how large the next one is."""
        speed = shift.make_pace(size=AT_ONCE)
        while self.try_lock_for_update(allow_referencing=True):
            if self.state != "uploading":
                return "done"
            with timed(speed):
                handled = self._step_upload(speed.size)
                seconds = self.env["ir.cron"]._commit_progress(1, remaining=1)
            if not handled:
                self._tell_uploaded()
                return "done"
            if seconds <= 0 or shift.is_over():
                return "late"
        return "busy"

    def _as_uploader(self):
        """Return the order as who uploaded it, in his language and in its company.

        Where he has left or may no longer do so, the job goes on as itself.
        """
        self.ensure_one()
        user, company = self.service_uploaded_by_id, self.company_id
        context = {"allowed_company_ids": company.ids}
        mine = self.with_user(user).with_context(lang=user.lang, tz=user.tz, **context)
        if user.active and company in user.company_ids and mine._may_upload():
            return mine
        return self.with_context(lang=company.partner_id.lang or self.env.lang, **context)

    def _may_upload(self):
        return (
            self._may(UPLOAD)
            and self.has_access("write")
            and self.env["account.move"].has_access("create")
        )

    def _report_upload_failure(self, error):
        """Put into the inbox why an order is not booked to its end; it is tried each hour."""
        detail = self.env._(
            "%(order)s cannot be booked to its end: %(error)s",
            order=self.name,
            error=self.env["service.batch.runner"]._describe_error(error),
        )
        self.env["service.exception"]._report(self, "sepa", detail, job=ORDER)

    def _tell_uploaded(self):
        """Tell who uploaded the file that all is booked, or what is not."""
        user = self.service_uploaded_by_id
        if not user.active or user._is_superuser():
            return
        text = self.with_context(lang=user.lang)._get_upload_summary()
        self.with_user(SUPERUSER_ID).message_post(body=text, partner_ids=user.partner_id.ids)
        kind = "warning" if self._get_unbooked() else "success"
        user._bus_send("simple_notification", {"type": kind, "message": text, "sticky": True})

    def _get_unbooked(self):
        return self.payment_ids.filtered(lambda one: one.state == "draft")

    def _get_upload_summary(self):
        """Return in words what became of an upload."""
        counts = {"order": self.name, "count": len(self.payment_ids) - len(self._get_unbooked())}
        if unbooked := self._get_unbooked():
            return self.env._(
                "%(order)s is uploaded: %(count)s debits are booked, %(left)s are not. Look at "
                "“To Settle”.",
                left=len(unbooked),
                **counts,
            )
        return self.env._("%(order)s is uploaded: %(count)s debits are booked.", **counts)
