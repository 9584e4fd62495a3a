import logging
from functools import partial
from time import monotonic

from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import ConcurrencyError, LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...tools import pace
from .time_limits import Shift, timed

_logger = logging.getLogger(__name__)

# What another transaction is to blame for: the work is done again.
TRY_AGAIN = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, LockError)
FIRST_BATCH = 50


class ServiceBatchRunner(models.AbstractModel):
    """Does work on many records so that a bad one harms no other and no interruption loses any.

    Nor does it take longer at a time than the server allows: what a step takes is measured, and
    the next one is cut accordingly.
    """

    _name = "service.batch.runner"
    _description = "Batch Runner"

    # ----- One batch -----

    @api.model
    def _run_isolated(self, records, work, kind="billing", job="", **more):
        """Do ``work(records)`` so that a bad record harms no other; return those that went well.

        All at once in a savepoint; on an error the set is halved until the bad ones stand alone,
        and each goes to the inbox with its error (``more`` are further values of its row).
        Serialization errors are raised: the whole transaction must be retried; so are locks that
        another transaction holds.
        """
        report = partial(self.env["service.exception"]._report, kind=kind, job=job, **more)
        return self._isolate(records, work, kind, job, report)[0]

    @api.model
    def _run_timed(self, records, work, seconds, kind="billing", job="", **more):
        """Do the same, but begin no second half once some seconds are over.

        Return those that went well, and those that were not come to: they are the next step's. One
        record at least is settled, so that the steps come to an end.
        """
        report = partial(self.env["service.exception"]._report, kind=kind, job=job, **more)
        return self._isolate(records, work, kind, job, report, monotonic() + seconds)

    def _isolate(self, records, work, kind, job, report, end=None):
        nobody = records.browse()
        if not records:
            return nobody, nobody
        try:
            with self.env.cr.savepoint():
                work(records)
            self.env["service.exception"]._settle(records, kind, job)
            return records, nobody
        except TRY_AGAIN:
            raise
        except Exception as error:
            if len(records) == 1:
                self._put_aside(records, error, report)
                return nobody, nobody
        done = left = nobody
        half = len(records) // 2
        for part in (records[:half], records[half:]):
            if part != records[:half] and end and monotonic() > end:
                return done, left + part
            part_done, part_left = self._isolate(part, work, kind, job, report, end)
            done, left = done + part_done, left + part_left
        return done, left

    def _put_aside(self, record, error, report):
        detail = self._describe_error(error)
        is_expected = isinstance(error, UserError | IntegrityError)
        _logger.info(
            "%s %s put aside: %s", record._name, record.id, detail, exc_info=not is_expected
        )
        report(record, detail=detail, cause=getattr(error, "cause", ""))

    # ----- Scheduled jobs -----

    @api.model
    def _run_in_batches(self, model, domain, work, job, kind="contract", batch_size=200):
        """Do ``work`` on the records of a domain, as a scheduled job of one step."""
        self._run_steps([(model, domain, work, job)], batch_size, kind)

    @api.model
    def _run_steps(self, steps, batch_size=200, kind="contract"):
        """Do the ``(model, domain, work, job)`` of a scheduled job one after the other.

        In isolated batches, each committed. What there was no time for is done when the scheduler
        calls the job again, at once, and goes on where it was; records that another transaction
        holds are tried again within a minute.
        """
        shift = Shift.of_job(self.env)
        if shift.is_over():
            self._report_remaining(1)
            return
        for model, domain, work, job in steps:
            task = partial(self._run_timed, work=work, seconds=shift.seconds_of_bad, kind=kind)
            if not self._run_step(shift, model, domain, partial(task, job=job), job, batch_size):
                self._call_again()
                return
        self._end_pass(steps)

    def _run_step(self, shift, model, domain, task, job, batch_size):
        """Do one step, first what was left before; tell whether there was time for all of it."""
        position = self.env["service.batch.position"]._get(self._get_position_name(model, job))
        pending = model.search([*domain, ("id", "in", position.left_ids or [])], order="id")
        position.left_ids = pending.ids
        self._report_remaining(1)
        speed = shift.make_pace(size=min(batch_size, FIRST_BATCH))
        while batch := pending[: speed.size] or self._get_next(
            model, domain, position, job, min(batch_size, speed.size)
        ):
            pending -= batch
            if not self._run_batch(shift, speed, batch, task, position):
                return False
        position.is_done = True
        return True

    def _get_next(self, model, domain, position, job, size):
        """Return the records of the next batch: by number, and by the work that each of them is."""
        if position.is_done:
            return model.browse()
        after = [("id", ">", position.last_id)]
        batch = model.search([*domain, *after], order="id", limit=size)
        return batch[: pace.count_fitting(self._get_weights(batch, job), size)]

    @api.model
    def _get_weights(self, records, job):
        """Return how much work each of the records is to a step of a scheduled job; a hook.

        :return: list of ``int``, as long as the records
        """
        return [1] * len(records)

    def _run_batch(self, shift, speed, batch, task, position):
        """Do a batch, but for what another transaction holds, and commit; tell if time is left."""
        with timed(speed):
            left = self._do_batch(batch, task, position)
            cron = self.env["ir.cron"]
            seconds = cron._commit_progress(len(batch - left), remaining=1)
        return seconds > 0 and not shift.is_over()

    def _do_batch(self, batch, task, position):
        """Return what was left of a batch, which the position then knows."""
        try:
            locked = batch.try_lock_for_update(allow_referencing=True)
            _done, left = task(locked)
            left += batch - locked
            self.env.flush_all()
        except TRY_AGAIN as error:
            self.env.cr.rollback()
            _logger.info("%s of %s waits: %s", batch, position.name, error)
            left = batch
        position._pass_by(batch, left)
        return left

    def _end_pass(self, steps):
        """Forget the positions of a pass, unless something was left in it."""
        names = [self._get_position_name(model, job) for model, _domain, _work, job in steps]
        positions = self.env["service.batch.position"].sudo().search([("name", "in", names)])
        left = sum(len(position.left_ids or ()) for position in positions)
        if not left or not self._is_scheduled():
            positions.unlink()
            left = 0
        self._report_remaining(left)

    @api.model
    def _get_position_name(self, model, job):
        return f"{model._name}/{job}"

    # ----- What is left to the scheduler -----

    @api.model
    def _is_scheduled(self):
        """Tell whether the scheduler called: it calls again where something remains."""
        return bool(self.env.context.get("ir_cron_progress_id"))

    @api.model
    def _report_remaining(self, remaining):
        """Commit, and tell the scheduler how much is left: it calls again within a minute."""
        self.env["ir.cron"]._commit_progress(remaining=remaining)

    @api.model
    def _call_again(self, remaining=1):
        """Have the scheduler call the job again as soon as others have had their turn."""
        if self._is_scheduled():
            self.env["ir.cron"].sudo().browse(self.env.context["cron_id"])._trigger()
        self._report_remaining(remaining)

    @api.model
    def _insert_step(self, steps, step, before):
        """Return the steps with another one before the first of the job named ``before``."""
        place = [job for _model, _domain, _work, job in steps].index(before)
        return [*steps[:place], step, *steps[place:]]

    @api.model
    def _describe_error(self, error):
        """Return an error in words; the database's own constraints have theirs."""
        if not isinstance(error, IntegrityError):
            return str(error) or repr(error)
        models = self.env.registry.values()
        name = next(
            (model._name for model in models if model._table == error.diag.table_name), self._name
        )
        return self.env[name]._sql_error_to_message(error)
