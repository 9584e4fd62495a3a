from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.sheet.service_session_settlement import SETTLEMENTS


class ServiceSessionSettlement(models.TransientModel):
    """Settle a contested session: waive, reduce or confirm, with a word to the customer (S30)."""

    _name = "service.session.settlement"
    _description = "Settle a Contested Session"
    _inherit = ["service.wizard.mixin"]

    session_id = fields.Many2one("service.session", required=True, ondelete="cascade")
    contest_text = fields.Text(related="session_id.contest_text")
    currency_id = fields.Many2one(related="session_id.currency_id")
    is_tax_included = fields.Boolean(compute="_compute_price")
    price = fields.Monetary(string="Price Contested", compute="_compute_price")
    settlement = fields.Selection(SETTLEMENTS, required=True, default="confirm")
    amount = fields.Monetary(string="New Price")
    reason_id = fields.Many2one(
        "service.reason",
        domain="[('usage', '=', 'waive' if settlement == 'waive' else 'price')]",
    )
    note = fields.Text(
        string="Message to the Customer", required=True, help="Sent by mail, and kept here."
    )

    @api.depends("session_id")
    def _compute_price(self):
        for wizard in self:
            charges = wizard.session_id.charge_ids.filtered(lambda row: row.state == "on_hold")
            wizard.price = sum(charges.mapped("amount"))
            wizard.is_tax_included = any(charges.tax_ids.mapped("price_include"))

    def action_settle(self):
        self.ensure_one()
        self.session_id.check_access("write")
        self._check_complete()
        self.session_id._settle_sheet(
            self.settlement, self.note, reason=self.reason_id, amount=self.amount
        )

    def _check_complete(self):
        if self.settlement != "confirm" and not self.reason_id:
            raise UserError(self.env._("Choose a reason: it is shown with the charge."))
        if self.settlement == "reduce" and not 0 < self.amount < self.price:
            raise UserError(
                self.env._("A reduced price is above zero and below the one that is contested.")
            )
