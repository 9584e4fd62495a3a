from odoo import models


class ServiceChecklist(models.Model):
    _inherit = "service.checklist"

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.session", "checklist_id"),
        ]
