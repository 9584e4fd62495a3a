from odoo import api, fields, models

from .service_session import OPEN_STATES


class ResPartner(models.Model):
    """The sessions of customers."""

    _inherit = "res.partner"

    service_session_count = fields.Integer(compute="_compute_service_session_count")

    def _compute_service_session_count(self):
        counts = self._count_by_partner("service.session")
        for partner in self:
            partner.service_session_count = counts.get(partner.id, 0)

    @api.model
    def _get_services(self):
        open_sessions = [("state", "in", OPEN_STATES)]
        return [
            *super()._get_services(),
            ("service.session", ["partner_id", "contact_id"], open_sessions),
        ]

    def action_open_service_sessions(self):
        return self._get_service_action("service_contract.service_session_action")
