from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class ResCompany(models.Model):
    """The day of the month on which a company bills."""

    _inherit = "res.company"

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
