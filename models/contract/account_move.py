from odoo import models


class AccountMove(models.Model):
    """What invoices of consumers say (L25)."""

    _inherit = "account.move"

    def _get_service_mediator(self):
        """Return the mediator that a consumer's invoice names (L25)."""
        self.ensure_one()
        if not self.is_sale_document() or not self.partner_id:
            return ""
        contracts = self.sudo().invoice_line_ids.service_charge_id.contract_id
        customer, _is_small = self.partner_id._get_service_customer(self.company_id)
        regimes = contracts.mapped("regime") or [customer]
        return self.company_id.service_mediator if "consumer" in regimes else ""
