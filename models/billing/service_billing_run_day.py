from odoo import api, fields, models


class ServiceBillingRun(models.Model):
    """The run that the daily job makes on a company's billing day: once, late rather than never."""

    _inherit = "service.billing.run"

    automatic_day = fields.Date(
        readonly=True,
        copy=False,
        help="The billing day for which the daily job made this run.",
        lock="workflow",
    )

    _automatic_once = models.UniqueIndex(
        "(company_id, automatic_day) WHERE automatic_day IS NOT NULL",
        "The billing day has its run already.",
    )

    @api.model
    def _cron_start_due(self):
        """Make the runs of the companies whose billing day has come: drafts to be checked.

        A day that an outage left out is made up; one company's error stops no other.
        """
        self.env["service.batch.runner"]._run_in_batches(
            self.env["res.company"],
            [("service_billing_day", ">", 0)],
            self._start_due,
            "billing_day",
            kind="billing",
            batch_size=1,
        )

    @api.model
    def _start_due(self, companies):
        """Start the run of the billing day of each company, where it is due and not made."""
        today = fields.Date.context_today(self)
        for company in companies:
            day = company._get_due_billing_day(today)
            if day and not self._is_made(company, day, today):
                vals = {"company_id": company.id, "automatic_day": day}
                run = self.with_company(company).create(vals)
                run._report_questions()
                run._start()
            company.service_billing_checked_on = today

    def _report_questions(self):
        """Put into the inbox what a person who starts the run would be asked."""
        self.ensure_one()
        company = self.company_id
        run = self.with_context(lang=company.partner_id.lang or self.env.lang)
        if questions := run._get_question_text():
            detail = run.env._(
                "The billing day asks nobody: check the drafts of %(run)s. One-off products of "
                "old orders are left out until somebody presses “Bill What Was Put Aside”.\n"
                "%(questions)s",
                run=run.name,
                questions=questions,
            )
            self.env["service.exception"]._report(
                company, "billing", detail, "billing_day_questions", run_id=self.id
            )

    @api.model
    def _is_made(self, company, day, today):
        """Tell whether the billing day has its run, made by the job or started by hand.

        A run of an earlier day whose drafts were dated anew is not that of this day, and one that
        somebody has only looked at bills nobody.
        """
        by_hand = (
            fields.Domain("session_ids", "=", False)
            & fields.Domain("state", "!=", "draft")
            & fields.Domain("invoice_date", "in", (day, today))
            & fields.Domain("cutoff_date", ">=", day)
        )
        of_job = fields.Domain("automatic_day", "=", day)
        domain = fields.Domain("company_id", "=", company.id) & (of_job | by_hand)
        return bool(self.search_count(domain, limit=1))
