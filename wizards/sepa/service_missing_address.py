from odoo import api, fields, models


class ServiceMissingAddress(models.TransientModel):
    _inherit = "service.missing.address"

    @api.model
    def _prepare_line(self, partner):
        return {**super()._prepare_line(partner), "country_id": partner.country_id.id}


class ServiceMissingAddressLine(models.TransientModel):
    """A debtor's country belongs to the address that his bank wants (L15)."""

    _inherit = "service.missing.address.line"

    country_id = fields.Many2one("res.country")

    def _complete(self):
        if self.country_id and self.country_id != self.partner_id.country_id:
            self.partner_id.country_id = self.country_id
        return super()._complete()
