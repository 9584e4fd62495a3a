import logging

from odoo import models

from ..common.service_batch_runner import TRY_AGAIN
from .run_names import CHUNK_SIZE

_logger = logging.getLogger(__name__)

# After how many seconds a step is tried again that has met somebody else's lock.
AGAIN = 10


class ServiceBillingRun(models.Model):
    """How the workers of OCA ``queue_job``, where that is installed, drive runs.

    One job is one step, the last thing it does is to leave the next step to another job. A job
    never commits: its worker does. The scheduled action stays beside it, for what no job drives.
    """

    _inherit = "service.billing.run"

    def _has_queue(self):
        """Tell whether ``queue_job`` is installed; nothing of it is needed otherwise."""
        return "queue.job" in self.env

    def _queue_step(self, **options):
        """Have some worker take the next step of each run: one job a run, however often asked."""
        for run in self:
            delayed = run.sudo().with_delay(
                description=run.name, identity_key=f"{run._name}/{run.id}", **options
            )
            delayed._take_queued_step()

    def _take_queued_step(self):
        """Take one step as who started the run, and leave the next one to another job.

        What meets a lock is tried again by a later job; what cannot go on is a matter for the
        inbox, and the scheduled action tries it each hour.
        """
        run = self.exists().filtered_domain(self._get_driven_domain())
        if not run:
            return
        try:
            with self.env.cr.savepoint():
                is_over = run._as_asker()._take_own_step()
        except TRY_AGAIN as error:
            _logger.info("%s waits: %s", run.name, error)
            run._queue_step(eta=AGAIN)
        except Exception as error:
            _logger.exception("%s cannot go on", run.name)
            run._report_failure(error)
        else:
            if not is_over:
                run._queue_step()

    def _take_own_step(self):
        """Take a step of a run that nobody else drives; LockError where somebody does."""
        return self._lock(self)._take_step(CHUNK_SIZE)
