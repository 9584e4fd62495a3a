from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

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
        """Tell at once of what the contracts of these partners were not made with.

        A customer stays where we work for him: shared by all companies, or of that one.
        """
        if company := self.env["res.company"].browse(vals.get("company_id") or []):
            self._check_served_by(company)
        # Odoo takes what it has written itself out of the values.
        is_source = not self._get_contract_sources().isdisjoint(vals)
        result = super().write(vals)
        if is_source:
            self._look_at_contracts()
        return result

    def _check_served_by(self, company):
        """Refuse to give partners to a company while another one works for them."""
        of_others = Domain("company_id", "not any", [("id", "child_of", company.id)])
        for model_name, names, going_on in self._get_services():
            domain = Domain.OR(Domain(name, "in", self.ids) for name in names)
            records = self.env[model_name].sudo()
            if record := records.search(domain & Domain(going_on) & of_others, limit=1):
                raise UserError(
                    self.env._(
                        "%(company)s works for %(partner)s: %(record)s. Leave the contact's "
                        "company empty, so that all companies share it.",
                        company=record.company_id.name,
                        partner=(record.mapped(names[0]) or self[:1]).display_name,
                        record=record.display_name,
                    )
                )

    @api.model
    def _get_services(self):
        """Return what a company does for partners; a hook.

        :return: list of ``(model name, names of its fields of partners, domain of what goes on)``
        """
        names = ["partner_id", "partner_invoice_id", "partner_shipping_id", "referent_id"]
        return [("service.contract", names, [("state", "in", ("draft", "active"))])]

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
