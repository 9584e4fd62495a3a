from odoo import models


class ServiceReason(models.Model):
    _inherit = "service.reason"

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.session", "scope_reason_id"),
            ("service.session", "override_reason_id"),
            ("service.session", "level_reason_id"),
        ]
