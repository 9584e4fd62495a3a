from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .grouping import CONTRACT, GROUPINGS


class ResCompany(models.Model):
    """The day of the month on which a company bills, and what makes one invoice."""

    _inherit = "res.company"

    service_grouping = fields.Selection(
        GROUPINGS,
        string="One Invoice for Each",
        required=True,
        default=CONTRACT,
        help="How the contracts of a customer are billed together, where the customer does not "
        "want it otherwise.",
    )

    service_billing_checked_on = fields.Date(
        compute="_compute_service_billing_checked_on",
        store=True,
        readonly=False,
        help="Up to this day the daily job has looked whether the billing day had come.",
    )

    @api.depends("service_billing_day")
    def _compute_service_billing_checked_on(self):
        """A billing day that is chosen now counts from today on."""
        self.service_billing_checked_on = fields.Date.context_today(self) - timedelta(days=1)

    def _get_due_billing_day(self, today):
        """Return the latest billing day that has come and is not dealt with, if any."""
        self.ensure_one()
        for month in (today, today - relativedelta(months=1)):
            last_day = fields.Date.end_of(month, "month").day
            day = month.replace(day=min(self.service_billing_day, last_day))
            checked_on = self.service_billing_checked_on
            if day == today or (checked_on and checked_on < day < today):
                return day
        return None
