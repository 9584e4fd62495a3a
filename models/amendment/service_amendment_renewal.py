from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import exits, terms


class ServiceAmendment(models.Model):
    """What a customer commits to: other renewals, another notice (S35, L01, L05), a waiver (L03).

    Recorded terms never change (invariant 5), their last day to refuse included. A notice that was
    sent keeps what it said: the renewal that it announced is as it announced it. One that can no
    longer be refused is as it was then, recorded or not.

    A new telecom commitment of more than 24 months needs a waiver of its own (L03, L224-28).
    """

    _inherit = "service.amendment"

    is_new_renewal = fields.Boolean(
        string="Other Renewals",
        help="The contract is renewed for another time, or refused by another notice, from the "
        "first commitment period on that is neither certain nor announced by a notice.",
        lock="sealed",
    )
    tacit_months = fields.Integer(string="Renewed for", lock="sealed", aggregator=None)
    notice_count = fields.Integer(string="Notice", lock="sealed", aggregator=None)
    notice_unit = fields.Selection(
        [("day", "Days"), ("month", "Months")], default="month", lock="sealed"
    )
    is_renewal_in_force = fields.Boolean(readonly=True, copy=False, lock="workflow")
    renewal_number = fields.Integer(
        readonly=True,
        copy=False,
        help="Number of the first commitment period that it is for.",
        lock="workflow",
        aggregator=None,
    )
    renewal_rank = fields.Integer(
        readonly=True,
        copy=False,
        help="Which of the contract's other renewals it was, in the order in which they were put "
        "in force.",
        lock="workflow",
        aggregator=None,
    )
    is_telecom_cap_waived = fields.Boolean(
        string="24-Month Limit Given up",
        copy=False,
        help="The firm or non-profit expressly agreed to a longer commitment than the 24 months "
        "by which the law protects it.",
        lock="sealed",
    )
    was_telecom_cap_waived = fields.Boolean(readonly=True, copy=False, lock="workflow")
    is_waiver_needed = fields.Boolean(compute="_compute_is_waiver_needed")

    _renewal_has_months = models.Constraint(
        "CHECK (NOT is_new_renewal OR (tacit_months > 0 AND notice_count >= 0 "
        "AND notice_unit IS NOT NULL))",
        "A renewal has a duration and a notice of zero or more: without a duration the renewed "
        "contract would be indefinite.",
    )

    def _get_renewal_rule(self):
        """Return ``(number of the first term, months, notice)``, as the contract's rules are."""
        self.ensure_one()
        notice = terms.Notice(self.notice_count, self.notice_unit)
        return self.renewal_number, self.tacit_months, notice

    def _get_agreed_renewal(self):
        """Return how a commitment begun now is renewed, as the contract's rules are."""
        self.ensure_one()
        if self.is_new_renewal:
            return self._get_renewal_rule()
        return self.contract_id.sudo()._get_renewal_rules()[-1]

    # ----- What is allowed -----

    def _is_renewal_changed(self):
        self.ensure_one()
        present = self.contract_id._get_renewal_rules()[-1]
        return self._get_agreed_renewal()[1:] != present[1:]

    def _check_renewable(self):
        contract = self.contract_id.sudo()
        if self.is_new_renewal and not (self.is_new_commitment or contract.commitment_ids):
            raise UserError(
                self.env._("%(contract)s has no commitment to renew.", contract=contract.name)
            )

    # ----- In force -----

    def _apply_renewal(self):
        """Say from which term on the renewals are others."""
        if self.is_new_renewal:
            ranks = self.contract_id.sudo().amendment_ids.mapped("renewal_rank")
            self._as_workflow().write(
                {
                    "renewal_number": self._get_first_renewal(),
                    "renewal_rank": max(ranks) + 1,
                    "is_renewal_in_force": True,
                }
            )

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

    def _undo_renewal(self):
        self._check_renewal_open()
        self._as_workflow().is_renewal_in_force = False

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

    # ----- The longest telecom commitment -----

    @api.depends("contract_id", "is_new_commitment", "commitment_months")
    def _compute_is_waiver_needed(self):
        for amendment in self:
            is_long = amendment._is_long_telecom_commitment()
            amendment.is_waiver_needed = is_long and exits.may_waive(amendment._get_customer())

    def _is_long_telecom_commitment(self):
        is_long = self.commitment_months > exits.TELECOM_CAP_MONTHS
        return self.is_new_commitment and is_long and self.contract_id.is_telecom

    def _get_customer(self):
        """Return the customer of the new commitment, with what is given up for it."""
        self.ensure_one()
        customer = self.contract_id._get_exit_customer()
        return replace(customer, waived_cap=self.is_telecom_cap_waived)

    def _check_telecom_cap(self):
        """Refuse to commit a customer for longer than the law allows (L03)."""
        months = self.commitment_months
        is_long = self._is_long_telecom_commitment()
        if is_long and exits.limit_commitment(months, self._get_customer()) < months:
            raise UserError(
                self.env._(
                    "%(contract)s: this customer commits for 24 months at most. Only a micro or "
                    "small firm or a non-profit may expressly give that limit up (Code de la "
                    "consommation L224-28).",
                    contract=self.contract_id.name,
                )
            )

    def _apply_telecom_waiver(self):
        contract = self.contract_id
        self._as_workflow().was_telecom_cap_waived = contract.is_telecom_cap_waived
        if self._is_long_telecom_commitment() and self.is_telecom_cap_waived:
            contract._as_workflow().is_telecom_cap_waived = True

    def _undo_telecom_waiver(self):
        if self._is_long_telecom_commitment() and self.is_telecom_cap_waived:
            before = self.was_telecom_cap_waived
            self.contract_id._as_workflow().is_telecom_cap_waived = before
