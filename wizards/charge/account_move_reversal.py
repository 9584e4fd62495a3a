from odoo import api, fields, models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    service_has_charges = fields.Boolean(compute="_compute_service_has_charges")
    service_after_credit = fields.Selection(
        [
            ("waived", "Nothing more is owed"),
            ("owed", "Owed again: the next billing run bills it anew"),
        ],
        string="Service Charges",
        default="waived",
        help="What a full credit leaves of the charges on these invoices.",
    )

    @api.depends("move_ids")
    def _compute_service_has_charges(self):
        for wizard in self:
            wizard.service_has_charges = bool(wizard.move_ids._get_service_charges())

    def reverse_moves(self, is_modify=False):
        charges = self.move_ids._get_service_charges()
        result = super().reverse_moves(is_modify=is_modify)
        if charges:
            charges.after_credit = False if is_modify else self.service_after_credit
            charges._sync_billing()
        return result
