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

    def small_chunks(self):
        """Let runs of more than two records be driven by the background job."""
        module = "odoo.addons.service_contract.models.billing.service_billing_run_driving"
        return patch(f"{module}.CHUNK_SIZE", 2)

    def get_charges(self, run):
        return run.invoice_ids.invoice_line_ids.service_charge_id
