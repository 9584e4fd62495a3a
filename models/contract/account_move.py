from odoo import models


class AccountMove(models.Model):
    """Whom an invoice is for, and what those of consumers say (L25)."""

    _inherit = "account.move"

    def _get_service_regimes(self):
        """Return what the customer of an invoice is (L02), in a set: by its contracts, if any."""
        self.ensure_one()
        contracts = self.sudo().invoice_line_ids.service_charge_id.contract_id
        if contracts:
            return set(contracts.mapped("regime"))
        return {self.partner_id._get_service_customer(self.company_id)[0]}

    def _get_service_mediator(self):
        """Return the mediator that a consumer's invoice names (L25)."""
        self.ensure_one()
        if not self.is_sale_document() or not self.partner_id:
            return ""
        is_consumers = "consumer" in self._get_service_regimes()
        return self.company_id.service_mediator if is_consumers else ""
