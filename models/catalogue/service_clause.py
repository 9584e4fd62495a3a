from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.fields import Domain

CONDITIONS = [
    ("always", "Always"),
    ("renewal", "Renewed tacitly"),
    ("withdrawal", "With a right of withdrawal"),
]


class ServiceClause(models.Model):
    """What the law has a contract say to some customers, by their regime (L02, L19, L25, L28).

    Its words are the law's: they are not translated, only the title above them is.
    """

    _name = "service.clause"
    _description = "Clause by Law"
    _inherit = ["service.catalogue.mixin"]
    _order = "sequence, id"

    name = fields.Char(string="Title", required=True, translate=True)
    sequence = fields.Integer(default=10)
    is_for_consumers = fields.Boolean(string="Consumers", default=True)
    is_for_non_professionals = fields.Boolean(string="Non-professionals")
    is_for_professionals = fields.Boolean(string="Professionals")
    condition = fields.Selection(
        CONDITIONS, string="Contracts", default="always", required=True, help="Which contracts."
    )
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Of the companies whose law it is; empty: of any company.",
    )
    body = fields.Html(
        string="Words",
        sanitize=True,
        required=True,
        help="{company} stands for the company's name and address, {mediator} for its mediator: "
        "without one, a clause that names it is not printed.",
    )

    @api.model
    def _get_clauses(self, company, regime, conditions):
        """Return what a company's contracts say to customers of a regime.

        :param set conditions: those of ``CONDITIONS`` that the contract meets
        """
        clauses = self.sudo().search(self._get_domain(company, regime, conditions))
        return clauses.filtered(lambda clause: clause._fill(company))

    @api.model
    def _get_domain(self, company, regime, conditions):
        """Return the domain of the clauses that hold, whether or not the company can fill them."""
        countries = Domain("country_ids", "=", False) | Domain(
            "country_ids", "in", company.country_id.ids
        )
        return countries & Domain(
            [
                ("company_id", "in", (False, company.id)),
                ("condition", "in", list(conditions)),
                (f"is_for_{regime}s", "=", True),
            ]
        )

    def _fill(self, company):
        """Return the words with the company's own in them; none where one is lacking."""
        self.ensure_one()
        body = self.body or ""
        for name, value in self._get_values(company).items():
            token = f"{{{name}}}"
            if token in body and not value:
                return Markup()
            body = body.replace(token, str(escape(value)))
        return Markup(body)

    @api.model
    def _get_values(self, company):
        """Return ``{word in braces: what stands for it}``; a hook."""
        address = company.partner_id._display_address(without_company=True)
        parts = [company.name, *address.split("\n"), company.email]
        return {"company": ", ".join(part.strip() for part in parts if part and part.strip())}

    def _render(self, company):
        """Return the clauses as they are printed, each below its title."""
        parts = [Markup("<h5>%s</h5>%s") % (clause.name, clause._fill(company)) for clause in self]
        return Markup().join(parts)
