from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..common.brought_records import require
from .run_names import RUN_JOB

CRON = "service_contract.service_billing_run_cron"


class ServiceBillingRun(models.Model):
    """How the background job drives runs: step by step, each committed; resumable.

    It works as the user who started a run, and in his language.
    """

    _inherit = "service.billing.run"

    def _call_job(self):
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
        """Drive the running runs, and the previews that are under way."""
        self._drive_all(self._get_driven_domain())

    def _drive_for_askers(self, shift):
        """Of previews, make one user's after the other's."""
        self.ensure_one()
        outcome = super()._drive_for_askers(shift)
        while outcome == "done" and self.is_preparing:
            outcome = super()._drive_for_askers(shift)
        return outcome

    def _take_step(self, limit):
        if self.state == "draft" and self.is_preparing:
            return not self._step_preview(limit) and self._end_preparing()
        return super()._take_step(limit)

    def _get_matter(self):
        return {"kind": "billing", "job": RUN_JOB, "run_id": self.id}

    def _get_asker(self):
        return self.preview_user_id if self.is_preparing else self.started_by_id

    def _needs_a_look(self):
        return bool(self.exception_count)

    def _get_summary(self):
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
