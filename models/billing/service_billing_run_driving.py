import logging
from contextlib import contextmanager
from time import monotonic

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools.misc import formatLang

from ..common.brought_records import require
from ..common.client_actions import open_window

_logger = logging.getLogger(__name__)

CHUNK_SIZE = 250
CONTINUE_SECONDS = 20


class ServiceBillingRun(models.Model):
    """How a run is driven: at once, by the background job, or by the person who waits for it.

    In the background it works as the user who started it, and in his language.
    """

    _inherit = "service.billing.run"

    started_by_id = fields.Many2one("res.users", string="Started by", copy=False, lock="workflow")

    # ----- Steps of a person -----

    def action_preview(self):
        """Make the charges and show what the run would bill, once slips are ruled out."""
        self.ensure_one()
        return self._ask("preview") or self._preview()

    def _preview(self):
        self.ensure_one()
        with self._locks_in_words():
            self._generate_charges(self.env["service.contract"].search(self._get_contract_domain()))
        action = open_window(
            self.env,
            "service_contract.service_charge_action",
            self._get_charge_domain(),
            search_default_group_partner=1,
        )
        return {**action, "name": self.env._("To bill by %(run)s", run=self.name)}

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
            run.sudo().exception_ids.filtered(lambda row: row.state == "open").state = "done"
            run._set_running("charge")

    def action_continue(self):
        """Go on with a run here and now, for a while: where the background job does not."""
        self.ensure_one()
        self._check_state("running")
        end = monotonic() + CONTINUE_SECONDS
        with self._locks_in_words():
            self._lock(self)
            while self._step() and monotonic() < end:
                pass

    def _set_running(self, phase):
        """Run from a phase on: at once when it is small, by the background job when it is large."""
        self.ensure_one()
        self._update_state("running", phase=phase, done_count=0, started_by_id=self.env.user.id)
        if phase == "charge":
            self.env["service.session"]._validate_silent_of(self.company_id)
        self._as_workflow().total_count = self._count_remaining()
        if self.total_count <= CHUNK_SIZE:
            self._run_to_end()
        else:
            self._wake_driver()

    def _wake_driver(self):
        driver = require(
            self.env,
            "service_contract.service_billing_run_cron",
            self.env._("The scheduled action that goes on with billing runs"),
        )
        driver.sudo()._trigger()

    def _run_to_end(self):
        for run in self:
            with self._locks_in_words():
                while run._step():
                    pass

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
        }
        return counts.get(self.phase, 0)

    def _step(self, limit=CHUNK_SIZE):
        """Handle one chunk of the current phase; return how many records, 0 when all is done.

        Never commits. LockError when another transaction handles the same records.
        """
        self.ensure_one()
        steps = {
            "charge": self._step_charges,
            "invoice": self._step_invoices,
            "post": self._step_post,
        }
        while self.phase != "done":
            if handled := steps[self.phase](limit):
                self._note_progress(handled)
                return handled
            self._as_workflow().phase = self._get_next_phase()
        if self.state == "running":
            self._set_done()
        return 0

    def _note_progress(self, handled):
        done = self.done_count + handled
        counts = {"done_count": done, "total_count": done + self._count_remaining()}
        self._as_workflow().write(counts)

    def _set_done(self):
        """End runs that have nothing left to do."""
        self._update_state("done")

    def _get_next_phase(self):
        """Return the phase after this one; invoices are posted only where that was asked for."""
        after_invoices = "post" if self.is_auto_post else "done"
        return {"charge": "invoice", "invoice": after_invoices, "post": "done"}[self.phase]

    # ----- In the background -----

    @api.model
    def _cron_run(self):
        """Drive the running runs chunk by chunk, committing after each; resumable.

        A run that another process is handling is left to it.
        """
        cron = self.env["ir.cron"]
        for run in self.search([("state", "=", "running")], order="id"):
            run = run._as_starter()
            try:
                while run.try_lock_for_update(allow_referencing=True) and run._step():
                    if not cron._commit_progress(1, remaining=run._count_remaining()):
                        return
                if run.state == "done":
                    run._tell_starter()
            except LockError as error:
                self.env.cr.rollback()
                _logger.info("%s waits: %s", run.name, error)
            cron._commit_progress(1)

    def _as_starter(self):
        """Return the run as the user who started it, in his language and in the run's company.

        Where he started none, has left or may no longer bill, the job goes on as itself, in the
        company's language.
        """
        self.ensure_one()
        user = self.started_by_id
        company = self.company_id
        context = {"allowed_company_ids": company.ids}
        mine = self.with_user(user).with_context(lang=user.lang, tz=user.tz, **context)
        if user.active and company in user.company_ids and mine._may_bill():
            return mine
        return self.with_context(lang=company.partner_id.lang or self.env.lang, **context)

    def _may_bill(self):
        """Tell whether the user may do what a run does."""
        return self.has_access("write") and self.env["account.move"].has_access("create")

    def _tell_starter(self):
        """Tell the user who started a run that it is finished: in the chatter and on his screen."""
        self.ensure_one()
        user = self.started_by_id
        if not user.active or user._is_superuser():
            return
        text = self.with_context(lang=user.lang)._get_summary()
        self.with_user(SUPERUSER_ID).message_post(body=text, partner_ids=user.partner_id.ids)
        notice = {"type": "warning" if self.exception_count else "success", "message": text}
        user._bus_send("simple_notification", {**notice, "sticky": True})

    def _get_summary(self):
        """Return in words what a finished run made."""
        self.ensure_one()
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
