from odoo import models

MANAGER = "service_contract.service_contract_group_manager"


class ResUsers(models.Model):
    _inherit = "res.users"

    def _is_service_manager(self):
        """Tell whether a user manages service contracts."""
        return self.has_group(MANAGER)

    def _of_service_company(self, company):
        """Return those of the users who work for a company."""
        return self.filtered(lambda user: company in user.sudo().company_ids)
