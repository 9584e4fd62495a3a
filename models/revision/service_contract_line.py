from odoo import models

from ...tools.periods import Period
from ..contract.assumptions import get_assumptions


class ServiceContractLine(models.Model):
    """What a line costs at other prices: asked of revisions, and foreseen by forecasts."""

    _inherit = "service.contract.line"

    def _get_monthly(self, price, day):
        """Return what the line would cost each month at a price, by the discount of a day (L17).

        The price itself is revised without its discount.
        """
        self.ensure_one()
        months = int(self.price_period)
        return self.quantity * price * (1 - self._get_discount_on(day) / 100) / months

    def _get_uncharged_parts(self, until):
        """Charge the prices that are proposed from their day on, where a forecast assumes them.

        As the revision will once it is applied: the line ends, and goes on at its new price.
        """
        parts = super()._get_uncharged_parts(until)
        if not get_assumptions(self.env).revisions:
            return parts
        revised = self._get_proposed_lines()
        return [
            found
            for line, due, part in parts
            for found in self._cut_part(line, due, part, *revised.get(line, (None, None)))
        ]

    def _get_proposed_lines(self):
        """Return ``{line: (day, the line as it goes on from then)}`` of what is proposed."""
        rows = self.env["service.price.revision.line"].sudo()
        rows = rows.search(
            [("contract_line_id", "in", self.ids), ("revision_id.state", "=", "proposed")]
        )
        return {
            row.contract_line_id.with_env(self.env): (
                row.revision_id.effective_date,
                self.new({"price_unit": row.new_price}, origin=row.contract_line_id),
            )
            for row in rows
        }

    def _cut_part(self, line, due, part, day, revised):
        """Return a part of a billing period at its prices: one, or two where they change in it."""
        if day is None or part.end <= day:
            return [(line, due, part)]
        if part.start >= day:
            return [(revised, due, part)]
        before, after = Period(part.start, day), Period(day, part.end)
        return [(line, due, before), (revised, due, after)]
