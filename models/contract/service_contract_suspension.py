from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.field_values import get_label

# What lists say of a contract: its state, and what of an active one hides behind that word.
STANDINGS = [
    ("draft", "Draft"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("leaving", "Leaving"),
    ("ended", "Ended"),
    ("cancelled", "Cancelled"),
]


class ServiceContract(models.Model):
    """Suspension and reactivation: the days that are not charged, the grid that never moves."""

    _inherit = "service.contract"

    suspension_ids = fields.One2many("service.suspension", "contract_id")
    is_suspended = fields.Boolean(compute="_compute_is_suspended", search="_search_is_suspended")
    can_suspend = fields.Boolean(compute="_compute_is_suspended")
    is_resting = fields.Boolean(
        compute="_compute_is_resting",
        store=True,
        help="Suspended today, and not billed meanwhile: it brings nothing.",
    )
    standing = fields.Selection(STANDINGS, compute="_compute_standing")

    @api.depends("state", "suspension_ids.date_start", "suspension_ids.date_end")
    def _compute_is_suspended(self):
        for contract in self:
            today = contract._get_local_today()
            is_active = contract.state == "active"
            contract.is_suspended = is_active and bool(contract._get_suspension(today))
            contract.can_suspend = is_active and not contract.is_suspended

    @api.depends("is_suspended", "date_end", "state")
    def _compute_standing(self):
        for contract in self:
            is_leaving = contract.state == "active" and contract.date_end
            standing = "leaving" if is_leaving else contract.state
            contract.standing = "suspended" if contract.is_suspended else standing

    @api.depends(
        "state",
        "suspension_ids.date_start",
        "suspension_ids.date_end",
        "suspension_ids.is_billed",
    )
    def _compute_is_resting(self):
        today = fields.Date.context_today(self)
        for contract in self:
            contract.is_resting = contract.state == "active" and contract._rests_on(today)

    def _rests_on(self, day):
        """Tell whether the contract is suspended on a day, and not billed meanwhile."""
        self.ensure_one()
        return any(not row.is_billed for row in self._get_suspension(day))

    @api.model
    def _get_rested_domain(self, today):
        """Return the domain of the contracts that began or ceased to rest as days went by."""
        domain = fields.Domain("state", "=", "active") & fields.Domain(
            "suspension_ids",
            "any",
            [
                ("is_billed", "=", False),
                ("date_start", "<=", today),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", today),
            ],
        )
        begun = domain & fields.Domain("is_resting", "=", False)
        return begun | (~domain & fields.Domain("is_resting", "=", True))

    def _search_is_suspended(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        domain = fields.Domain("state", "=", "active") & fields.Domain(
            "suspension_ids",
            "any",
            [
                ("date_start", "<=", today),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", today),
            ],
        )
        return fields.Domain.OR(domain if flag else ~domain for flag in value)

    def _get_suspension(self, day):
        """Return the suspension in which a day lies, empty when there is none."""
        self.ensure_one()
        return self.suspension_ids.filtered(
            lambda suspension: (
                suspension.date_start <= day
                and (not suspension.date_end or suspension.date_end >= day)
            )
        )

    def _check_can_suspend(self):
        for contract in self:
            if contract.state != "active":
                raise UserError(
                    self.env._(
                        "%(contract)s is “%(state)s”: only an active contract is suspended.",
                        contract=contract.name,
                        state=get_label(contract, "state"),
                    )
                )

    def _rework_charges(self):
        """Bring charges in line with the suspensions, up to the day that they were made up to."""
        for contract in self:
            until = contract.charged_until
            contract._remake_charges()
            if until:
                contract._generate_charges(until)

    def _get_unbilled_periods(self):
        """Return the periods, in order, in which the contract is not billed.

        Suspensions that are not billed meanwhile leave nothing to claim for their days.
        """
        self.ensure_one()
        suspensions = self.suspension_ids.filtered(lambda row: not row.is_billed)
        periods = [suspension._get_period() for suspension in suspensions]
        return sorted(periods, key=lambda part: part.start)

    # ----- Buttons -----

    def action_suspend(self):
        """Ask from when, why and whether it is billed."""
        self.ensure_one()
        self._check_manager()
        self._check_can_suspend()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Suspend %(contract)s", contract=self.name),
            "res_model": "service.suspension",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    def action_reactivate(self):
        """Serve and charge the contract again from today on."""
        self._check_manager()
        for contract in self:
            today = contract._get_local_today()
            suspension = contract._get_suspension(today)
            if suspension.date_start == today:
                suspension.unlink()
            elif suspension:
                suspension.date_end = today - timedelta(days=1)
