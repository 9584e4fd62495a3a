from odoo import api, fields, models


class ServiceConditions(models.Model):
    _inherit = "service.conditions"

    contract_ids = fields.One2many("service.contract", "conditions_id")

    @api.depends("contract_ids")
    def _compute_is_locked(self):
        return super()._compute_is_locked()

    def _filter_locked(self):
        """Return also the versions that contracts refer to."""
        rows = (
            self.env["service.contract"]
            .sudo()
            ._read_group([("conditions_id", "in", self.ids)], ["conditions_id"])
        )
        return super()._filter_locked() | self.browse(record.id for (record,) in rows)

    def _get_usage_fields(self):
        return [*super()._get_usage_fields(), ("service.contract", "conditions_id")]
