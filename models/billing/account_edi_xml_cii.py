from lxml import etree

from odoo import models

from ...tools import cii

INVOICED, PAID = "5", "72"  # UNTDID 2475: what makes the tax due
DATE_FORMAT = "%Y%m%d"


class AccountEdiXmlCii(models.AbstractModel):
    """What the e-invoice of a service contract says beside Odoo's own (L08, L08d)."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_vals(self, invoice):
        vals = super()._export_invoice_vals(invoice)
        if invoice._is_of_service():
            self._add_service_period(vals)
            self._add_tax_points(invoice, vals)
            if vals["purchase_order_reference"] in (invoice.ref, invoice.name):
                # What Odoo falls back on: the number of the invoice is no order of the customer's.
                vals["purchase_order_reference"] = invoice._get_order_number()
            vals["contract_reference"] = (
                vals["contract_reference"]
                or invoice.service_contract_ref
                or self._get_contract(invoice)
            )
        return vals

    def _add_service_period(self, vals):
        """Bill for the days of the service, not from the invoice's date to its due date (BG-14).

        They stand for the day of delivery as well (BT-72), which is not that of the invoice.
        """
        starts, ends = [], []
        for line_vals in vals["invoice_line_vals_list"]:
            line = line_vals["line"]
            if line.start_date and line.end_date:
                line_vals.update(billing_start=line.start_date, billing_end=line.end_date)
                starts.append(line.start_date)
                ends.append(line.end_date)
        if starts:
            vals.update(billing_start=min(starts), billing_end=max(ends))
            vals["scheduled_delivery_time"] = vals["record"].delivery_date

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

    # ----- What a French seller says (L07, L08, L08b) -----

    def _export_invoice(self, invoice):
        xml, errors = super()._export_invoice(invoice)
        if not invoice._is_of_service():
            return xml, errors
        root = etree.fromstring(xml)
        self._complete_service_invoice(root, invoice)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8"), errors

    def _complete_service_invoice(self, root, invoice):
        """Add what Odoo does not write; what another module has written stays."""
        cii.repeat_exemptions(root)
        if origin := invoice.reversed_entry_id:
            cii.add_origin(root, origin.name, origin.invoice_date.strftime(DATE_FORMAT))
        if not invoice.company_id._is_french_seller():
            return
        seller, buyer = invoice.company_id.partner_id, invoice.commercial_partner_id
        cii.set_process(root, cii.get_process(invoice._get_operation_scopes()))
        readable = invoice.with_context(lang=invoice.partner_id.lang or self.env.lang)
        cii.add_notes(root, readable._get_service_mentions())
        cii.complete_party(root, "SellerTradeParty", seller.company_registry, seller.email)
        email = invoice.partner_id.email or buyer.email
        cii.complete_party(root, "BuyerTradeParty", buyer.company_registry, email)
