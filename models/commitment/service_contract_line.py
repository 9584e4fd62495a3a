from datetime import timedelta

from odoo import models

from ...tools.periods import Period
from ..contract.assumptions import get_assumptions


class ServiceContractLine(models.Model):
    """What a line costs in the days that a commitment leaves."""

    _inherit = "service.contract.line"

    def _get_lifetime(self):
        """End with the commitment where a forecast takes no renewal for granted (L05)."""
        start, end = super()._get_lifetime()
        if get_assumptions(self.env).renewals:
            return start, end
        ends = [day for day in (end, self.contract_id._get_certain_end()) if day]
        return start, min(ends, default=None)

    def _get_untaxed_price(self, period):
        """Return the line's price for some days of the contract by month, tax excluded.

        The last day of the contract does not count: it is what the price is asked for. Nor do
        days that are not billed, as those of a suspension may be.
        """
        self.ensure_one()
        return self.contract_id._get_untaxed_price_of(self, self._get_own_days(period))

    def _get_own_days(self, period):
        """Return the days of a period within the line's own dates, None when there are none."""
        self.ensure_one()
        start = max(period.start, self.date_start or period.start)
        end = min(period.end, self.date_end + timedelta(days=1)) if self.date_end else period.end
        return Period(start, end) if start < end else None
