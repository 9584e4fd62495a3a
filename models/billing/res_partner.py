from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import cii
from .grouping import GROUPINGS

# What an invoice lacks and is made all the same: to be mended before it is sent.
SIREN, ADDRESS = "siren", "address"


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

    @api.model
    def _get_payers(self, contracts, charges, position=0, limit=None):
        """Return ``[(id of who pays, number of contracts and charges)]`` after one, in order.

        :param contracts: domain of ``service.contract``
        :param charges: domain of ``service.charge``
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT payer, COUNT(*)::int FROM (
                    SELECT partner_invoice_id AS payer FROM service_contract WHERE id IN %s
                    UNION ALL
                    SELECT partner_invoice_id FROM service_charge WHERE id IN %s
                ) AS found
                WHERE payer > %s GROUP BY payer ORDER BY payer LIMIT %s
                """,
                self.env["service.contract"]._search(contracts).subselect(),
                self.env["service.charge"]._search(charges).subselect(),
                position,
                limit,
            )
        )

    def _give_order_number(self, number):
        """Take the number that the customer has given for all of its invoices."""
        self.commercial_partner_id.service_order_ref = number

    def _lacks_order_number(self):
        """Tell whether the customer demands an order number and has given none for all (L08)."""
        owner = self.commercial_partner_id
        return owner.service_is_order_required and not owner.service_order_ref

    def _describe_no_order(self):
        return self.env._(
            "%(customer)s demands an order number on its invoices: there is none.",
            customer=self.display_name,
        )

    def _get_invoice_gaps(self):
        """Return in sentences what an invoice to a customer would lack (L08, L08b); a hook."""
        return [words for _cause, words in self._find_invoice_gaps()]

    def _find_invoice_gaps(self):
        """Return ``[(code of the cause, sentence)]`` of what its invoices would lack; a hook."""
        self.ensure_one()
        gaps = [
            (siren := self._describe_siren()) and (SIREN, siren),
            not self.street
            and (ADDRESS, self.env._("%(customer)s has no street.", customer=self.name)),
            not self.zip
            and (ADDRESS, self.env._("%(customer)s has no zip code.", customer=self.name)),
            not (self.country_id or self.commercial_partner_id.country_id)
            and (ADDRESS, self.env._("%(customer)s has no country.", customer=self.name)),
        ]
        return [gap for gap in gaps if gap]

    def _describe_siren(self):
        """Say that a French firm has no SIREN, or one that no platform takes (L08)."""
        owner = self.commercial_partner_id
        country = (self.country_id or owner.country_id).code
        if not owner.is_company or country not in cii.SIREN_COUNTRIES:
            return ""
        if not owner.company_registry:
            return self.env._("%(customer)s has no SIREN.", customer=owner.name)
        if not cii.get_siren(owner.company_registry):
            return self.env._("The SIREN of %(customer)s is none.", customer=owner.name)
        return ""
