from odoo import fields, models


class ServiceDeclarationCandidate(models.TransientModel):
    """A contract or an order that a declaration may mean, and what speaks for it."""

    _name = "service.declaration.candidate"
    _description = "Candidate of a Declaration"
    _inherit = ["service.wizard.mixin"]

    match_id = fields.Many2one("service.declaration.match", required=True, ondelete="cascade")
    contract_id = fields.Many2one("service.contract", readonly=True)
    order_id = fields.Many2one("sale.order", string="Sales Order", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_partner_id", compute_sudo=True
    )
    why = fields.Char(string="What Speaks for It", readonly=True)

    def _compute_partner_id(self):
        for candidate in self:
            candidate.partner_id = (candidate.contract_id or candidate.order_id).partner_id

    def action_choose(self):
        """Match the declaration to this candidate."""
        self.ensure_one()
        return self.match_id._match(self.contract_id, self.order_id)
