from odoo import fields, models


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
        if entries := self.sudo().move_id.line_ids:
            domain = [("move_line_ids", "in", entries.ids), ("return_id.state", "=", "done")]
            lines = lines.search(domain, order="id")
        for line in lines:
            for payment in line.move_line_ids.payment_id.with_env(self.env) & self:
                found[payment] += line
        return found
