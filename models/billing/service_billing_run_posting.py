from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..common.time_limits import get_step_seconds
from .draft_poster import post_in_order
from .run_names import DATE


class ServiceBillingRun(models.Model):
    """How the drafts of a run are dated and posted."""

    _inherit = "service.billing.run"

    def action_post_invoices(self):
        """Post the drafts of the run; one that cannot be posted is put aside with its reason."""
        self.check_access("write")
        for run in self:
            if run.state != "done":
                raise UserError(self.env._("%(run)s is not finished yet.", run=run.name))
            run._check_lock_dates(run._count_draft_dates())
            run.sudo().exception_ids.filtered(
                lambda row: row.res_model == "account.move" and row.state == "open"
            ).state = "done"
            run._set_running("post")

    def _get_draft_domain(self):
        """Return the domain of the drafts that this run still has to post."""
        self.ensure_one()
        return [
            ("service_run_id", "=", self.id),
            ("state", "=", "draft"),
            ("id", "not in", self._get_put_aside("account.move")),
        ]

    def _step_post(self, limit):
        drafts = self.env["account.move"].search(
            self._get_draft_domain(), order="date, id", limit=limit
        )
        drafts = self._cut(drafts, [len(move.invoice_line_ids) for move in drafts], limit)
        self._claim_journals(drafts)
        self.env["service.batch.runner"]._run_timed(
            drafts,
            post_in_order,
            get_step_seconds(self.env),
            **self._prepare_inbox_vals(),
        )
        return len(drafts)

    def _claim_journals(self, drafts):
        """Make sure that no other run posts in the same journals, nor has just done so.

        Numbers, and the chain of their hashes, go by what a transaction sees: one that began before
        another run's numbers were committed would find a gap and refuse its drafts. The update, of
        nothing, is a conflict for the database, so that the later one is tried again.
        """
        if journals := drafts.journal_id.ids:
            self.env.cr.execute(
                SQL("UPDATE account_journal SET id = id WHERE id IN %s", tuple(journals))
            )

    # ----- Dates -----

    def _count_draft_dates(self):
        """Return ``{invoice date: number of drafts}`` of what the run still has to post."""
        self.ensure_one()
        rows = self.env["account.move"]._read_group(
            [("service_run_id", "=", self.id), ("state", "=", "draft")],
            ["invoice_date:day"],
            ["__count"],
        )
        return {fields.Date.to_date(day): count for day, count in rows if day}

    def _check_lock_dates(self, counts):
        """Refuse dates that the books are closed for, all at once: not each invoice by itself.

        :param dict counts: ``{invoice date: number of drafts, or 0 before there are any}``
        """
        self.ensure_one()
        problems = [
            self._describe_locked(day, count, locks)
            for day, count in sorted(counts.items())
            if (locks := self._get_lock_dates(day))
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _get_lock_dates(self, day):
        """Return the lock dates that an invoice of a day would violate."""
        self.ensure_one()
        company = self.company_id
        journals = self.env["account.journal"].sudo()
        of_company = journals._check_company_domain(company)
        journal = journals.search([*of_company, ("type", "=", "sale")], limit=1)
        return company.sudo()._get_violated_lock_dates(day, True, journal)

    def _describe_locked(self, day, count, locks):
        values = {
            "run": self.name,
            "day": format_date(self.env, day),
            "count": count,
            "locks": self.env["res.company"]._format_lock_dates(locks),
        }
        if not count:
            return self.env._(
                "%(run)s: the books are closed for the invoice date %(day)s (%(locks)s). Choose a "
                "later one.",
                **values,
            )
        return self.env._(
            "%(run)s: the books are closed for %(day)s (%(locks)s), the date of %(count)s drafts. "
            "Use “Change the Date” first.",
            **values,
        )

    def action_change_date(self):
        """Ask for another invoice date of all drafts."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the Date"),
            "res_model": "service.billing.redate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_run_id": self.id},
        }

    def _redate(self, day):
        """Give all drafts of the runs another invoice date; what is due moves with it."""
        for run in self:
            run._check_lock_dates({day: 0})
            run._get_refused_dates().sudo().state = "done"
            run._as_workflow().invoice_date = day
            run._set_running("date")

    def _get_refused_dates(self):
        """Return the matters of drafts that would not take the run's date."""
        return self.exception_ids.filtered(lambda row: row.job == DATE and row.state == "open")

    def _get_redate_domain(self):
        """Return the domain of the drafts that do not have the run's date yet."""
        self.ensure_one()
        return [
            ("service_run_id", "=", self.id),
            ("state", "=", "draft"),
            ("invoice_date", "!=", self.invoice_date),
            ("id", "not in", self._get_refused_dates().mapped("res_id")),
        ]

    def _step_dates(self, limit):
        Move = self.env["account.move"]
        drafts = Move.search(self._get_redate_domain(), order="id", limit=limit)
        drafts = self._cut(drafts, [len(move.invoice_line_ids) for move in drafts], limit)
        self.env["service.batch.runner"]._run_timed(
            drafts,
            lambda moves: moves.write({"invoice_date": self.invoice_date}),
            get_step_seconds(self.env),
            job=DATE,
            **self._prepare_inbox_vals(),
        )
        return len(drafts)
