from odoo import api, models

MANAGER = "service_contract.service_contract_group_manager"


class ResUsers(models.Model):
    _inherit = "res.users"

    def _is_service_manager(self):
        """Tell whether a user manages service contracts."""
        return self.has_group(MANAGER)

    def _of_service_company(self, company):
        """Return those of the users who work for a company."""
        return self.filtered(lambda user: company in user.sudo().company_ids)

    @api.model
    def _find_staff_addresses(self, addresses):
        """Return which of some normalized e-mail addresses are ours, a set.

        Those of internal users and of companies.
        """
        known = [("email_normalized", "in", list(addresses))]
        users = self.sudo().search([*known, ("share", "=", False)])
        companies = self.env["res.company"].sudo().search([("partner_id", "any", known)])
        return {*users.mapped("email_normalized"), *companies.partner_id.mapped("email_normalized")}
