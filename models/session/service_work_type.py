from odoo import models


class ServiceWorkType(models.Model):
    _inherit = "service.work.type"

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.session", "work_type_id"),
        ]
