from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.client_actions import CLOSE


class ServiceDeclarationMatch(models.TransientModel):
    """Which contract a declaration means, said by a person: candidates first (L19, L21)."""

    _name = "service.declaration.match"
    _description = "Contract of a Declaration"
    _inherit = ["service.wizard.mixin"]

    declaration_id = fields.Many2one(
        "service.declaration", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="declaration_id.company_id")
    sent = fields.Text(compute="_compute_sent")
    candidate_ids = fields.One2many("service.declaration.candidate", "match_id", readonly=True)
    contract_id = fields.Many2one(
        "service.contract",
        string="Another Contract",
        domain="[('company_id', '=', company_id), ('state', '!=', 'cancelled')]",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Another Order",
        domain="[('company_id', '=', company_id), ('state', '!=', 'cancel')]",
    )

    @api.depends("declaration_id")
    @api.depends_context("lang")
    def _compute_sent(self):
        for match in self:
            declaration = match.declaration_id
            match.sent = declaration and declaration._describe()

    @api.model_create_multi
    def create(self, vals_list):
        matches = super().create(vals_list)
        for match in matches:
            candidates = match.declaration_id._get_candidates()
            match.candidate_ids = [
                fields.Command.create(match._prepare_candidate_vals(record, why))
                for record, why in candidates.items()
            ]
        return matches

    def _prepare_candidate_vals(self, record, why):
        name = "contract_id" if record._name == "service.contract" else "order_id"
        return {name: record.id, "why": ", ".join(why)}

    def action_match(self):
        """Match the declaration to what was chosen by hand."""
        self.ensure_one()
        return self._match(self.contract_id, self.order_id)

    def _match(self, contract, order):
        """Match the declaration to a contract, or else to an order, of its company."""
        declaration = self.declaration_id
        declaration.check_access("write")
        found = contract or order
        if not found:
            raise UserError(self.env._("Choose the contract, or the order, that is meant."))
        found.check_access("read")
        if found.company_id != declaration.company_id:
            raise UserError(self.env._("That belongs to another company than the declaration."))
        if declaration.state == "matched":
            declaration._update_state("received")
        declaration._set_matched(contract, order if not contract else order[:0], self.env.user)
        return CLOSE
