from odoo import api, fields, models

from ..common.people import check_speaks_for, speaks_for


class ServiceSession(models.Model):
    """Who called: one of the customer's people, since the sheet may go there (S30)."""

    _inherit = "service.session"

    contact_id = fields.Many2one(
        "res.partner",
        string="Caller",
        domain="[('id', 'child_of', partner_id)]",
        check_company=True,
        lock="closed",
    )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Forget who called for another customer."""
        if not speaks_for(self.contact_id, self.partner_id):
            self.contact_id = False

    @api.constrains("contact_id", "partner_id")
    def _check_contact_id(self):
        for session in self:
            check_speaks_for(session, "contact_id")
