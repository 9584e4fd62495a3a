from odoo import models


class AccountBankingMandate(models.Model):
    _inherit = "account.banking.mandate"

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._sync_service_contracts()
        return result

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
