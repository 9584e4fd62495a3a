from odoo import fields, models
from odoo.exceptions import UserError


class AccountBankingMandate(models.Model):
    _inherit = "account.banking.mandate"

    service_debit_limit = fields.Float(
        string="At Most per Debit (EUR)",
        digits=(16, 2),
        tracking=True,
        help="What the customer agreed to at most; nothing for no limit. No debit takes more.",
    )

    _service_debit_limit_positive = models.Constraint(
        "CHECK(service_debit_limit >= 0)", "The limit of a mandate's debits is not negative."
    )

    def _get_debit_problem(self):
        """Return in words what keeps a mandate from debits besides its state and age; a hook.

        :return: str, empty where nothing does
        """
        self.ensure_one()
        return ""

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
