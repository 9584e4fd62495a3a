from odoo import api, fields, models

from ...models.common.client_actions import CLOSE


class ServiceContractActivation(models.TransientModel):
    """What activating a contract with a past start bills at once: asked before it does."""

    _name = "service.contract.activation"
    _description = "Activation with a Past Start"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, readonly=True, ondelete="cascade"
    )
    date_start = fields.Date(related="contract_id.date_start")
    backlog_note = fields.Text(compute="_compute_backlog_note")

    @api.depends("contract_id")
    @api.depends_context("lang")
    def _compute_backlog_note(self):
        for wizard in self:
            wizard.backlog_note = wizard.contract_id._describe_backlog()

    def action_activate(self):
        """Activate the contract as it is: what is past is billed."""
        self.ensure_one()
        self.contract_id.check_access("write")
        self.contract_id.action_activate()
        return {**CLOSE}

    def action_start_today(self):
        """Let the contract start today and activate it: nothing that is past is billed."""
        self.ensure_one()
        self.contract_id.check_access("write")
        self.contract_id.date_start = self.contract_id._get_local_today()
        self.contract_id.action_activate()
        return {**CLOSE}
