from odoo import models
from odoo.tools.misc import format_amount, format_date


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
                ("partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", "<", 0),
            ]
        )
        return credits._without_orders()

    def _get_undecided_credits(self, company):
        """Return the credits that keep lines from being debited, as nobody decided."""
        undecided = self.browse()
        for lines in self.grouped(lambda line: line.partner_id.commercial_partner_id).values():
            for credit in lines._get_open_credits(company):
                if not all(credit._is_accepted_for(move) for move in lines.move_id):
                    undecided += credit
        return undecided

    def _without_orders(self):
        """Return the lines that no payment or debit order holds."""
        return self.filtered(lambda line: not line.sudo()._is_service_debit_pending())

    def _is_accepted_for(self, move):
        """Tell whether a credit stood in what somebody decided about, in whatever language."""
        accepted = move._get_accepted_doubts()
        languages = self.env["res.lang"].get_installed() if accepted else []
        return any(
            self.with_context(lang=code)._describe_credit() in accepted for code, _name in languages
        )

    def _describe_credit(self):
        return self.env._(
            "%(customer)s has a credit of %(amount)s on account %(account)s (%(entry)s): match it "
            "with what is owed, then collect again.",
            customer=self.partner_id.display_name,
            amount=format_amount(self.env, -self.amount_residual_currency, self.currency_id),
            account=f"{self.account_id.code} {self.account_id.name}",
            entry=self.move_id.display_name,
        )

    def reconcile(self):
        """Book an upload whole: what was paid meanwhile leaves the debit as the customer's credit.

        Odoo would refuse all debits of the file for the one line that is paid already.
        """
        if not self.env.context.get("service_debit_upload"):
            return super().reconcile()
        lines = self.filtered(lambda line: not line.reconciled)
        return super(AccountMoveLine, lines).reconcile() if lines else None
