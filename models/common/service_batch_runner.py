import logging

from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import ConcurrencyError, LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class ServiceBatchRunner(models.AbstractModel):
    """Does work on many records so that a bad one harms no other and no interruption loses any."""

    _name = "service.batch.runner"
    _description = "Batch Runner"

    @api.model
    def _run_isolated(self, records, work, kind="billing", job="", **more):
        """Do ``work(records)`` so that a bad record harms no other; return those that went well.

        All at once in a savepoint; on an error the set is halved until the bad ones stand alone,
        and each goes to the inbox with its error (``more`` are further values of its row).
        Serialization errors are raised: the whole transaction must be retried; so are locks that
        another transaction holds.
        """
        if not records:
            return records
        try:
            with self.env.cr.savepoint():
                work(records)
            self.env["service.exception"]._settle(records, kind, job)
            return records
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, LockError):
            raise
        except Exception as error:
            if len(records) == 1:
                detail = self._describe_error(error)
                is_expected = isinstance(error, UserError | IntegrityError)
                _logger.info(
                    "%s %s put aside: %s",
                    records._name,
                    records.id,
                    detail,
                    exc_info=not is_expected,
                )
                self.env["service.exception"]._report(records, kind, detail, job, **more)
                return records.browse()
        half = len(records) // 2
        done = self._run_isolated(records[:half], work, kind, job, **more)
        return done + self._run_isolated(records[half:], work, kind, job, **more)

    @api.model
    def _run_in_batches(self, model, domain, work, job, kind="contract", batch_size=200):
        """Do ``work`` on the records of a domain in isolated batches, each committed; resumable.

        The loop of every scheduled job. Records that another transaction holds are left to the
        next time. Tell whether the scheduler leaves time for more.
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=model.search_count(domain))
        last_id = 0
        while batch := model.search([*domain, ("id", ">", last_id)], order="id", limit=batch_size):
            last_id = batch[-1].id
            locked = batch.try_lock_for_update(allow_referencing=True)
            self._run_isolated(locked, work, kind=kind, job=job)
            if not cron._commit_progress(len(batch)):
                return False
        return True

    @api.model
    def _run_steps(self, steps, batch_size=200):
        """Do the ``(model, domain, work, job)`` of a scheduled job one after the other.

        What there was no time for is done when the scheduler calls the job again, at once.
        """
        for model, domain, work, job in steps:
            if not self._run_in_batches(model, domain, work, job, batch_size=batch_size):
                self.env["ir.cron"]._commit_progress(remaining=1)
                return

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
