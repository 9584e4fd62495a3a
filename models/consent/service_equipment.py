from odoo import api, fields, models

from ...tools import remote_links


class ServiceEquipment(models.Model):
    """A device is taken over by one click: its number in the link of the technician's tool."""

    _inherit = "service.equipment"

    launch_url = fields.Char(string="Take over", compute="_compute_launch_url")

    @api.depends("remote_tool_id", "company_id")
    @api.depends_context("uid")
    def _compute_launch_url(self):
        for equipment in self:
            equipment.launch_url = equipment.remote_tool_id and equipment._get_launch_url()

    def _get_launch_url(self):
        """Return the link by the first tool that has one, False without any."""
        self.ensure_one()
        tools = self.env["service.remote.tool"]._get_for(self.env.user, self.company_id)
        tool = tools.filtered("launch_pattern")[:1]
        return remote_links.make_link(tool.launch_pattern, self.remote_tool_id) if tool else False
