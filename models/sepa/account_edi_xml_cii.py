from odoo import models

SEPA_DIRECT_DEBIT = 59  # UNTDID 4461


class AccountEdiXmlCii(models.AbstractModel):
    """How the e-invoice says that it will be debited (L08d): BT-81, BT-89, BT-90, BT-91."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_vals(self, invoice):
        vals = super()._export_invoice_vals(invoice)
        if invoice._is_to_be_debited():
            vals["service_debit"] = invoice._get_debit_terms()
            vals["payment_means_code"] = SEPA_DIRECT_DEBIT
        return vals
