from odoo import models


class ServiceConditions(models.Model):
    _inherit = "service.conditions"

    def _filter_locked(self):
        """Return also the versions that a consent refers to."""
        rows = (
            self.env["service.consent"]
            .sudo()
            ._read_group([("conditions_id", "in", self.ids)], ["conditions_id"])
        )
        return super()._filter_locked() | self.browse(record.id for (record,) in rows)

    def _get_usage_fields(self):
        return [*super()._get_usage_fields(), ("service.consent", "conditions_id")]
