from odoo import Command, models


class ServiceContract(models.Model):
    """A quotation that amends a contract begins with what it provides."""

    _inherit = "service.contract"

    def action_amend_by_quote(self):
        """Open a new quotation with what the contract provides, to be changed and sent."""
        self.ensure_one()
        order = self.env["sale.order"].create(self._prepare_amending_order_vals())
        return order._get_records_action(name=self.env._("Amend %(contract)s", contract=self.name))

    def _prepare_amending_order_vals(self):
        """Return the quotation; it amends from the day it is signed, whenever that is."""
        day = self._get_first_amending_day()
        lines = self.line_ids.filtered(lambda line: line._is_served_on(day))
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "company_id": self.company_id.id,
            "pricelist_id": self.pricelist_id.id,
            "service_amended_contract_id": self.id,
            "order_line": [Command.create(line._prepare_quote_line_vals()) for line in lines],
        }
