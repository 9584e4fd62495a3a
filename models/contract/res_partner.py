from odoo import fields, models


class ResPartner(models.Model):
    """The contracts and the equipment of customers."""

    _inherit = "res.partner"

    service_contract_ids = fields.One2many("service.contract", "partner_id")
    service_contract_count = fields.Integer(compute="_compute_service_counts")
    service_equipment_count = fields.Integer(compute="_compute_service_counts")

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
