from odoo import models
from odoo.tools.misc import format_amount, format_date

from .debit_finding import Debit


class AccountMoveLine(models.Model):
    """A receivable line is debited once at a time, and a second time only if somebody says so."""

    _inherit = "account.move.line"

    def _is_service_debit_pending(self):
        """Return whether a debit order holds a receivable line.

        An uploaded one does where its method makes no payment entries: nothing else tells. With
        entries the line is open again only when the bank has returned the debit.
        """
        self.ensure_one()
        return any(
            line._is_unsent() or (not line.payment_ids.move_id and line._is_holding())
            for line in self.payment_line_ids
        )

    def _get_sent_debit(self):
        """Return the last debit of a line that went to the bank, whatever became of it."""
        self.ensure_one()
        debits = self.sudo().payment_line_ids
        return debits.filtered("order_id.date_uploaded").sorted("id")[-1:]

    def _is_debit_undecided(self):
        """Tell whether an open line was debited before and nobody has said: again (L15c)."""
        self.ensure_one()
        return self.move_id.service_debit_decision != "debit" and bool(self._get_sent_debit())

    def _get_sent_words(self):
        """Return in words when the line was debited before, empty where it was not."""
        debit = self._get_sent_debit()
        if not debit:
            return ""
        return self.env._(
            "%(invoice)s went to the bank with %(order)s on %(day)s and is open: decide on the "
            "invoice whether it is debited again.",
            invoice=self.move_id.display_name,
            order=debit.order_id.name,
            day=format_date(self.env, debit.order_id.date_uploaded),
        )

    def _get_open_credits(self, company):
        """Return what the customers of the lines have paid or were given back and is not used.

        A credit note in an order is not: it is paid out, or taken off by that order.
        """
        credits = self.search(
            [
                ("company_id", "=", company.id),
                (
                    "partner_id.commercial_partner_id",
                    "in",
                    self.partner_id.commercial_partner_id.ids,
                ),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", "<", 0),
            ]
        )
        return credits._without_orders()

    def _is_open_receivable(self):
        self.ensure_one()
        return self.account_id.account_type == "asset_receivable" and not self.reconciled

    def _without_orders(self):
        """Return the lines that no payment or debit order holds."""
        return self.filtered(lambda line: not line.sudo()._is_service_debit_pending())

    def _get_place(self):
        """Return what must be alike for a credit and a debt to be set off by themselves."""
        return self.partner_id.commercial_partner_id, self.account_id, self.currency_id

    def _describe_credit(self):
        return self.env._(
            "%(customer)s has a credit of %(amount)s on account %(account)s (%(entry)s): match it "
            "with what is owed, then collect again.",
            customer=self.partner_id.display_name,
            amount=format_amount(self.env, -self.amount_residual_currency, self.currency_id),
            account=f"{self.account_id.code} {self.account_id.name}",
            entry=self.move_id.display_name,
        )

    def _describe_set_off(self):
        return self.env._(
            "%(customer)s has a credit of %(amount)s (%(entry)s): it is set off first, the rest is "
            "debited.",
            customer=self.partner_id.display_name,
            amount=format_amount(self.env, -self.amount_residual_currency, self.currency_id),
            entry=self.move_id.display_name,
        )

    # ----- Before a debit -----

    def _get_debit_findings(self, sets_off=False):
        """Return ``{line: [Finding, …]}``: all that speaks against debiting open receivables.

        :param bool sets_off: whether credits are set off before, as a billing run does
        """
        debits = [line._as_debit() for line in self.sudo()]
        found = self.env["service.debit.linter"]._lint(debits, sets_off)
        return {line: found[debit] for line, debit in zip(self, debits, strict=True)}

    def _as_debit(self):
        """Return the debit that the next order would make of the line."""
        move = self.move_id
        return Debit(
            line=self,
            order_line=self.env["account.payment.line"],
            method=move.preferred_payment_method_line_id,
            mandate=move.mandate_id,
            amount=self.amount_residual_currency,
            currency=self.currency_id,
            company=self.company_id,
        )

    def _follow_in_orders(self):
        """Tell the orders that debit the lines and are not at the bank what is left of them."""
        waiting = self.sudo().payment_line_ids.filtered(
            lambda debit: debit.payment_type == "inbound" and debit._is_unsent()
        )
        for order, debits in waiting.grouped("order_id").items():
            order._follow_books(debits)
