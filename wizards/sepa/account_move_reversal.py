from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...models.common.field_values import get_label


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    service_debit_warning = fields.Text(compute="_compute_service_debit_warning")

    @api.depends("move_ids")
    @api.depends_context("lang")
    def _compute_service_debit_warning(self):
        for wizard in self:
            held = {move: move._get_holding_debit() for move in wizard.move_ids}
            notes = [
                wizard._describe_debit(move, debit, debit.order_id)
                for move, debit in held.items()
                if debit
            ]
            notes += [wizard._describe_no_rebilling()] if notes else []
            wizard.service_debit_warning = "\n".join(notes)

    def _describe_debit(self, move, debit, order):
        """Return in words what becomes of the debit, whatever the credit note takes off."""
        names = {"invoice": move.display_name, "order": order.name}
        if not debit._is_unsent():
            return self.env._(
                "%(invoice)s is debited by %(order)s, whose file went to the bank on %(day)s: that "
                "debit is not stopped. What the credit note takes off is the customer's: pay it "
                "back, or set it off against another invoice.",
                day=format_date(self.env, order.date_uploaded),
                **names,
            )
        if debit.state == "generated":
            return self.env._(
                "%(invoice)s is in the file of %(order)s: once that goes to the bank, the whole "
                "amount is debited, and what the credit note takes off is to be paid back. Cancel "
                "the order first to debit only what is left.",
                **names,
            )
        return self.env._(
            "%(invoice)s is in the debit order %(order)s (%(state)s), which makes no file of more "
            "than is open: cancel it and collect again, or take the debit out of it while it is a "
            "draft.",
            state=get_label(order, "state"),
            **names,
        )

    def _describe_no_rebilling(self):
        return self.env._(
            "Meanwhile no invoice is made anew at once: both would be debited. Book the credit "
            "note alone, then bill."
        )

    def reverse_moves(self, is_modify=False):
        """Bill anew only what no debit holds: both invoices would be debited."""
        if is_modify:
            self.move_ids._check_not_debited()
        return super().reverse_moves(is_modify=is_modify)
