from odoo import fields, models

from .grouping import GROUPINGS


class ResPartner(models.Model):
    """What a customer demands of its invoices, whichever of its addresses receives them."""

    _inherit = "res.partner"

    service_grouping = fields.Selection(
        GROUPINGS,
        string="One Invoice for Each",
        help="How the contracts of the customer are billed together; empty: as the company does.",
    )
    service_order_ref = fields.Char(
        string="Order Number",
        help="The customer's own, on its invoices whose contract has none of its own (BT-13).",
    )
    service_contract_ref = fields.Char(
        string="Contract Reference",
        help="The customer's own, on its invoices whose contract has none of its own (BT-12).",
    )
    service_is_order_required = fields.Boolean(
        string="Order Number Required",
        help="The customer refuses invoices without: billing runs put them aside until somebody "
        "gives it.",
    )

    def _give_order_number(self, number):
        """Take the number that the customer has given for all of its invoices."""
        self.commercial_partner_id.service_order_ref = number

    def _describe_no_order(self):
        return self.env._(
            "%(customer)s demands an order number on its invoices: there is none.",
            customer=self.display_name,
        )

    def _get_invoice_gaps(self):
        """Return in sentences what an invoice to a customer would lack (L08, L08b); a hook."""
        self.ensure_one()
        owner = self.commercial_partner_id
        is_french = (self.country_id or owner.country_id).code == "FR"
        gaps = [
            (owner.is_company and is_french and not owner.company_registry)
            and self.env._("%(customer)s has no SIREN.", customer=owner.name),
            not self.street and self.env._("%(customer)s has no street.", customer=self.name),
            not self.zip and self.env._("%(customer)s has no zip code.", customer=self.name),
        ]
        return [gap for gap in gaps if gap]
