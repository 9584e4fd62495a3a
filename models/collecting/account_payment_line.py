from odoo import fields, models

from ...tools.sepa import next_target_day


class AccountPaymentLine(models.Model):
    """When a debit is executed: on a TARGET day that its notice leaves, whatever was asked."""

    _inherit = "account.payment.line"

    def _prepare_write_draft2open(self):
        vals = super()._prepare_write_draft2open()
        if self._is_by_mandate():
            vals["date"] = self._get_execution_day(vals["date"])
        return vals

    def _prepare_account_payment_lot_vals(self, lot_sequence):
        """Name lots, and with them the end-to-end ids, by the message: new each time."""
        vals = super()._prepare_account_payment_lot_vals(lot_sequence)
        if self.payment_type == "inbound":
            vals["name"] = f"{self.order_id._get_message_id()}/LOT{lot_sequence}"
        return vals

    def _is_by_mandate(self):
        self.ensure_one()
        return self.payment_type == "inbound" and self.order_id.payment_method_id.mandate_required

    def _get_execution_day(self, wished):
        """Return the first possible TARGET day from a wished one on (L11, L12).

        Files reach the bank a TARGET day before.
        """
        today = fields.Date.context_today(self)
        first = next_target_day(today, lead=self.company_id._get_debit_lead())
        if self.move_line_id:
            first = max(first, self.move_line_id._get_collection_day())
        return max(next_target_day(wished), first)

    def _get_debit_errors(self):
        """Also look at what was announced, whichever button put the invoice into the order."""
        yield from super()._get_debit_errors()
        yield self.move_line_id.move_id._get_notice_problem(self.date)
