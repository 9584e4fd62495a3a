from odoo import api, models
from odoo.exceptions import UserError

from ..common.words import format_number
from .service_exception import CUSTOMER_JOB


class ServiceCharge(models.Model):
    """Charges of days that a contract serves or does not, and the account that they go to."""

    _inherit = "service.charge"

    @api.model
    def _prepare_billing_party_vals(self, partner, contract=None, company=None, day=None):
        """Charge what is for a day by the values that the contract had on it."""
        vals = super()._prepare_billing_party_vals(partner, contract, company, day)
        return {**vals, **contract._get_party_on(day)} if contract and day else vals

    def _get_foreseen_matters(self):
        """Tell what has changed at the customer since the contract took it over (L02, L09)."""
        matters = super()._get_foreseen_matters()
        rows = self.env["service.exception"]._get_open(self.contract_id, "contract", CUSTOMER_JOB)
        changed = {row.res_id: row.detail for row in rows}
        for charge in self:
            if detail := changed.get(charge.contract_id.id):
                matters[charge].append(detail)
        return matters

    def action_owe(self):
        self.check_access("write")
        result = super().action_owe()
        self.sudo().filtered("is_unowed")._owe_days()
        return result

    def _owe_days(self):
        """Owe again what rests for days that the contract serves; refuse in words what it does not.

        Else the next change of the contract would take the decision back.
        """
        for charge in self:
            charge.contract_line_id._recharge(charge)
            if charge.is_unowed:
                raise UserError(
                    self.env._(
                        "“%(charge)s” is for days that contract %(contract)s does not serve: "
                        "nothing is owed for them. Reactivate the contract for these days instead.",
                        charge=charge.display_name,
                        contract=charge.contract_id.name,
                    )
                )

    # ----- What is billed once -----

    def _get_explainers(self):
        return {**super()._get_explainers(), "one_off": self._explain_one_off}

    def _explain_one_off(self, explanation):
        """Say what is billed once, and why."""
        return [
            self.env._(
                "%(quantity)s × %(price)s, once.",
                quantity=format_number(self.env, explanation["quantity"]),
                price=self._explain_amount(explanation["unit_price"]),
            ),
            self.env._("Reason: %(reason)s.", reason=explanation["reason"]),
        ]

    def _get_origins(self):
        return [*super()._get_origins(), *self.contract_id]

    def _prepare_analytic_vals(self):
        account = self.contract_id.analytic_account_id
        if not account:
            return super()._prepare_analytic_vals()
        return {"analytic_distribution": {str(account.id): 100}}
