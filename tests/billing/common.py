from unittest.mock import patch

from odoo.exceptions import UserError

from ..common import ServiceContractCommon


class BillingRunCommon(ServiceContractCommon):
    def bill(self, cutoff="2026-06-15", **vals):
        return self.create_run(cutoff, user=self.user_accountant, **vals)

    def break_contracts(self, contracts):
        """Make the billing of some contracts fail, and return the patch that does it."""
        run = type(self.env["service.billing.run"])
        prepare = run._prepare_invoice_vals

        def fail(run, charges):
            if charges.contract_id & contracts:
                message = f"{charges.contract_id.name}: no income account."
                raise UserError(message)
            return prepare(run, charges)

        return patch.object(run, "_prepare_invoice_vals", fail)

    def get_charges(self, run):
        return run.invoice_ids.invoice_line_ids.service_charge_id
