from odoo import api, fields, models

# What a contract's tax, clock, regime, terms or prices follow from.
CONTRACT_SOURCES = frozenset(
    {
        "country_id",
        "state_id",
        "zip",
        "vat",
        "parent_id",
        "tz",
        "property_account_position_id",
        "property_payment_term_id",
        "service_regime",
        "property_product_pricelist",
        "specific_property_product_pricelist",
    }
)


class ResPartner(models.Model):
    """The contracts and the equipment of customers."""

    _inherit = "res.partner"

    service_contract_ids = fields.One2many("service.contract", "partner_id")
    service_contract_count = fields.Integer(compute="_compute_service_counts")
    service_equipment_count = fields.Integer(compute="_compute_service_counts")

    def write(self, vals):
        """Tell at once of what the contracts of these partners were not made with."""
        # Odoo takes what it has written itself out of the values.
        is_source = not self._get_contract_sources().isdisjoint(vals)
        result = super().write(vals)
        if is_source:
            self._look_at_contracts()
        return result

    @api.model
    def _get_contract_sources(self):
        """Return the names of the fields that contracts take values from; a hook.

        :return: frozenset of str
        """
        return CONTRACT_SOURCES

    def _look_at_contracts(self):
        """Report the contracts of partners, and of their addresses, whose values have changed."""
        self.env["service.contract"].sudo().search(
            [
                ("state", "in", ("draft", "active")),
                "|",
                "|",
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("partner_invoice_id", "in", self.ids),
                ("partner_shipping_id", "in", self.ids),
            ]
        )._look_at_customers()

    def _compute_service_counts(self):
        contracts = self._count_by_partner("service.contract")
        equipment = self._count_by_partner("service.equipment")
        for partner in self:
            partner.service_contract_count = contracts.get(partner.id, 0)
            partner.service_equipment_count = equipment.get(partner.id, 0)

    def action_open_service_contracts(self):
        return self._get_service_action("service_contract.service_contract_action")

    def action_open_service_equipment(self):
        return self._get_service_action("service_contract.service_equipment_action")
