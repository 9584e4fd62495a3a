from odoo import api, fields, models

from ...tools import pace
from ..common.brought_records import require
from ..common.service_job_mixin import AT_ONCE
from ..common.time_limits import Shift
from ..sepa.debit_rights import UPLOAD
from .upload_key import BOOKED, KEY, PLAIN, is_booked

CRON = "service_contract.service_upload_cron"
# The debits that could not be booked, and the orders whose job stands still.
DEBIT, ORDER = "debit_booking", "uploading"


class AccountPaymentOrder(models.Model):
    """A debit order whose file is at the bank: its debits are booked in steps.

    Each debit is handled twice: its entry is posted, then matched with its invoice. Both go in an
    order that stays, so that numbers are the same however long the steps are, and one number says
    how far it has come. A debit that cannot be booked hinders no other.
    """

    _name = "account.payment.order"
    _inherit = ["account.payment.order", "service.job.mixin"]
    _first_step = AT_ONCE

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
        self._begin_steps(len(self.payment_ids))
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

    def _call_job(self):
        job = require(self.env, CRON, self.env._("The scheduled action that books uploads"))
        job.sudo()._trigger()

    def action_continue_upload(self):
        """Go on here and now, for a while: where the background job does not."""
        self.ensure_one()
        self.check_access("write")
        self._check_step("uploading")
        self._check_may(UPLOAD)
        self._continue_now()

    def action_cancel(self):
        """Nothing is cancelled while it is being booked."""
        self._check_step("draft", "open", "generated", "uploaded", "cancel")
        return super().action_cancel()

    # ----- Step by step -----

    def _step(self, limit=pace.MOST):
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
        self._settle_failure()
        self._tell_upload()

    def _tell_upload(self):
        """Tell who uploaded the file how far it is booked; it goes out with the commit."""
        done, total = self.service_upload_position, 2 * len(self.payment_ids)
        self._send_progress(self.service_uploaded_by_id, done, total, phase="upload")

    # ----- In the background -----

    @api.model
    def _cron_book_uploads(self):
        """Book what was uploaded, each order as who uploaded it."""
        self._drive_all([("state", "=", "uploading")])

    def _get_asker(self):
        return self.service_uploaded_by_id

    def _may_go_on(self):
        return self._may(UPLOAD) and super()._may_go_on()

    def _is_under_way(self):
        return self.state == "uploading"

    def _get_matter(self):
        return {"kind": "sepa", "job": ORDER}

    def _needs_a_look(self):
        return bool(self._get_unbooked())

    def _get_unbooked(self):
        return self.payment_ids.filtered(lambda one: one.state == "draft")

    def _get_summary(self):
        counts = {"order": self.name, "count": len(self.payment_ids) - len(self._get_unbooked())}
        if unbooked := self._get_unbooked():
            return self.env._(
                "%(order)s is uploaded: %(count)s debits are booked, %(left)s are not. Look at "
                "“To Settle”.",
                left=len(unbooked),
                **counts,
            )
        return self.env._("%(order)s is uploaded: %(count)s debits are booked.", **counts)
