import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import clean_context

from ..common.brought_records import require
from ..common.field_values import get_label
from ..common.service_batch_runner import TRY_AGAIN
from ..common.time_limits import Shift, timed
from .return_day import BOOKED_STATES, KEY, PLAIN, UNBOOKED, ReturnDay

_logger = logging.getLogger(__name__)

CRON = "service_contract.service_return_cron"
PROGRESS = "service_run_progress"
# The debits that could not be taken back, and the returns whose job stands still.
LINE, RETURN = "debit_return", "returning"
# So many debits are taken back by the click itself.
AT_ONCE = 100
CONTINUE_SECONDS = 20


class PaymentReturn(models.Model):
    """Debits that came back: debited again only if somebody, or a rule, says so (L15c).

    Its entry is made first, as the bank has booked it. Then the debits are taken back in steps,
    each with what follows from it: one number says how far that has come, and a debit that cannot
    be taken back hinders no other.
    """

    _name = "payment.return"
    _inherit = ["payment.return", "service.workflow.mixin"]
    _check_company_auto = True

    service_file_id = fields.Many2one(
        "service.bank.file",
        string="Bank File",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        lock="workflow",
    )

    name = fields.Char(lock="draft")
    date = fields.Date(lock="draft")
    journal_id = fields.Many2one(lock="draft")
    company_id = fields.Many2one(lock="draft")
    payment_method_line_id = fields.Many2one(lock="draft")
    move_id = fields.Many2one(lock="workflow")
    state = fields.Selection(
        selection_add=[("booking", "Being Booked"), ("done",)],
        ondelete={"booking": "set imported"},
        lock="workflow",
    )
    service_booked_by_id = fields.Many2one(
        "res.users", string="Booked by", readonly=True, copy=False, lock="workflow"
    )
    service_book_position = fields.Integer(
        readonly=True,
        copy=False,
        help="How many debits are taken back already.",
        lock="workflow",
    )
    service_book_progress = fields.Float(
        string="Progress", compute="_compute_service_book_progress", aggregator=None
    )
    service_open_count = fields.Integer(
        string="To Find", compute="_compute_service_open_count", compute_sudo=True
    )

    @api.depends("line_ids.move_line_ids")
    def _compute_service_open_count(self):
        for one in self:
            missing = one.line_ids.filtered(lambda line: not line.move_line_ids)
            one.service_open_count = len(missing)

    def _get_company_kept(self):
        return self.filtered("service_file_id")

    def _part_found(self):
        """Return the returns whose debits are all found: others part with those that are not."""
        ready = self.browse()
        for one in self:
            missing = one.line_ids.filtered(lambda line: not line.move_line_ids)
            if missing and missing != one.line_ids:
                missing.return_id = self.sudo().create(one._prepare_apart_vals())
            if one.line_ids - missing:
                ready += one
        return ready

    def _prepare_apart_vals(self):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "date": self.date,
            "state": self.state,
            "service_file_id": self.service_file_id.id,
        }

    @api.depends("state", "service_book_position", "line_ids")
    def _compute_service_book_progress(self):
        for one in self:
            done = one.service_book_position if one.state == "booking" else 0
            one.service_book_progress = 100 * done / (len(one.line_ids) or 1)

    # ----- What stays as it is -----

    def _is_in_draft(self):
        self.ensure_one()
        return self.state in UNBOOKED

    def _check_step(self, *states):
        """Refuse a step from another state: nothing is booked twice, or undone meanwhile."""
        for one in self:
            if one.state not in states:
                raise UserError(
                    self.env._(
                        "%(record)s is “%(state)s”: this is no longer possible.",
                        record=one.name,
                        state=get_label(one, "state"),
                    )
                )

    def action_draft(self):
        self._check_step("draft", "imported", "cancelled")
        return super(PaymentReturn, self._as_workflow()).action_draft()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_being_booked(self):
        self._check_step("draft", "imported", "done", "cancelled")

    @api.constrains("line_ids")
    def _check_duplicate_move_line(self):
        """A debit comes back once: not again while it is being booked either."""
        ids = [id_ for line in self.line_ids for id_ in line.move_line_ids.ids]
        others = self.env["payment.return.line"].search(
            [("move_line_ids", "in", ids), ("return_id.state", "in", BOOKED_STATES)]
        )
        if being_booked := others.filtered(lambda line: line.return_id.state == "booking"):
            raise ValidationError(
                self.env._(
                    "%(debits)s: being booked as returned already.",
                    debits=", ".join(being_booked.mapped("display_name")),
                )
            )
        is_doubtful = others or len(ids) > len(set(ids))
        return super()._check_duplicate_move_line() if is_doubtful else None

    # ----- Begin -----

    def action_confirm(self):
        """Book the return: few debits by the click, many in the background.

        VAT on payment is taken back on its day (L15c).
        """
        self.ensure_one()
        self = self.with_env(self.env(context=clean_context(self.env.context)))
        self._check_step(*UNBOOKED)
        self._check_duplicate_move_line()
        if self.env.context.get(PLAIN):
            invoices = self._get_returned_invoices()
            one = self._as_workflow().with_context(**{KEY: ReturnDay(self.date)})
            result = super(PaymentReturn, one).action_confirm()
            self._follow_plainly(invoices)
            return result
        self._check_found()
        self._begin_booking()
        if len(self.line_ids) > AT_ONCE:
            self._call_return_job()
        else:
            self._book_to_end()
        return True

    def _follow_plainly(self, invoices):
        """Do what follows of a return that the stack has booked, debit by debit."""
        payments = self.line_ids.move_line_ids.payment_id
        payments.action_reject()
        payments.payment_lot_id._net_returns()
        for line, moves in invoices.items():
            self.env["account.move"]._ask_debit_decisions(line._follow(moves))

    def _check_found(self):
        if any(not line.move_line_ids for line in self.line_ids):
            raise UserError(
                self.env._(
                    "%(record)s: find the debit of each line first, or take the line out.",
                    record=self.name,
                )
            )

    def _begin_booking(self):
        """Note who books; who says so first, does it."""
        vals = {"state": "booking", "service_booked_by_id": self.env.user.id}
        self._as_workflow().write({**vals, "service_book_position": 0})
        self.flush_recordset(["state"])

    def _call_return_job(self):
        """Have the background job book what is left."""
        job = require(self.env, CRON, self.env._("The scheduled action that books returns"))
        job.sudo()._trigger()

    def _book_to_end(self):
        """Take all steps, however long that takes."""
        while self._step_booking(len(self.line_ids) or 1):
            pass

    def action_continue_booking(self):
        """Go on here and now, for a while: where the background job does not."""
        self.ensure_one()
        self.check_access("write")
        self._check_step("booking")
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._("%(record)s is being booked at this moment.", record=self.name)
            )
        shift = Shift(self.env, CONTINUE_SECONDS)
        speed = shift.make_pace()
        while True:
            with timed(speed):
                handled = self._step_booking(speed.size)
            if not handled:
                return
            if shift.is_over():
                break
        self._call_return_job()

    # ----- Step by step -----

    def _step_booking(self, limit):
        """Handle about ``limit`` debits; return how many, 0 when all is done. Never commits.

        The first step makes and posts the entry, of all debits.
        """
        self.ensure_one()
        if not self.move_id:
            self._make_entry()
            return 1
        lines = self.line_ids.sorted("id")[self.service_book_position :][:limit]
        if not lines:
            self._end_booking()
            return 0
        handled = self._take_back(lines)
        self._as_workflow().service_book_position += handled
        self._tell_booking()
        return handled

    def _make_entry(self):
        """Make and post the entry of all debits, as the stack does line by line (SPEED.md)."""
        move = self.env["account.move"].create(self._prepare_return_move_vals())
        rows, vals_list = [], []
        for line in self.line_ids:
            rows.append(len(vals_list))
            vals_list.append(line._prepare_return_move_line_vals(move))
            if line.expense_amount:
                vals_list += line._prepare_expense_lines_vals(move)
            vals_list += line._prepare_extra_move_lines(move)
        unbalanced = self.env["account.move.line"].with_context(check_move_validity=False)
        made = unbalanced.create(vals_list)
        for line, row in zip(self.line_ids._as_workflow(), rows, strict=True):
            line.service_entry_line_id = made[row].id
        total = sum(made[row].debit for row in rows)
        self.env["account.move.line"].create(self._prepare_move_line(move, total))
        move._post()
        self._as_workflow().move_id = move

    def _take_back(self, lines):
        """Take debits back, a bad one goes to the inbox alone; return how many are behind."""
        entries = lines._index_entries()

        def work(moves):
            found = lines.browse().union(*(entries[move] for move in moves))
            found.filtered(lambda line: line._is_left())._take_back()

        _done, left = self.env["service.batch.runner"]._run_timed(
            self.env["account.move"].union(*entries),
            work,
            Shift.of_job(self.env).seconds_of_bad,
            kind="sepa",
            job=LINE,
        )
        kept = set(left.ids)
        places = (place for place, line in enumerate(lines) if line._get_entry().id in kept)
        return next(places, len(lines))

    def _end_booking(self):
        """Do the rest once for all debits: what their lots wait for, and the state."""
        self._as_workflow().state = "done"
        self.line_ids.move_line_ids.payment_id.payment_lot_id._net_returns()
        self.env["service.exception"]._settle(self, "sepa", RETURN)
        self._tell_booking()

    def _tell_booking(self):
        """Tell who books how far it is; it goes out with the commit."""
        user = self.service_booked_by_id
        if user.active and not user._is_superuser():
            told = {"model": self._name, "id": self.id, "state": self.state, "phase": "return"}
            done, total = self.service_book_position, len(self.line_ids)
            user._bus_send(PROGRESS, {**told, "done": done, "total": total})

    # ----- In the background -----

    @api.model
    def _cron_book_returns(self):
        """Book what was confirmed, as who confirmed it; one return that fails hinders no other.

        One that another process is handling, or that meets a lock, is tried again in a minute.
        """
        runner = self.env["service.batch.runner"]
        shift, waiting = Shift.of_job(self.env), 0
        for one in self.search([("state", "=", "booking")], order="id"):
            outcome = "late" if shift.is_over() else one._as_booker()._book_in_background(shift)
            if outcome == "late":
                runner._call_again()
                return
            waiting += outcome == "busy"
        runner._report_remaining(waiting)

    def _book_in_background(self, shift):
        """Take steps until the end; return ``done``, ``late``, ``busy`` or ``failed``."""
        self.ensure_one()
        try:
            return self._take_booking_steps(shift)
        except TRY_AGAIN as error:
            self.env.cr.rollback()
            _logger.info("%s waits: %s", self.name, error)
            return "busy"
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("%s cannot go on", self.name)
            self._report_booking_failure(error)
            return "failed"

    def _take_booking_steps(self, shift):
        """Take steps, each committed; what one takes says how large the next one is."""
        speed = shift.make_pace(size=AT_ONCE)
        while self.try_lock_for_update(allow_referencing=True):
            if self.state != "booking":
                return "done"
            with timed(speed):
                handled = self._step_booking(speed.size)
                seconds = self.env["ir.cron"]._commit_progress(1, remaining=1)
            if not handled:
                self._tell_booked()
                return "done"
            if seconds <= 0 or shift.is_over():
                return "late"
        return "busy"

    def _as_booker(self):
        """Return the return as who confirmed it, in his language and in its company.

        Where he has left or may no longer do so, the job goes on as itself.
        """
        self.ensure_one()
        user, company = self.service_booked_by_id, self.company_id
        context = {"allowed_company_ids": company.ids}
        mine = self.with_user(user).with_context(lang=user.lang, tz=user.tz, **context)
        if user.active and company in user.company_ids and mine._may_book():
            return mine
        return self.with_context(lang=company.partner_id.lang or self.env.lang, **context)

    def _may_book(self):
        return self.has_access("write") and self.env["account.move"].has_access("create")

    def _report_booking_failure(self, error):
        """Put into the inbox why a return is not booked to its end; it is tried each hour."""
        detail = self.env._(
            "%(record)s cannot be booked to its end: %(error)s",
            record=self.name,
            error=self.env["service.batch.runner"]._describe_error(error),
        )
        self.env["service.exception"]._report(self, "sepa", detail, job=RETURN)

    def _tell_booked(self):
        """Tell who confirmed it that all is booked, or what is not."""
        user = self.service_booked_by_id
        if not user.active or user._is_superuser():
            return
        text = self.with_context(lang=user.lang)._get_booking_summary()
        self.with_user(SUPERUSER_ID).message_post(body=text, partner_ids=user.partner_id.ids)
        kind = "warning" if self._get_left_lines() else "success"
        user._bus_send("simple_notification", {"type": kind, "message": text, "sticky": True})

    def _get_left_lines(self):
        """Return the lines whose debits could not be taken back."""
        return self.line_ids.filtered(lambda line: line._is_left())

    def _get_booking_summary(self):
        """Return in words what became of a return."""
        left = self._get_left_lines()
        counts = {"record": self.name, "count": len(self.line_ids - left)}
        if left:
            return self.env._(
                "%(record)s is booked: %(count)s debits are taken back, %(left)s are not. Look at "
                "“To Settle”.",
                left=len(left),
                **counts,
            )
        return self.env._("%(record)s is booked: %(count)s debits are taken back.", **counts)

    # ----- What was paid, and is again -----

    def _get_returned_invoices(self):
        """Return ``{line of the return: invoices}`` as long as the debits pay their invoices."""
        return {
            line: line.move_line_ids.matched_debit_ids.debit_move_id.move_id.filtered(
                lambda move: move.move_type == "out_invoice"
            )
            for line in self.sudo().line_ids
        }

    def action_cancel(self):
        """A return that was none: its debits pay again, nothing is left to decide."""
        self._check_step("done")
        debits = self.sudo().move_id.line_ids.matched_credit_ids.origin_returned_move_ids
        payments = self.line_ids.move_line_ids.payment_id
        result = super(PaymentReturn, self._as_workflow()).action_cancel()
        payments.filtered(lambda one: one.state == "rejected").state = "in_process"
        paid = debits.move_id.filtered(
            lambda move: move.service_debit_decision and not move.returned_payment
        )
        paid._end_debit_decision()
        self.line_ids._take_back_fees()
        self.line_ids._end_calls()
        return result
