from odoo import models


class ServiceLevel(models.Model):
    _inherit = "service.level"

    def _get_usage_fields(self):
        return [*super()._get_usage_fields(), ("service.session", "level_id")]
