from odoo import api, models
from odoo.fields import Domain

from ...tools import search_keys


class ServiceEquipment(models.Model):
    """Workstations and devices, found by name, serial number and remote-tool id."""

    _name = "service.equipment"
    _inherit = ["service.equipment", "service.search.key"]

    @api.depends("name", "serial_number", "remote_tool_id")
    def _compute_service_search_key(self):
        return super()._compute_service_search_key()

    def _get_search_words(self):
        self.ensure_one()
        return {
            "names": [self.name],
            "numbers": map(search_keys.compact, (self.serial_number, self.remote_tool_id)),
        }

    @api.model
    def _find_by_key(self, text, limit, domain=Domain.TRUE):
        """Return the workstations and devices found by a text, the best first."""
        return self._search_by_key(text, limit, domain)
