from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceContract(models.Model):
    """What binds a contract: its commitment periods, and what they do to its states."""

    _inherit = "service.contract"

    commitment_ids = fields.One2many("service.commitment", "contract_id", string="Commitments")
    commitment_end = fields.Date(compute="_compute_commitment", string="Committed until")
    refusal_deadline = fields.Date(compute="_compute_commitment", string="Last Day to Refuse")

    @api.depends(
        "commitment_ids.date_end", "commitment_ids.refusal_deadline", "commitment_ids.is_refused"
    )
    def _compute_commitment(self):
        for contract in self:
            terms = contract.commitment_ids.filtered(lambda term: not term.is_refused)
            term = terms.sorted("number")[-1:]
            contract.commitment_end = term.date_end
            contract.refusal_deadline = term.refusal_deadline

    # ----- States -----

    def _set_active(self):
        """Activate: the first commitment begins (S35)."""
        result = super()._set_active()
        self.filtered(lambda contract: not contract.commitment_ids)._create_first_commitment()
        return result

    def _create_first_commitment(self):
        """Record the initial term of families that have one (S35)."""
        commitments = self.env["service.commitment"].sudo()
        commitments.create(
            [
                commitments._prepare_commitment_vals(contract, 0)
                for contract in self
                if contract.initial_months
            ]
        )

    def _check_cancelling(self):
        """Refuse to lose the proof of notices of renewal."""
        result = super()._check_cancelling()
        for contract in self.filtered("commitment_ids.notice_sent_on"):
            raise UserError(
                self.env._(
                    "%(contract)s keeps the proof of a notice of renewal and cannot be cancelled. "
                    "Terminate it instead.",
                    contract=contract.name,
                )
            )
        return result

    def _set_cancelled(self):
        """Cancel contracts that nobody leaves; their commitments go."""
        for contract in self.filtered("termination_id"):
            raise UserError(
                self.env._(
                    "%(contract)s has a termination: withdraw it first.", contract=contract.name
                )
            )
        result = super()._set_cancelled()
        self.sudo().commitment_ids.unlink()
        return result
