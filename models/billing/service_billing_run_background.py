import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools.misc import formatLang

from ..common.brought_records import require
from ..common.service_batch_runner import TRY_AGAIN
from ..common.time_limits import Shift, timed
from .run_names import RUN_JOB

_logger = logging.getLogger(__name__)

CRON = "service_contract.service_billing_run_cron"


class ServiceBillingRun(models.Model):
    """How the background job drives runs: step by step, each committed; resumable.

    It works as the user who started a run, and in his language.
    """

    _inherit = "service.billing.run"

    def _call_background_job(self):
        """Have runs driven: by the workers of ``queue_job``, else by the scheduled action."""
        if self._has_queue():
            self._queue_step()
            return
        driver = require(
            self.env, CRON, self.env._("The scheduled action that goes on with billing runs")
        )
        driver.sudo()._trigger()

    @api.model
    def _get_driven_domain(self):
        preview = fields.Domain("state", "=", "draft") & fields.Domain("is_preparing", "=", True)
        return fields.Domain("state", "=", "running") | preview

    @api.model
    def _cron_run(self):
        """Drive the running runs, and the previews that are under way.

        A run that another process is handling, or that meets a lock, is tried again within a
        minute; one that fails hinders no other.
        """
        runner = self.env["service.batch.runner"]
        shift = Shift.of_job(self.env)
        runs = self.search(self._get_driven_domain(), order="id")
        if runs and shift.is_over():
            runner._report_remaining(len(runs))
            return
        waiting = 0
        for run in runs:
            outcome = run._drive_for_askers(shift)
            if outcome == "late":
                runner._call_again()
                return
            waiting += outcome == "busy"
        runner._report_remaining(waiting)

    def _drive_for_askers(self, shift):
        """Take steps until the end, as who asked; of previews, one user's after the other's."""
        self.ensure_one()
        outcome = self._as_starter()._drive_in_background(shift)
        while outcome == "done" and self.is_preparing:
            outcome = self._as_starter()._drive_in_background(shift)
        return outcome

    def _drive_in_background(self, shift):
        """Take steps until the end; return ``done``, ``late``, ``busy`` or ``failed``."""
        self.ensure_one()
        try:
            return self._take_steps(shift)
        except TRY_AGAIN as error:
            self.env.cr.rollback()
            _logger.info("%s waits: %s", self.name, error)
            return "busy"
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("%s cannot go on", self.name)
            self._report_failure(error)
            return "failed"

    def _take_steps(self, shift):
        """Take steps, each committed; what one takes says how large the next one is."""
        cron, place = self.env["ir.cron"], None
        while self.try_lock_for_update(allow_referencing=True):
            if place != (self.state, self.phase):
                place, speed = (self.state, self.phase), shift.make_pace()
            with timed(speed):
                is_over = self._take_step(speed.size)
                seconds = cron._commit_progress(1, remaining=1)
            if is_over:
                return "done"
            if seconds <= 0 or shift.is_over():
                return "late"
        return "busy"

    def _take_step(self, limit):
        """Take one step and tell whether it was the last; who started the run is told then.

        Somebody else may have finished it meanwhile.
        """
        if self.state == "draft" and self.is_preparing:
            return not self._step_preview(limit) and self._end_preparing()
        if self.state == "running" and not self._step(limit=limit):
            self._tell_starter(lambda run: run._get_summary())
        return self.state != "running"

    def _report_failure(self, error):
        """Put into the inbox why a run cannot go on; it is tried again each hour."""
        detail = self.env._(
            "%(run)s cannot go on: %(error)s",
            run=self.name,
            error=self.env["service.batch.runner"]._describe_error(error),
        )
        self.env["service.exception"]._report(self, "billing", detail, RUN_JOB, run_id=self.id)

    def _settle_failure(self):
        self.env["service.exception"]._settle(self, "billing", RUN_JOB)

    def _as_starter(self):
        """Return the run as the user who started it, in his language and in the run's company.

        Or who asked for its preview. Where he started none, has left or may no longer bill, the
        job goes on as itself, in the company's language.
        """
        self.ensure_one()
        user = self.preview_user_id if self.is_preparing else self.started_by_id
        company = self.company_id
        context = {"allowed_company_ids": company.ids}
        mine = self.with_user(user).with_context(lang=user.lang, tz=user.tz, **context)
        if user.active and company in user.company_ids and mine._may_bill():
            return mine
        return self.with_context(lang=company.partner_id.lang or self.env.lang, **context)

    def _may_bill(self):
        """Tell whether the user may do what a run does."""
        return self.has_access("write") and self.env["account.move"].has_access("create")

    def _tell_starter(self, get_text):
        """Tell the user who started a run what became of it."""
        self.ensure_one()
        self._tell(self.started_by_id, get_text)

    def _tell(self, user, get_text):
        """Tell a user what became of a run: in the chatter and on his screen."""
        self.ensure_one()
        if not user.active or user._is_superuser():
            return
        text = get_text(self.with_context(lang=user.lang))
        self.with_user(SUPERUSER_ID).message_post(body=text, partner_ids=user.partner_id.ids)
        notice = {"type": "warning" if self.exception_count else "success", "message": text}
        user._bus_send("simple_notification", {**notice, "sticky": True})

    def _get_summary(self):
        """Return in words what a finished run made."""
        self.ensure_one()
        if self.state == "draft":
            return self.env._(
                "%(run)s is rolled back: its drafts are deleted, and it can be started anew.",
                run=self.name,
            )
        values = {
            "run": self.name,
            "invoices": self.invoice_count,
            "amount": formatLang(self.env, self.amount_total, currency_obj=self.currency_id),
            "matters": self.exception_count,
        }
        if self.exception_count:
            return self.env._(
                "%(run)s is finished. Invoices: %(invoices)s, %(amount)s in all. Put aside, to be "
                "settled: %(matters)s.",
                **values,
            )
        return self.env._(
            "%(run)s is finished. Invoices: %(invoices)s, %(amount)s in all.", **values
        )
