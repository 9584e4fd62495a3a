from odoo import api, fields, models
from odoo.tools.misc import clean_context

from ...models.charge.account_move_line import BILLING


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
        help="What the lines of the credit note leave of the charges that they give back.",
    )

    @api.depends("move_ids")
    def _compute_service_has_charges(self):
        for wizard in self:
            wizard.service_has_charges = bool(wizard.move_ids._get_service_charges())

    def reverse_moves(self, is_modify=False):
        """The lines of the credit note carry the decision; made anew, they bill it at once."""
        decision = False if is_modify else self.service_after_credit
        context = clean_context(self.env.context)
        wizard = self.with_context(context, service_after_credit=decision, service_billing=BILLING)
        return super(AccountMoveReversal, wizard).reverse_moves(is_modify=is_modify)
