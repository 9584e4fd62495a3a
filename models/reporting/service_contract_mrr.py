from odoo import api, fields, models


class ServiceContract(models.Model):
    """What a contract brings each month, and the record of its changes."""

    _inherit = "service.contract"

    mrr_recorded = fields.Monetary(readonly=True, copy=False)
    is_mrr_behind = fields.Boolean(compute="_compute_is_mrr_behind", store=True)
    mrr_movement_ids = fields.One2many("service.mrr.movement", "contract_id")

    _mrr_behind = models.Index("(id) WHERE is_mrr_behind")

    @api.depends("mrr", "mrr_recorded", "state")
    def _compute_is_mrr_behind(self):
        for contract in self:
            change = contract._get_mrr_in_force() - contract.mrr_recorded
            currency = contract.currency_id or contract.company_id.currency_id
            contract.is_mrr_behind = not currency.is_zero(change)

    def _get_mrr_in_force(self):
        """Return what the contract brings each month: nothing unless it is active."""
        self.ensure_one()
        return self.mrr if self.state == "active" else 0.0

    def _record_mrr_movements(self):
        """Write down, once, what changed in the monthly amount since the last movement."""
        behind = self.sudo().filtered("is_mrr_behind")
        self.env["service.mrr.movement"].sudo().create(
            [contract._prepare_mrr_movement_vals() for contract in behind]
        )
        for contract in behind:
            contract.mrr_recorded = contract._get_mrr_in_force()

    def _prepare_mrr_movement_vals(self):
        self.ensure_one()
        total = self._get_mrr_in_force()
        change = total - self.mrr_recorded
        kind = self._get_mrr_kind(total, change)
        day = self._get_mrr_date(kind)
        return {
            "contract_id": self.id,
            "family_id": self.family_id.id,
            "level_id": self.level_id.id,
            "user_id": self.user_id.id,
            "date": day,
            "kind": kind,
            "amount_currency": change,
            "amount": self.currency_id._convert(
                change, self.company_id.currency_id, self.company_id, day
            ),
        }

    def _get_mrr_kind(self, total, change):
        if not self.mrr_recorded:
            return "new"
        if not total:
            return "churn"
        return "expansion" if change > 0 else "contraction"

    def _get_mrr_date(self, kind):
        """Return the day of a movement: start and end of the contract for its first and last."""
        today = fields.Date.context_today(self)
        if kind == "new" and not self.mrr_movement_ids:
            return self.date_start
        if kind == "churn" and self.date_end:
            return max(self.date_end, self.date_start)
        return today
