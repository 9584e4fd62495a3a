from odoo import api, models


class ServiceClause(models.Model):
    """The company's mediator (L25)."""

    _inherit = "service.clause"

    @api.model
    def _get_values(self, company):
        return {**super()._get_values(company), "mediator": company.service_mediator}
