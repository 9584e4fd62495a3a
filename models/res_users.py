from odoo import models

MANAGER = "service_contract.service_contract_group_manager"


class ResUsers(models.Model):
    _inherit = "res.users"

    def _is_service_manager(self):
        """Tell whether a user manages service contracts."""
        return self.has_group(MANAGER)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_service_managers(self):
        """Return the people who manage the service contracts of a company."""
        self.ensure_one()
        users = self.env.ref(MANAGER).sudo().all_user_ids - self.env.ref("base.user_root")
        return users.filtered(
            lambda user: not user.share and user.active and self in user.company_ids
        )

    def _choose_service_manager(self, preferred):
        """Return the manager to ask: the preferred one of some users, else any, the oldest first.

        The administrator is asked only where nobody else is a manager.
        """
        managers = self._get_service_managers()
        colleagues = managers - self.env.ref("base.user_admin") or managers
        return (preferred & managers or colleagues.sorted("id"))[:1]
