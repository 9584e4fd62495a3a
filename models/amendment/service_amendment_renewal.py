from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools import terms


class ServiceAmendment(models.Model):
    """Other renewals and another notice, from the next term on (L01, L05).

    Recorded terms never change (invariant 5), their last day to refuse included. A notice that was
    sent keeps what it said: the renewal that it announced is as it announced it. One that can no
    longer be refused is as it was then, recorded or not.
    """

    _inherit = "service.amendment"

    is_new_renewal = fields.Boolean(
        string="Other Renewals",
        help="The contract is renewed for another time, or refused by another notice, from the "
        "first commitment period on that is neither certain nor announced by a notice.",
    )
    tacit_months = fields.Integer(string="Renewed for")
    notice_count = fields.Integer(string="Notice")
    notice_unit = fields.Selection([("day", "Days"), ("month", "Months")], default="month")
    is_renewal_in_force = fields.Boolean(readonly=True, copy=False, lock="workflow")
    renewal_number = fields.Integer(
        readonly=True,
        copy=False,
        help="Number of the first commitment period that it is for.",
        lock="workflow",
    )
    renewal_rank = fields.Integer(
        readonly=True,
        copy=False,
        help="Which of the contract's other renewals it was, in the order in which they were put "
        "in force.",
        lock="workflow",
    )

    _renewal_has_months = models.Constraint(
        "CHECK (NOT is_new_renewal OR (tacit_months > 0 AND notice_count >= 0 "
        "AND notice_unit IS NOT NULL))",
        "A renewal has a duration and a notice of zero or more: without a duration the renewed "
        "contract would be indefinite.",
    )

    @api.model
    def _prepare_draft_vals(self, contract, day):
        _first, tacit_months, notice = contract._get_renewal_rules()[-1]
        return {
            **super()._prepare_draft_vals(contract, day),
            "tacit_months": tacit_months,
            "notice_count": notice.count,
            "notice_unit": notice.unit,
        }

    def _get_renewal_rule(self):
        """Return ``(number of the first term, months, notice)``, as the contract's rules are."""
        self.ensure_one()
        notice = terms.Notice(self.notice_count, self.notice_unit)
        return self.renewal_number, self.tacit_months, notice

    def _get_agreed_renewal(self):
        return self._get_renewal_rule() if self.is_new_renewal else super()._get_agreed_renewal()

    @api.depends("is_new_renewal", "tacit_months", "notice_count", "notice_unit")
    def _compute_loss(self):
        return super()._compute_loss()

    # ----- What is allowed -----

    def _is_changing(self):
        return super()._is_changing() or self._is_renewal_changed()

    def _is_renewal_changed(self):
        self.ensure_one()
        present = self.contract_id._get_renewal_rules()[-1]
        return self._get_agreed_renewal()[1:] != present[1:]

    def _check_changes(self):
        result = super()._check_changes()
        contract = self.contract_id.sudo()
        if self.is_new_renewal and not (self.is_new_commitment or contract.commitment_ids):
            raise UserError(
                self.env._("%(contract)s has no commitment to renew.", contract=contract.name)
            )
        return result

    def _check_not_leaving(self):
        result = super()._check_not_leaving()
        if self.is_new_renewal and (issue := self.contract_id.sudo()._get_exit_issue()):
            raise UserError(issue)
        return result

    # ----- In force -----

    def _apply_commitment(self):
        """Say from which term on the renewals are others, before a new commitment begins."""
        if self.is_new_renewal:
            ranks = self.contract_id.sudo().amendment_ids.mapped("renewal_rank")
            self._as_workflow().write(
                {
                    "renewal_number": self._get_first_renewal(),
                    "renewal_rank": max(ranks) + 1,
                    "is_renewal_in_force": True,
                }
            )
        return super()._apply_commitment()

    def _get_first_renewal(self):
        """Return the number of the first open renewal that begins on the day or later.

        A new commitment takes it from its own first term on.
        """
        self.ensure_one()
        contract = self.contract_id.sudo()
        if self.is_new_commitment:
            last = contract._get_last_term()
            return last.number + 1 if last else 0
        number = contract._get_first_open_renewal()
        prepare = self.env["service.commitment"]._prepare_commitment_vals
        while prepare(contract, number)["date_start"] < self.effective_date:
            number += 1
        return number

    def _undo_commitment(self):
        self._check_renewal_open()
        self._as_workflow().is_renewal_in_force = False
        return super()._undo_commitment()

    def _check_renewal_open(self):
        """Refuse to take back renewals that are certain, or announced to the customer."""
        if not self.is_new_renewal or self.is_new_commitment:
            return
        if self.renewal_number < self.contract_id.sudo()._get_first_open_renewal():
            raise UserError(
                self.env._(
                    "A renewal by %(name)s is certain, or announced to the customer: it can no "
                    "longer be taken back.",
                    name=self.name,
                )
            )

    # ----- Words -----

    @api.depends("is_new_renewal")
    def _compute_summary(self):
        return super()._compute_summary()

    def _get_summary(self):
        parts = super()._get_summary()
        return [*parts, self.env._("Other renewals")] if self.is_new_renewal else parts

    def _take_snapshot(self):
        return {
            **super()._take_snapshot(),
            "renewals": self._describe_coming_renewals(),
        }

    def _describe_coming_renewals(self):
        """Return the renewals to come in words, each with the day from which on; empty for none."""
        self.ensure_one()
        contract = self.contract_id.with_context(lang=self.partner_id.lang or self.env.lang).sudo()
        last = contract._get_last_term()
        if not contract._is_renewing(last):
            return ""
        following = last.number + 1
        later = [rule[0] for rule in contract._get_renewal_rules() if rule[0] > following]
        return "; ".join(contract._describe_dated_renewal(number) for number in (following, *later))


class ServiceContract(models.Model):
    _inherit = "service.contract"

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
