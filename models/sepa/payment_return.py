from collections import defaultdict

from odoo import api, fields, models
from odoo.tools.misc import format_amount, format_date


class PaymentReturn(models.Model):
    """A debit that came back: debited again only if somebody says so (L15c)."""

    _inherit = "payment.return"

    service_vat_warning = fields.Text(compute="_compute_service_vat_warning", compute_sudo=True)

    # ----- What is debited again -----

    def action_confirm(self):
        invoices = self._get_returned_invoices()
        warning = self.service_vat_warning
        result = super().action_confirm()
        if warning:
            self.message_post(body=warning)
        for move, line in invoices.items():
            move._ask_debit_decision(line._describe_return())
        return result

    def _get_returned_invoices(self):
        """Return ``{invoice: line of the return}`` as long as the debits pay their invoices."""
        return {
            move: line
            for line in self.sudo().line_ids
            for move in line.move_line_ids.matched_debit_ids.debit_move_id.move_id
            if move.move_type == "out_invoice"
        }

    def action_cancel(self):
        """A return that was none: its debits pay again, nothing is left to decide."""
        debits = self.sudo().move_id.line_ids.matched_credit_ids.origin_returned_move_ids
        result = super().action_cancel()
        paid = debits.move_id.filtered(
            lambda move: move.service_debit_decision == "ask" and not move.returned_payment
        )
        paid._end_debit_decision()
        return result

    # ----- VAT on payment -----

    @api.depends("date", "state", "company_id", "line_ids.move_line_ids")
    @api.depends_context("lang")
    def _compute_service_vat_warning(self):
        for one in self:
            is_open = one.state in ("draft", "imported")
            amounts = one._get_early_taxes() if is_open and one.date else {}
            sentences = [one._describe_early_tax(*item) for item in sorted(amounts.items())]
            one.service_vat_warning = "\n".join(sentences)

    def _get_early_taxes(self):
        """Return ``{day: VAT on payment}`` that confirming takes back in an earlier month (L15c).

        It is taken back on the day on which it fell due with the debit, or after the tax lock
        date: VAT on payment of a debit that comes back is the return month's.
        """
        self.ensure_one()
        partials = self.line_ids.move_line_ids.matched_debit_ids
        entries = self.env["account.move"].search(
            [("tax_cash_basis_rec_id", "in", partials.ids), ("state", "=", "posted")]
        )
        amounts = defaultdict(float)
        for entry in entries:
            day = entry._get_accounting_date(entry.date, entry._affect_tax_report())
            if (day.year, day.month) < (self.date.year, self.date.month):
                taxes = entry.line_ids.filtered("tax_line_id")
                amounts[day] += abs(sum(taxes.mapped("balance")))
        return amounts

    def _describe_early_tax(self, day, amount):
        return self.env._(
            "VAT on payment: confirming takes back %(amount)s on %(day)s, the day of the debit, "
            "although the bank returned it on %(returned)s. Where that month is declared already, "
            "first set the tax lock date to its last day: the VAT is then taken back after it.",
            amount=format_amount(self.env, amount, self.company_id.currency_id),
            day=format_date(self.env, day),
            returned=format_date(self.env, self.date),
        )
