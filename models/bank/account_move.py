from odoo import models

from .upload_key import get_booking


class AccountMove(models.Model):
    """Entries of an upload, numbered in one go."""

    _inherit = "account.move"

    def _get_next_sequence_format(self):
        """Look up the format of numbers once for each journal and day: Odoo counts on by itself."""
        booking = get_booking(self.env)
        if booking is None:
            return super()._get_next_sequence_format()
        key = (self.journal_id.id, self.date, bool(self.origin_payment_id))
        if key not in booking.formats:
            booking.formats[key] = super()._get_next_sequence_format()
        format_string, values = booking.formats[key]
        return format_string, dict(values)

    def _compute_name(self):
        """Number the entries of taxes debit by debit, as if each were matched for itself."""
        booking = get_booking(self.env)
        if booking and booking.ranks:
            for move in self.sorted(lambda one: one._get_rank(booking.ranks)):
                if move.state == "posted" and move.name in (False, "/"):
                    move._set_next_sequence()
        return super()._compute_name()

    def _get_rank(self, ranks):
        rank = ranks.get(self.tax_cash_basis_rec_id.id, len(ranks))
        return rank, self.date, self.ref or "", self.id
