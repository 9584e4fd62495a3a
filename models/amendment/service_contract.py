from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date


class ServiceContract(models.Model):
    """The amendments of a contract; the level and the renewals that it has by them."""

    _inherit = "service.contract"

    amendment_ids = fields.One2many("service.amendment", "contract_id")
    amendment_count = fields.Integer(compute="_compute_amendment_count")
    coming_change = fields.Text(
        compute="_compute_coming_change", help="What is recorded or quoted for a later day."
    )

    def _compute_amendment_count(self):
        counts = self._count_by_contract("service.amendment")
        for contract in self:
            contract.amendment_count = counts.get(contract, 0)

    # ----- What is to come -----

    @api.depends("state", "amendment_ids.state", "amendment_ids.effective_date")
    @api.depends_context("lang")
    def _compute_coming_change(self):
        for contract in self:
            is_alive = contract.state == "active"
            contract.coming_change = "\n".join(is_alive and contract._get_coming_changes() or ())

    def _get_coming_changes(self):
        """Return in sentences what changes on a day that is to come, in order; a hook.

        :return: list of str
        """
        self.ensure_one()
        today = self._get_local_today()
        coming = self.sudo().amendment_ids.filtered(
            lambda amendment: amendment.state == "done" and amendment.effective_date > today
        )
        return [amendment._describe_coming() for amendment in coming.sorted("effective_date")]

    # ----- Levels -----

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

    # ----- Renewals -----

    @api.depends("amendment_ids.is_renewal_in_force", "commitment_ids.number")
    def _compute_commitment_words(self):
        """Say what the next renewal is, and what holds in the end."""
        result = super()._compute_commitment_words()
        families = self.env["service.family"]
        for contract in self.filtered(lambda contract: contract._get_amended_rules()):
            _number, months, notice = contract._get_renewal_rules()[-1]
            following = contract._get_renewal_stage(contract._get_last_term().number + 1)
            contract.renewal_duration = families._describe_duration(following.tacit_months, "month")
            contract.commitment_summary = families._describe_commitment(
                contract.initial_months, months, notice.count, notice.unit
            )
        return result

    def _get_amended_rules(self):
        """Return the renewal rules of the amendments in force, by their first terms.

        What was put in force later replaces what is for the same term, and with a new commitment
        what is for a later one as well.
        """
        self.ensure_one()
        present = self.sudo().amendment_ids.filtered("is_renewal_in_force")
        rules = {}
        for amendment in present.sorted(lambda amendment: (amendment.renewal_rank, amendment.id)):
            rule = amendment._get_renewal_rule()
            if amendment.is_new_commitment:
                rules = {number: older for number, older in rules.items() if number < rule[0]}
            rules[rule[0]] = rule
        return [rules[number] for number in sorted(rules)]

    def _get_first_open_renewal(self):
        """Return the number of the first renewal that is neither certain nor announced.

        Certain is what can no longer be refused, whether or not the daily job recorded it.
        """
        self.ensure_one()
        last = self._get_last_term()
        announced = last.number + (last.notice_state == "sent")
        certain = self._get_due_terms() if self._is_renewing(last) else []
        return max([announced, *certain]) + 1

    def _has_later_renewals(self):
        """Tell whether other renewals are for after the first term of a commitment begun now."""
        self.ensure_one()
        return len(self._get_renewal_rules(self._get_last_term().number + 1)) > 1

    def _get_renewal_rules(self, first=0):
        """Follow the amendments in force: one that is for an earlier term is for ``first``."""
        amended = self._get_amended_rules()
        past = super()._get_renewal_rules(first) + [rule for rule in amended if rule[0] <= first]
        return [(first, *past[-1][1:]), *(rule for rule in amended if rule[0] > first)]

    def _describe_dated_renewal(self, number):
        """Return the renewal of a number in words: from when, for how long, by which notice."""
        self.ensure_one()
        term = self.env["service.commitment"]._prepare_commitment_vals(self, number)
        stage = self._get_renewal_stage(number)
        return self.env._(
            "from %(day)s: %(words)s",
            day=format_date(self.env, term["date_start"]),
            words=self.env["service.family"]._describe_duration_and_notice(
                stage.tacit_months, stage.notice.count, stage.notice.unit
            ),
        )

    # ----- Buttons -----

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
