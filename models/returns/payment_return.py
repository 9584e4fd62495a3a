from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import clean_context

from ...tools import pace
from ..common.brought_records import require
from ..common.field_values import get_label
from ..common.service_job_mixin import AT_ONCE
from ..common.time_limits import Shift
from .return_day import BOOKED_STATES, KEY, PLAIN, UNBOOKED, ReturnDay

CRON = "service_contract.service_return_cron"
# The debits that could not be taken back, and the returns whose job stands still.
LINE, RETURN = "debit_return", "returning"


class PaymentReturn(models.Model):
    """Debits that came back: debited again only if somebody, or a rule, says so (L15c).

    Its entry is made first, as the bank has booked it. Then the debits are taken back in steps,
    each with what follows from it: one number says how far that has come, and a debit that cannot
    be taken back hinders no other.
    """

    _name = "payment.return"
    _inherit = ["payment.return", "service.workflow.mixin", "service.job.mixin"]
    _check_company_auto = True
    _first_step = AT_ONCE

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
        self._begin_steps(len(self.line_ids))
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

    def _call_job(self):
        job = require(self.env, CRON, self.env._("The scheduled action that books returns"))
        job.sudo()._trigger()

    def action_continue_booking(self):
        """Go on here and now, for a while: where the background job does not."""
        self.ensure_one()
        self.check_access("write")
        self._check_step("booking")
        self._continue_now()

    # ----- Step by step -----

    def _step(self, limit=pace.MOST):
        """Take about ``limit`` debits back; the first step makes and posts the entry, of all."""
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
        self._settle_failure()
        self._tell_booking()

    def _tell_booking(self):
        """Tell who books how far it is; it goes out with the commit."""
        done, total = self.service_book_position, len(self.line_ids)
        self._send_progress(self.service_booked_by_id, done, total, phase="return")

    # ----- In the background -----

    @api.model
    def _cron_book_returns(self):
        """Book what was confirmed, as who confirmed it."""
        self._drive_all([("state", "=", "booking")])

    def _get_asker(self):
        return self.service_booked_by_id

    def _is_under_way(self):
        return self.state == "booking"

    def _get_matter(self):
        return {"kind": "sepa", "job": RETURN}

    def _needs_a_look(self):
        return bool(self._get_left_lines())

    def _get_left_lines(self):
        """Return the lines whose debits could not be taken back."""
        return self.line_ids.filtered(lambda line: line._is_left())

    def _get_summary(self):
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
