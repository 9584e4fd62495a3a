from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import exits


class ServiceAmendment(models.Model):
    """A new telecom commitment of more than 24 months needs a waiver of its own (L03, L224-28)."""

    _inherit = "service.amendment"

    is_telecom_cap_waived = fields.Boolean(
        string="24-Month Limit Given up",
        copy=False,
        help="The firm or non-profit expressly agreed to a longer commitment than the 24 months "
        "by which the law protects it.",
    )
    was_telecom_cap_waived = fields.Boolean(readonly=True, copy=False, lock="workflow")
    is_waiver_needed = fields.Boolean(compute="_compute_is_waiver_needed")

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

    def _check_changes(self):
        result = super()._check_changes()
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
        return result

    def _apply_commitment(self):
        contract = self.contract_id
        self.sudo().was_telecom_cap_waived = contract.is_telecom_cap_waived
        if self._is_long_telecom_commitment() and self.is_telecom_cap_waived:
            contract.is_telecom_cap_waived = True
        return super()._apply_commitment()

    def _undo_commitment(self):
        if self._is_long_telecom_commitment() and self.is_telecom_cap_waived:
            self.contract_id.is_telecom_cap_waived = self.was_telecom_cap_waived
        return super()._undo_commitment()
