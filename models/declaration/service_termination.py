from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceTermination(models.Model):
    """The end that a customer declared on a public page (L19, L21)."""

    _inherit = "service.termination"

    declaration_id = fields.Many2one(
        "service.declaration",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )

    @api.model_create_multi
    def create(self, vals_list):
        terminations = super().create(vals_list)
        for termination in terminations.filtered("declaration_id"):
            termination._check_declaration()
            termination.declaration_id._set_recorded()
        return terminations

    def _check_declaration(self):
        """Refuse a declaration of another contract, or one that is settled."""
        self.ensure_one()
        declaration = self.declaration_id
        if declaration.contract_id != self.contract_id or declaration.state != "matched":
            raise UserError(
                self.env._(
                    "%(declaration)s is not matched to %(contract)s: match it first.",
                    declaration=declaration.name,
                    contract=self.contract_id.name,
                )
            )

    def _set_confirmed(self):
        result = super()._set_confirmed()
        for termination in self.filtered("declaration_id"):
            termination.declaration_id._tell_outcome()
        return result

    def _set_withdrawn(self):
        result = super()._set_withdrawn()
        declarations = self.sudo().declaration_id
        recorded = declarations.filtered(lambda row: row.state == "recorded")
        for declaration in recorded:
            declaration._update_state("matched")
            declaration._put_in_inbox()
        return result
