from odoo import fields, models

from ...tools.periods import month_day_from


class ServiceBillingRun(models.Model):
    """What runs to come will make of charges: their days, their invoices, their totals."""

    _inherit = "service.billing.run"

    def _foresee_invoices(self, charges, until):
        """Yield ``(day, charges, [(untaxed amount, total)])`` of each invoice until a day."""
        self.ensure_one()
        company, today = self.company_id, fields.Date.context_today(self)
        known, waiting = {}, charges.browse()
        by_day = charges.grouped(lambda charge: self._foresee_day(charge, today))
        for day in sorted(day for day in by_day if day <= until):
            due = (waiting + by_day[day]).sorted(self._get_line_order)
            waiting = charges.browse()
            for group in due.grouped(self._get_grouping_key).values():
                shares = self._share_out(group)
                waiting += shares.waiting
                yield day, shares.taken, shares.taken._get_amounts_on_invoice(company, known)

    def _foresee_day(self, charge, today):
        """Return when a charge will be billed: on the company's day, else as the month ends.

        What waits for a day is billed once that is over.
        """
        day = max(charge.billing_date, today)
        if charge.hold_until:
            day = max(day, fields.Date.add(charge.hold_until, days=1))
        return self._get_run_day_from(day)

    def _get_run_day_from(self, day):
        """Return the first day on or after one on which runs of the company are expected."""
        return month_day_from(day, self.company_id.service_billing_day or 31)
