from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools.periods import aligned_anchor, bound_from
from ..catalogue.service_family import BILLING_STARTS


class ServiceAmendment(models.Model):
    """Other billing days of a running contract: the 1st instead of the day on which it began.

    The new periods are used from the first of them that begins on the amendment's day or later.
    What is charged already stays; the days up to the new periods are charged once, by day.
    """

    _inherit = "service.amendment"

    is_new_billing = fields.Boolean(
        string="Other Billing Day",
        help="Billing periods begin on other days from then on. What is charged already stays; the "
        "days in between are billed by day.",
        lock="sealed",
    )
    billing_start = fields.Selection(BILLING_STARTS, string="Bill from", lock="sealed")
    billing_start_before = fields.Selection(
        BILLING_STARTS, readonly=True, copy=False, lock="workflow"
    )
    billing_since = fields.Date(
        string="First Day of the New Periods",
        compute="_compute_billing_since",
        help="The days between the last period as it was and this one are billed by day.",
    )
    periods_before = fields.Json(readonly=True, copy=False, lock="workflow")

    _billing_has_start = models.Constraint(
        "CHECK (NOT is_new_billing OR billing_start IS NOT NULL)",
        "Say from which day on the contract is to be billed.",
    )

    @api.depends("contract_id", "effective_date", "is_new_billing", "billing_start")
    def _compute_billing_since(self):
        for amendment in self:
            grid = amendment._get_new_grid()
            amendment.billing_since = grid and grid[0]

    def _get_new_grid(self):
        """Return ``(first day, anchor)`` of the periods as amended, None where they stay."""
        self.ensure_one()
        contract, day = self.contract_id, self.effective_date
        if not (self.is_new_billing and self.billing_start and contract and day):
            return None
        is_own = self.billing_start == "start"
        anchor = contract.date_start if is_own else aligned_anchor(day, self.billing_start)
        return bound_from(anchor, int(contract.billing_interval), day), anchor

    # ----- What is allowed -----

    def _is_billing_changed(self):
        """Tell whether billing periods would begin on other days."""
        self.ensure_one()
        grid = self._get_new_grid()
        if not grid:
            return False
        since, anchor = grid
        present, months = self.contract_id._get_grids()[-1], int(self.contract_id.billing_interval)
        return any(
            bound_from(present.anchor, months, day) != day
            for day in (since, bound_from(anchor, months, fields.Date.add(since, days=1)))
        )

    def _check_billing_periods(self):
        """Refuse other billing days that change none, or before others that are recorded."""
        if not self.is_new_billing:
            return
        if not self._is_billing_changed():
            raise UserError(
                self.env._(
                    "%(contract)s is billed from these days already.",
                    contract=self.contract_id.name,
                )
            )
        last = self.contract_id._get_grids()[-1]
        if self._get_new_grid()[0] <= last.since:
            raise UserError(
                self.env._(
                    "The billing days of %(contract)s change on %(day)s: amend them from a later "
                    "day on, or take that change back first.",
                    contract=self.contract_id.name,
                    day=format_date(self.env, last.since),
                )
            )

    # ----- In force -----

    def _apply_billing_periods(self):
        """Count the contract's billing periods from other days on."""
        self.ensure_one()
        if not self.is_new_billing:
            return
        contract = self.contract_id
        before = contract.later_periods or []
        self._as_workflow().write(
            {"billing_start_before": contract.billing_start, "periods_before": before}
        )
        days = [day.isoformat() for day in self._get_new_grid()]
        contract._write_later_periods([*before, days], self.billing_start)

    def _undo_billing_periods(self):
        """Count billing periods as before; refused once something was billed by the new ones."""
        self.ensure_one()
        if not self.is_new_billing:
            return
        contract = self.contract_id
        since = contract._get_grids()[-1].since
        self._check_last_periods(contract)
        if contract.line_ids._is_billed_since(since):
            raise UserError(
                self.env._(
                    "%(contract)s has been billed by the new billing days: %(name)s can no longer "
                    "be taken back. Amend the billing days again instead.",
                    contract=contract.name,
                    name=self.name,
                )
            )
        contract._write_later_periods(self.periods_before, self.billing_start_before)

    def _check_last_periods(self, contract):
        """Refuse to take back billing days that another amendment has changed since."""
        if len(contract.later_periods or ()) != len(self.periods_before or ()) + 1:
            raise UserError(
                self.env._(
                    "The billing days of %(contract)s were changed again: take that back first.",
                    contract=contract.name,
                )
            )
