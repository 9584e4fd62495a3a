from odoo import api, models


class ServiceClause(models.Model):
    """The pages on which customers terminate and withdraw, in clauses by their name (L19, L21)."""

    _inherit = "service.clause"

    @api.model
    def _get_values(self, company):
        return {
            **super()._get_values(company),
            "termination_page": company.service_termination_url,
            "withdrawal_page": company.service_withdrawal_url,
        }
