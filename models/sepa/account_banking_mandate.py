from odoo import models
from odoo.exceptions import UserError


class AccountBankingMandate(models.Model):
    _inherit = "account.banking.mandate"

    def write(self, vals):
        if "company_id" in vals:
            self._check_service_company(vals["company_id"])
        result = super().write(vals)
        if "state" in vals:
            self._sync_service_contracts()
        return result

    def _check_service_company(self, company_id):
        """Keep a mandate where the contracts are that it pays (invariant 3)."""
        moved = self.filtered(lambda mandate: mandate.company_id.id != company_id)
        contracts = self.env["service.contract"].sudo()
        if contract := contracts.search([("mandate_id", "in", moved.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%(mandate)s pays %(contract)s: it stays a mandate of %(company)s.",
                    mandate=contract.mandate_id.display_name,
                    contract=contract.name,
                    company=contract.company_id.name,
                )
            )

    def _sync_service_contracts(self):
        """Tell the contracts (S36, invariant 3).

        Those that lose their mandate go to the inbox, those that waited for it become active.
        """
        contracts = self.env["service.contract"].sudo()
        for mandate in self.sudo():
            if mandate.state == "valid":
                contracts._take_mandate(mandate)
            known = contracts.search(
                [("mandate_id", "=", mandate.id), ("state", "in", ("draft", "active"))]
            )
            known.filtered(lambda contract: contract.state == "active")._report_sepa()
            known._settle_sepa()
            if known and mandate.state == "valid":
                known._activate_with_mandate()
