from odoo import models


class ServiceReason(models.Model):
    _inherit = "service.reason"

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.response.delay", "reason_id"),
        ]
