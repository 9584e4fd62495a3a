from odoo import fields, models


class ServiceExitSimulation(models.TransientModel):
    """The simulation of what a customer declared: its termination says so (L19, L21)."""

    _inherit = "service.exit.simulation"

    declaration_id = fields.Many2one(
        "service.declaration", string="Declared by", readonly=True, ondelete="cascade"
    )

    def _prepare_termination_vals(self):
        return {**super()._prepare_termination_vals(), "declaration_id": self.declaration_id.id}
