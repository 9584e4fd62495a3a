from odoo import fields, models
from odoo.exceptions import UserError

# So many proofs are printed while somebody waits.
MOST = 40


class AccountPayment(models.Model):
    """What became of a debit, and until when it may come back (L14)."""

    _inherit = "account.payment"

    service_refund_until = fields.Date(related="payment_lot_id.service_refund_until")
    service_contest_until = fields.Date(related="payment_lot_id.service_contest_until")

    def _is_debit_of_order(self):
        self.ensure_one()
        return self.payment_type == "inbound" and bool(self.payment_lot_id)

    def _get_debit_returns(self):
        """Return the booked returns of debits: ``{payment: payment.return.line}``."""
        lines = self.env["payment.return.line"].sudo()
        found = dict.fromkeys(self, lines)
        if self.ids:
            booked = [("return_id.state", "=", "done")]
            own = [("move_line_ids.payment_id", "in", self.ids)]
            lines = lines.search([*booked, *own], order="id")
        for line in lines:
            for payment in line.move_line_ids.payment_id:
                if payment in found:
                    found[payment] += line
        return found

    # ----- Their proof -----

    def action_service_proof(self):
        """Give one file with all that proves debits, and that says what is missing (L14)."""
        self.env["service.debit.proof"]._check_provable(self)
        ids = "-".join(map(str, self.ids))
        url = f"/service_contract/debit_proof/{ids}"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}

    def _check_at_bank(self):
        """Refuse in words what is no debit, has not been at the bank, or is too much at once."""
        if not self or not all(payment._is_debit_of_order() for payment in self):
            raise UserError(self.env._("There is no debit to prove."))
        if waiting := self.filtered(
            lambda payment: payment.payment_lot_id.state not in ("uploading", "uploaded")
        ):
            raise UserError(
                self.env._(
                    "%(debits)s: the file has not been at the bank: there is nothing to prove yet.",
                    debits=", ".join(waiting.mapped("memo")),
                )
            )
        if len(self) > MOST:
            raise UserError(
                self.env._(
                    "Choose %(most)s debits at most: each is printed with its papers.", most=MOST
                )
            )
