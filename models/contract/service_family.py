from odoo import fields, models


class ServiceFamily(models.Model):
    _inherit = "service.family"

    contract_ids = fields.One2many("service.contract", "family_id")
    contract_count = fields.Integer(compute="_compute_contract_count")

    def _compute_contract_count(self):
        counts = self._count_contracts("family_id")
        for family in self:
            family.contract_count = counts.get(family, 0)

    def action_open_contracts(self):
        return self._get_contracts_action("family_id")

    def _get_usage_fields(self):
        """Name contracts first: they say the most to whoever wants to delete the record."""
        return [("service.contract", "family_id"), *super()._get_usage_fields()]
