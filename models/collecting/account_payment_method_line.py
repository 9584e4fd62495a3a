from odoo import api, models


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Let the bank book a file as one amount, unless somebody wants each debit apart."""
        for vals in vals_list:
            method = self.env["account.payment.method"].browse(vals.get("payment_method_id"))
            if method.code == "sepa_direct_debit":
                vals.setdefault("default_batch_booking", True)
        return super().create(vals_list)
