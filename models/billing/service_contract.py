from odoo import fields, models


class ServiceContract(models.Model):
    """The customer's own numbers of what was agreed: they go onto its invoices."""

    _inherit = "service.contract"

    client_order_ref = fields.Char(
        string="Order Number",
        copy=False,
        tracking=True,
        help="The customer's own, on the invoices of this contract (BT-13); empty: the one that "
        "the customer has for all.",
    )
    client_contract_ref = fields.Char(
        string="Contract Reference",
        copy=False,
        tracking=True,
        help="The customer's own, on the invoices of this contract (BT-12); empty: the one that "
        "the customer has for all.",
    )

    def _give_order_number(self, number):
        """Take the number that the customer has given for its invoices."""
        self.client_order_ref = number
