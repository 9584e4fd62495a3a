from odoo import api, fields, models
from odoo.tools.misc import format_date

PLACES = [
    ("here", "Not at the bank: void it, and make it anew without what is paid"),
    ("bank", "At the bank: the debit is booked all the same"),
]


class AccountPaymentRegister(models.TransientModel):
    """Asks before what a debit order holds is paid otherwise: what becomes of the debit?"""

    _inherit = "account.payment.register"

    service_debit_warning = fields.Text(compute="_compute_service_debit")
    service_is_file_waiting = fields.Boolean(compute="_compute_service_debit")
    service_file_place = fields.Selection(
        PLACES, string="Where is the file?", help="Only you know whether the bank has it."
    )

    @api.depends("line_ids")
    @api.depends_context("lang", "uid")
    def _compute_service_debit(self):
        may_make = self.env["account.payment.order"].has_access("create")
        for wizard in self:
            debits = wizard._get_waiting_debits()
            wizard.service_debit_warning = "\n".join(map(wizard._describe_waiting, debits))
            taken = debits.order_id.filtered(
                lambda order: order.state == "generated" and order._is_file_taken()
            )
            wizard.service_is_file_waiting = may_make and bool(taken)

    def _get_waiting_debits(self):
        """Return the debits of open orders that take what is to be paid."""
        lines = self.line_ids.filtered(lambda line: line.move_id.service_has_debit)
        debits = lines.sudo().payment_line_ids
        return debits.filtered(lambda debit: debit.payment_type == "inbound" and debit._is_unsent())

    def _describe_waiting(self, debit):
        names = {"invoice": debit.move_line_id.move_id.display_name, "order": debit.order_id.name}
        if debit.state == "generated" and not debit.order_id._is_file_taken():
            return self.env._(
                "%(invoice)s is in the debit order %(order)s, whose file nobody has taken yet: "
                "once it is paid that file is void, and made anew without it.",
                **names,
            )
        if debit.state == "generated":
            return self.env._(
                "%(invoice)s is in the file of the debit order %(order)s, made on %(day)s.",
                day=format_date(self.env, debit.order_id.date_generated),
                **names,
            )
        return self.env._(
            "%(invoice)s is in the debit order %(order)s, which has no file yet: once it is paid "
            "it leaves that order.",
            **names,
        )

    def action_create_payments(self):
        """Make the files anew that the user says are not at the bank."""
        waiting = self._get_waiting_debits().order_id if self.service_file_place == "here" else None
        action = super().action_create_payments()
        if waiting:
            waiting.sudo(False).filtered(
                lambda order: order.state == "generated"
            ).action_make_anew()
        return action
