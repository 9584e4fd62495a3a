from odoo import api, models


class ServiceClause(models.Model):
    """The company's mediator (L25)."""

    _inherit = "service.clause"

    @api.model
    def _get_values(self, company):
        return {**super()._get_values(company), "mediator": company.service_mediator}

    @api.model
    def _lacks_mediator(self, company):
        """Tell whether consumers would have to read of a mediator that the company does not name.

        So it is also in the overseas departments, which are countries of their own.
        """
        if company.service_mediator:
            return False
        domain = self._get_domain(company, "consumer", {"always"})
        return any("{mediator}" in (clause.body or "") for clause in self.sudo().search(domain))
