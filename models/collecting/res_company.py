from odoo import api, fields, models
from odoo.tools.misc import format_date

JOB = "notice"


class ResCompany(models.Model):
    """How a company announces its debits (L12)."""

    _inherit = "res.company"

    service_notice_rule = fields.Selection(
        [("invoice", "By the Invoice"), ("other", "Otherwise")],
        string="Debits Are Announced",
        required=True,
        default="invoice",
        help="By the invoice: a debit waits until its invoice has reached the customer, and for "
        "the delay from then on. Otherwise, as by your own letters: nothing is waited for.",
    )
    service_notice_days = fields.Integer(
        string="Days between Notice and Debit",
        default=14,
        help="14 by the rules of SEPA, unless less is agreed with your customers; a mandate may "
        "say its own.",
    )
    service_notice_before = fields.Selection(
        [
            ("ask", "To Decide"),
            ("count", "They Announced Their Debit"),
            ("anew", "They Are Announced Anew"),
        ],
        string="Invoices Sent Before",
        readonly=True,
        help="What was decided about invoices that were sent before their notice was recorded.",
    )
    service_notice_before_note = fields.Char(string="Decided", readonly=True)

    _service_notice_days_positive = models.Constraint(
        "CHECK(service_notice_days >= 0)", "The days of notice are not negative."
    )

    @api.model
    def _ask_notice_before(self):
        """Ask each company about its open invoices that went out before notices were recorded.

        Once, of companies in use: what was decided stays.
        """
        found = (
            self.env["account.move"]
            .sudo()
            ._read_group([("service_notice_source", "=", "before")], ["company_id"], ["__count"])
        )
        for company, count in found:
            if company.active and not company.service_notice_before:
                company.service_notice_before = "ask"
                own = company.with_context(lang=company.partner_id.lang)
                own._report_notice_before(count)

    def _report_notice_before(self, count):
        self.ensure_one()
        detail = self.env._(
            "%(count)s invoices to be debited were sent before their notice was recorded. None of "
            "them is debited until you have said whether they announced their debit.",
            count=count,
        )
        self.env["service.exception"]._report(self, "sepa", detail, job=JOB)

    def _decide_notice_before(self, decision):
        """Note what was decided, by whom and when."""
        self.ensure_one()
        note = self.env._(
            "By %(user)s on %(day)s",
            user=self.env.user.name,
            day=format_date(self.env, fields.Date.context_today(self)),
        )
        self.sudo().write({"service_notice_before": decision, "service_notice_before_note": note})
        self.env["service.exception"]._settle(self, "sepa", JOB)
