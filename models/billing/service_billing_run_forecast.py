from odoo import fields, models

from ...tools.periods import month_day_from


class ServiceBillingRun(models.Model):
    """What runs to come will make of charges: their days, their invoices, their totals."""

    _inherit = "service.billing.run"

    def _foresee_invoices(self, charges, until):
        """Yield ``(day, charges, [(untaxed amount, total)])`` of each invoice until a day."""
        self.ensure_one()
        today, known = fields.Date.context_today(self), {}
        ordered = charges.sorted(lambda charge: (charge.contract_id.id, charge.date_start))
        groups = ordered.grouped(
            lambda charge: (self._foresee_day(charge, today), self._get_grouping_key(charge))
        )
        for (day, _key), group in groups.items():
            if day <= until:
                yield day, group, group._get_amounts_on_invoice(self.company_id, known)

    def _foresee_day(self, charge, today):
        """Return when a charge will be billed: on the company's day, else as the month ends."""
        day = max(charge.billing_date, today)
        return month_day_from(day, self.company_id.service_billing_day or 31)
