from odoo import models


class ServiceEquipment(models.Model):
    _inherit = "service.equipment"

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.session", "equipment_ids"),
            ("account.analytic.line", "service_equipment_id"),
        ]
