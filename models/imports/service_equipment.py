from odoo import api, fields, models

from ...tools.connection_profiles import fold_id


class ServiceEquipment(models.Model):
    """Remembers which workstation a device of a remote control tool is."""

    _inherit = "service.equipment"

    remote_tool_id = fields.Char(
        help="The number, alias or name by which the remote control tool knows this device. "
        "Connection logs are recorded here by it; spaces do not count."
    )
    remote_tool_key = fields.Char(compute="_compute_remote_tool_key", store=True, precompute=True)

    _remote_tool_unique = models.UniqueIndex(
        "(company_id, remote_tool_key) WHERE remote_tool_key IS NOT NULL",
        "Another piece of equipment has this remote tool ID already.",
    )

    @api.depends("remote_tool_id")
    def _compute_remote_tool_key(self):
        for equipment in self:
            equipment.remote_tool_key = fold_id(equipment.remote_tool_id or "") or False
