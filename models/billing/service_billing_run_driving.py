from contextlib import contextmanager

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from ...tools import pace
from .run_names import CHARGES_AT_ONCE, CHUNK_SIZE


class ServiceBillingRun(models.Model):
    """How a person drives a run: each click ends within the server's limits of time.

    Small work is done at once, the rest by the background job, or by clicks of its own.
    """

    _inherit = "service.billing.run"

    started_by_id = fields.Many2one("res.users", string="Started by", copy=False, lock="workflow")
    # ----- Steps of a person -----

    def action_start(self):
        """Start the run, once slips are ruled out."""
        self._check_startable()
        return self._ask("start") or self._start()

    def _check_startable(self):
        for run in self:
            if run.state != "draft":
                raise UserError(self.env._("%(run)s has been started already.", run=run.name))
            run._check_lock_dates({run.invoice_date: 0})

    def _start(self):
        """Start the runs; nobody is asked."""
        self._check_startable()
        for run in self:
            run._set_running("charge")

    def action_resume(self):
        """Take up a finished run again, once slips are ruled out: what was put aside is mended."""
        self._check_resumable()
        return self._ask("resume") or self._resume()

    def _check_resumable(self):
        for run in self:
            if run.state != "done":
                raise UserError(self.env._("%(run)s is not finished yet.", run=run.name))
            run._check_lock_dates({run.invoice_date: 0})

    def _resume(self):
        """Take the runs up again; nobody is asked."""
        self._check_resumable()
        for run in self:
            run._forget_matters()
            run._set_running("charge")

    def action_continue(self):
        """Go on with a run here and now, for a while: where the background job does not."""
        self.ensure_one()
        self._check_state("running")
        with self._locks_in_words():
            self._continue_now()

    def _set_running(self, phase):
        """Run from a phase on: at once when it is small, by the background job when it is large."""
        self.ensure_one()
        self._forget_waiting()
        self._forget_previews()
        self._update_state(
            "running",
            phase=phase,
            done_count=0,
            silent_checked_id=0,
            started_by_id=self.env.user.id,
        )
        self._as_workflow().total_count = self._count_remaining()
        if not (self._is_small() and self._run_at_once()):
            self._call_job()

    def _is_small(self):
        """Tell whether it is worth while to begin at once."""
        if self.total_count > CHUNK_SIZE or self.phase != "charge":
            return self.total_count <= CHUNK_SIZE
        contracts = self.env["service.contract"].search(self._get_contract_domain())
        due = contracts._estimate_due(self.cutoff_date)
        return sum(due) <= CHARGES_AT_ONCE * CHUNK_SIZE

    def _run_at_once(self):
        """Take steps as long as little is left; tell whether all is done.

        The run of a billing day has nobody who could try again: it leaves what somebody else
        handles to the background job.
        """
        try:
            with self.env.cr.savepoint():
                return self._drive(most=CHUNK_SIZE)
        except LockError as error:
            if self.automatic_day:
                return False
            raise UserError(str(error)) from error

    def _run_to_end(self):
        with self._locks_in_words():
            return super()._run_to_end()

    def _get_place(self):
        return self.state, self.phase

    def _count_left(self):
        return self.total_count - self.done_count

    @contextmanager
    def _locks_in_words(self):
        """Tell the person who clicked that somebody else handles the same records: UserError."""
        try:
            yield
        except LockError as error:
            raise UserError(str(error)) from error

    # ----- Chunk by chunk -----

    def _count_remaining(self):
        """Count what is left to handle in the present phase and, as far as known, the next ones."""
        self.ensure_one()
        contracts = self.env["service.contract"].search_count(self._get_contract_domain())
        charges = self.env["service.charge"].search_count(self._get_charge_domain())
        drafts = self.env["account.move"].search_count(self._get_draft_domain())
        counts = {
            "charge": contracts + charges,
            "invoice": charges,
            "post": drafts,
            "date": self.env["account.move"].search_count(self._get_redate_domain()),
            "undo": drafts,
        }
        return counts.get(self.phase, 0)

    def _step(self, limit=CHUNK_SIZE):
        """Handle one chunk of the current phase; return how many records, 0 when all is done.

        About ``limit`` lines of invoices; at least one contract, invoice or order. Never commits.
        LockError when another transaction handles the same records.
        """
        self.ensure_one()
        steps = {
            "charge": lambda limit: self._step_silence(limit) or self._step_charges(limit),
            "invoice": self._step_invoices,
            "post": self._step_post,
            "date": self._step_dates,
            "undo": self._step_undo,
        }
        while self.phase != "done":
            if handled := steps[self.phase](limit):
                self._note_progress(handled)
                return handled
            self._as_workflow().phase = self._get_next_phase()
            limit = min(limit, pace.FIRST_SIZE)
        if self.state == "running":
            self._set_done()
        self.env["service.exception"]._look_again_of(self.company_id)
        return 0

    def _set_done(self):
        """End runs that have nothing left to do."""
        self._update_state("done")
        self._settle_failure()
        for run in self:
            run._report_undecided()
            run._tell_progress()

    def _get_next_phase(self):
        """Return the phase after this one; invoices are posted only where that was asked for."""
        if self.phase == "charge":
            return "invoice" if self._passes_gate() else "done"
        return "post" if self.phase == "invoice" and self.is_auto_post else "done"
