from odoo import api, fields, models


class ServiceDebitAnyway(models.TransientModel):
    """Asks why an invoice is debited although it may be paid already: the reason is kept."""

    _name = "service.debit.anyway"
    _description = "Reason to Debit Anyway"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    move_ids = fields.Many2many(
        "account.move", string="Invoices", required=True, readonly=True, lock="once"
    )
    check_id = fields.Many2one("service.debit.check", readonly=True, lock="once")
    doubts = fields.Text(string="What Speaks against It", compute="_compute_doubts")
    reason = fields.Char(required=True)

    @api.model
    def _open(self, moves, **vals):
        """Ask for the reason; nothing is decided before it is given."""
        wizard = {f"default_{name}": value for name, value in vals.items()}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Debit Anyway"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_move_ids": moves.ids, **wizard},
        }

    @api.depends("move_ids")
    @api.depends_context("lang")
    def _compute_doubts(self):
        for wizard in self:
            found = wizard.move_ids._origin._find_debit_doubts()
            wizard.doubts = "\n".join(dict.fromkeys(sum(found.values(), [])))

    def action_confirm(self):
        """Have the invoices debited, for a reason that stands in their chatter."""
        self.ensure_one()
        self.move_ids._debit_anyway(self.reason)
        return self.check_id.action_look_again() if self.check_id else None
