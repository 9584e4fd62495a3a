from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceContract(models.Model):
    """The amendments of a contract, and the level that it has on a day."""

    _inherit = "service.contract"

    amendment_ids = fields.One2many("service.amendment", "contract_id")
    amendment_count = fields.Integer(compute="_compute_amendment_count")

    def _compute_amendment_count(self):
        counts = self._count_by_contract("service.amendment")
        for contract in self:
            contract.amendment_count = counts.get(contract, 0)

    def _get_first_amending_day(self):
        """Return today, or the first day of a contract that has not begun."""
        self.ensure_one()
        return max(self._get_local_today(), self.date_start)

    def _get_level_changes(self):
        """Return the amendments in force that change the level, in order."""
        done = self.sudo().amendment_ids.filtered(
            lambda amendment: (
                amendment.state == "done" and amendment.level_id != amendment.level_before_id
            )
        )
        return done.sorted(lambda amendment: (amendment.effective_date, amendment.id))

    def _get_level_on(self, day):
        """Return the level on a local date: what an amendment changes later does not count yet."""
        changes = self._get_level_changes()
        if later := changes.filtered(lambda amendment: amendment.effective_date > day)[:1]:
            return later.level_before_id.sudo(False)
        return changes[-1:].level_id.sudo(False) or self.level_id

    def _write_level(self, level):
        """Write a level past the lock that keeps contracts in force as they are."""
        self._as_workflow().level_id = level

    def _amend_level(self, level, day=None):
        """Amend contracts to a level from a day on, today by default; return the amendments."""
        amendments = self.env["service.amendment"]
        for contract in self:
            day = day or contract._get_local_today()
            vals = amendments._prepare_draft_vals(contract, day)
            amendments += amendments.create({**vals, "level_id": level.id})
        amendments._set_done()
        return amendments

    def _check_last_level_change(self, amendment):
        """Refuse to take back a change of level that another one builds on."""
        later = self._get_level_changes().filtered(
            lambda other: other.effective_date >= amendment.effective_date
        )
        if amendment.level_id != amendment.level_before_id and later:
            raise UserError(
                self.env._(
                    "%(later)s changes the level after %(name)s: take that back first.",
                    later=later[-1].name,
                    name=amendment.name,
                )
            )

    def _refresh_levels(self, today):
        """Give contracts the levels that begin on or before a day: no write tells that it came."""
        domain = [
            ("contract_id", "in", self.ids),
            ("state", "=", "done"),
            ("is_level_pending", "=", True),
            ("effective_date", "<=", today),
        ]
        self.env["service.amendment"].search(domain, order="effective_date, id")._reach_level()

    @api.model
    def _get_charging_steps(self, today):
        """Reach the levels that begin today, before anything looks at them."""
        begun = [("is_level_pending", "=", True), ("effective_date", "<=", today)]
        step = (
            self,
            [("amendment_ids", "any", begun)],
            lambda batch: batch._refresh_levels(today),
            "level",
        )
        steps = super()._get_charging_steps(today)
        return self.env["service.batch.runner"]._insert_step(steps, step, before="line")

    def action_amend(self):
        """Open a new amendment of the contract."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Amend %(contract)s", contract=self.name),
            "res_model": "service.amendment",
            "view_mode": "form",
            "context": {"default_contract_id": self.id},
        }

    def action_open_amendments(self):
        self.ensure_one()
        return self._open(
            "service_contract.service_amendment_action",
            [("contract_id", "=", self.id)],
            default_contract_id=self.id,
        )
