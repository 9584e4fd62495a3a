from odoo import fields, models


class ServiceLevel(models.Model):
    _inherit = "service.level"

    contract_count = fields.Integer(compute="_compute_contract_count")

    def _compute_contract_count(self):
        counts = self._count_contracts("level_id")
        for level in self:
            level.contract_count = counts.get(level, 0)

    def action_open_contracts(self):
        return self._get_contracts_action("level_id")

    def _get_usage_fields(self):
        """Name contracts first: they say the most to whoever wants to delete the record."""
        return [("service.contract", "level_id"), *super()._get_usage_fields()]
