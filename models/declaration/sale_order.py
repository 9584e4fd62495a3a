from odoo import fields, models


class SaleOrder(models.Model):
    """Where the customer of an order withdraws and terminates (L19, L21)."""

    _inherit = "sale.order"

    def _get_declaration_urls(self):
        """Return ``{kind of declaration: path}`` that the pages of an order show.

        To terminate at any time once there is a contract; to withdraw while the days to run.
        """
        self.ensure_one()
        company = self.company_id
        urls = {}
        if self.state == "sale" and self.service_has_recurring:
            urls["termination"] = company._get_declaration_path("termination")
        until = self.service_withdrawal_until
        is_signed = self.state == "sale" or self.signature
        if is_signed and until and self._get_day_at_customer() <= until:
            urls["withdrawal"] = company._get_declaration_path("withdrawal")
        return {kind: f"{url}?reference={self.name}" for kind, url in urls.items()}

    def _get_day_at_customer(self):
        zone = self.partner_shipping_id._get_service_timezone(self.company_id)
        return fields.Date.context_today(self.with_context(tz=zone))
