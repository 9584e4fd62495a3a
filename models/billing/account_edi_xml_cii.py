from odoo import models

INVOICED, PAID = "5", "72"  # UNTDID 2475: what makes the tax due


class AccountEdiXmlCii(models.AbstractModel):
    """What the e-invoice of a service contract says beside Odoo's own (L08, L08d)."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_vals(self, invoice):
        vals = super()._export_invoice_vals(invoice)
        if invoice.service_run_id or invoice.service_contract_id:
            self._add_service_period(vals)
            self._add_tax_points(invoice, vals)
            vals["contract_reference"] = vals["contract_reference"] or self._get_contract(invoice)
        return vals

    def _add_service_period(self, vals):
        """Bill for the days of the service, not from the invoice's date to its due date (BG-14)."""
        starts, ends = [], []
        for line_vals in vals["invoice_line_vals_list"]:
            line = line_vals["line"]
            if line.start_date and line.end_date:
                line_vals.update(billing_start=line.start_date, billing_end=line.end_date)
                starts.append(line.start_date)
                ends.append(line.end_date)
        if starts:
            vals.update(billing_start=min(starts), billing_end=max(ends))

    def _add_tax_points(self, invoice, vals):
        """Say of each tax whether payments or invoices make it due (BT-8, L08b)."""
        on_payment = {
            tax.amount
            for tax in invoice.invoice_line_ids.tax_ids.flatten_taxes_hierarchy()
            if tax.tax_exigibility == "on_payment"
        }
        for details in vals["tax_details"]["tax_details"].values():
            details["service_tax_point"] = PAID if details["amount"] in on_payment else INVOICED

    def _get_contract(self, invoice):
        """Return the number of the contract, where the invoice is of one alone (BT-12)."""
        contracts = invoice.sudo().invoice_line_ids.service_charge_id.contract_id
        return contracts.name if len(contracts) == 1 else ""
