from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ServiceMissingAddress(models.TransientModel):
    """Completes the customers whose invoices lack an address or a SIREN (L08, L08b)."""

    _name = "service.missing.address"
    _description = "What Customers Lack for Their Invoices"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    matter_ids = fields.Many2many("service.exception", readonly=True, lock="once")
    line_ids = fields.One2many("service.missing.address.line", "missing_id", string="Customers")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        matters = self.env["service.exception"].browse(self.env.context.get("matter_ids", ()))
        matters.check_access("read")
        values["matter_ids"] = [Command.set(matters.ids)]
        if "line_ids" in fields_list:
            partners = matters._get_records("res.partner")
            partners.check_access("read")
            values["line_ids"] = [
                Command.create(self._prepare_line(partner)) for partner in partners
            ]
        return values

    @api.model
    def _prepare_line(self, partner):
        return {
            "partner_id": partner.id,
            "street": partner.street,
            "zip": partner.zip,
            "city": partner.city,
            "company_registry": partner.commercial_partner_id.company_registry,
        }

    def action_confirm(self):
        """Write what was typed, as who typed it; what that mends leaves the inbox."""
        self.ensure_one()
        matters = self.matter_ids._take_in_hand()
        for line in self.line_ids:
            line._complete()
        if not matters._look_again():
            raise UserError(self.env._("Something is still missing: nothing would be mended."))


class ServiceMissingAddressLine(models.TransientModel):
    """A customer, and what its invoices say of it."""

    _name = "service.missing.address.line"
    _description = "What a Customer Lacks for Its Invoices"
    _inherit = ["service.wizard.mixin"]

    missing_id = fields.Many2one("service.missing.address", required=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    street = fields.Char()
    zip = fields.Char()
    city = fields.Char()
    company_registry = fields.Char(string="SIREN or SIRET")

    def _complete(self):
        """Give the customer what it has not; what nobody typed is left alone."""
        partner = self.partner_id
        names = ("street", "zip", "city")
        typed = {name: self[name] for name in names if self[name] and self[name] != partner[name]}
        if typed:
            partner.write(typed)
        owner, number = partner.commercial_partner_id, (self.company_registry or "").strip()
        if number and number != owner.company_registry:
            owner.company_registry = number
