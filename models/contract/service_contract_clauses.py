from odoo import api, fields, models


class ServiceContract(models.Model):
    """What the law has the contract say to its customer, kept as it was signed (L25, L28)."""

    _inherit = "service.contract"

    clauses_snapshot = fields.Html(
        string="Clauses as Signed", readonly=True, copy=False, lock="workflow"
    )
    clauses = fields.Html(string="Clauses by Law", compute="_compute_clauses")

    @api.depends("state", "clauses_snapshot", "regime", "company_id")
    @api.depends_context("lang")
    def _compute_clauses(self):
        for contract in self:
            contract.clauses = contract._get_document_clauses()

    def _get_document_clauses(self):
        """Return the clauses as signed; of a draft those that will be."""
        self.ensure_one()
        is_open = self.state in ("draft", "cancelled")
        return self._get_signed_clauses() if is_open else self.clauses_snapshot

    def _get_signed_clauses(self):
        """Return the clauses that hold for the customer, in the customer's language."""
        self.ensure_one()
        clauses = self.env["service.clause"]._get_clauses(
            self.company_id, self.regime or "consumer", self._get_clause_conditions()
        )
        lang = self.partner_id.lang or self.env.lang
        return clauses.with_context(lang=lang)._render(self.company_id)

    def _get_clause_conditions(self):
        """Return which conditions of clauses the contract meets; a hook.

        :rtype: set
        """
        return {"always"}
