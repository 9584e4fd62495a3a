from odoo import models

from .upload_key import is_booked


class AccountMoveLine(models.Model):
    """A receivable line whose debit is being booked."""

    _inherit = "account.move.line"

    def _is_service_debit_pending(self):
        """A debit that is being booked holds its line until it pays it."""
        being_booked = self.payment_line_ids.filtered(lambda line: line.state == "uploading")
        return bool(being_booked) or super()._is_service_debit_pending()

    def _get_lines_of(self, payments):
        """Return those of the lines that are of some payments' entries."""
        ids = set(payments.ids) if payments else ()
        return self.filtered(lambda line: line.payment_id.id in ids)

    def reconcile(self):
        """Leave to the upload's own steps what they have matched: the stack matches it anew."""
        return None if is_booked(self.env) else super().reconcile()
