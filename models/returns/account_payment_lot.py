from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_amount, format_date

from ..bank.account_bank_statement_line import DAYS_APART, LOT
from ..bank.account_payment_lot import DAYS_AROUND


class AccountPaymentLot(models.Model):
    """The credits of lots that a bank's file tells of, less what came back with them."""

    _inherit = "account.payment.lot"

    # ----- Which lots it means -----

    @api.model
    def _find_credits(self, credits, files):
        """Return what a file credits of our lots, as values that can be kept, in its order.

        By their names, the message's or the debits'; else the only lot of that amount and time.

        :param credits: ``tools.bank_returns.BankCredit``
        :param files: ``service.bank.file``, which knows the journal of an account
        """
        if not credits:
            return []
        named = self._index_named(credits)
        debits = self._index_credited_debits(credits)
        waiting = self._index_waiting(files, {credit.account for credit in credits})
        found, payments = [], self.env["account.payment"]
        for credit in credits:
            ids = (*credit.debits, *credit.returned)
            own = payments.union(*(debits[name] for name in ids if name in debits))
            names = self._get_credit_names(credit) & named.keys()
            lots = self.browse().union(*(named[name] for name in sorted(names)))
            lots = lots or own.payment_lot_id or self._find_by_amount(waiting, credit)
            if lots:
                found.append(self._prepare_credit(credit, lots, own))
        return found

    def _get_credit_names(self, credit):
        return {*credit.names, *LOT.findall(credit.text)}

    def _index_named(self, credits):
        """Return ``{name: lots}`` of the lots that credits name, or name by their message."""
        names = set().union(*(self._get_credit_names(credit) for credit in credits))
        own = [
            ("company_id", "=", self.env.company.id),
            ("state", "=", "uploaded"),
            ("payment_type", "=", "inbound"),
        ]
        meant = Domain("name", "in", list(names)) | Domain("order_id.name", "in", list(names))
        lots = self.search(Domain(own) & meant) if names else self.browse()
        return {**lots.grouped(lambda lot: lot.order_id.name), **lots.grouped("name")}

    def _index_credited_debits(self, credits):
        """Return ``{end-to-end id: payment}`` of the debits that credits contain, or take off."""
        names = {name for credit in credits for name in (*credit.debits, *credit.returned)}
        payments = self.env["account.payment"]
        if not names:
            return {}
        return payments.search(
            [
                ("memo", "in", list(names)),
                ("company_id", "=", self.env.company.id),
                ("payment_type", "=", "inbound"),
                ("payment_lot_id.state", "=", "uploaded"),
            ]
        ).grouped("memo")

    def _index_waiting(self, files, accounts):
        """Return ``{(account, amount): lots}`` that wait for a credit, whole or less returns."""
        own = Domain("company_id", "=", self.env.company.id)
        waiting, index = self.search(self._get_waiting_domain() & own), {}
        if waiting:
            journals = files._index_journals(accounts)
        for lot in waiting:
            lines = lot._get_lines_to_credit()
            rest = lines - lines._get_lines_of(lot._get_returned())
            amounts = {sum(some.mapped("amount_residual_currency")) for some in (lines, rest)}
            for account, journal in journals.items():
                for amount in amounts if journal == lot.journal_id else ():
                    key = (account, f"{amount:.2f}")
                    index[key] = index.get(key, self.browse()) + lot
        return index

    def _find_by_amount(self, waiting, credit):
        """Return the only lot whose credit an amount can be, none where several could be it."""
        around = timedelta(days=DAYS_AROUND)
        lots = waiting.get((credit.account, f"{credit.amount:.2f}"), self.browse())
        fitting = lots.filtered(lambda lot: abs(lot.date - credit.day) <= around)
        return fitting if len(fitting) == 1 else self.browse()

    def _prepare_credit(self, credit, lots, debits):
        """Return the values of a credit, which are kept with the file until it is booked."""
        back = debits.filtered(lambda payment: payment.memo in credit.returned)
        return {
            "lots": lots.ids,
            "debits": debits.filtered(lambda payment: payment.memo in credit.debits).ids,
            "returned": back.ids,
            "day": fields.Date.to_string(credit.day),
            "amount": float(credit.amount),
            "fee": float(credit.fee),
            "state": "known" if lots._is_credited() else "ready",
        }

    # ----- Booked -----

    @api.model
    def _book_credit(self, values):
        """Book a credit of a file; return what it is then: ``booked``, ``known`` or ``open``.

        It is the line of an imported statement where there is one, else a line is made.
        """
        lots = self.browse(values["lots"]).exists()
        if lots._is_credited():
            return "known"
        debits, returned, account = self._get_credited(values, lots)
        if not debits or (values["fee"] and not account):
            return "open"
        day = fields.Date.to_date(values["day"])
        apart = timedelta(days=DAYS_APART)
        bank_line = lots._find_bank_line(values["amount"], day - apart, day + apart)
        if not bank_line:
            bank_line = self.env["account.bank.statement.line"]._create_credit(
                lots, day, values["amount"]
            )
        lots._credit(bank_line, debits, account, returned=returned)
        return "booked"

    def _get_credited(self, values, lots):
        """Return the lines that a credit pays, the payments taken off, the account of the fee."""
        payments = self.env["account.payment"]
        returned = payments.browse(values["returned"]).exists()
        debits = payments.browse(values["debits"]).exists()
        account = lots.journal_id[:1].default_expense_account_id
        lines = lots._choose_lines(values["amount"], returned, values["fee"])
        if not lines and debits:
            lines = lots._choose_lines(
                values["amount"], lots.payment_ids - (debits - returned), values["fee"]
            )
        return lines, returned, account

    @api.model
    def _describe_credit_of(self, values):
        """Return a credit of a file in words: day, amount, lots, and what is left to do."""
        lots = self.browse(values["lots"]).exists()
        names = {
            "day": format_date(self.env, values["day"]),
            "amount": format_amount(
                self.env, values["amount"], lots.currency_id[:1] or self.env.company.currency_id
            ),
            "lots": ", ".join(lots.mapped("name")),
        }
        if values["state"] == "open":
            return self.env._(
                "%(day)s: %(amount)s for %(lots)s is another amount than its debits: choose "
                "“Credited…” on the lot, and say what the bank has taken off.",
                **names,
            )
        if values["state"] == "booked":
            return self.env._("%(day)s: %(amount)s for %(lots)s, booked", **names)
        if values["state"] == "known":
            return self.env._("%(day)s: %(amount)s for %(lots)s, known already", **names)
        return self.env._("%(day)s: %(amount)s for %(lots)s", **names)

    # ----- What came back with a lot -----

    def _net_returns(self):
        """Match debits that a credit did not contain with the entries of their returns."""
        result = super()._net_returns()
        for lot in self.filtered("service_credit_date"):
            open_lines = lot._get_lines_to_credit()
            rows = self.env["payment.return.line"].search(
                [
                    ("move_line_ids.payment_id", "in", open_lines.payment_id.ids),
                    ("return_id.state", "=", "done"),
                ]
            )
            for one in rows.return_id:
                lot._net_return(one, open_lines)
        return result

    def _net_return(self, one, open_lines):
        taken = one.line_ids.move_line_ids.payment_id
        back = open_lines.filtered(lambda line: line.payment_id in taken)
        counterpart = one.move_id.line_ids.filtered(
            lambda line: line.account_id == back.account_id[:1] and not line.reconciled
        )
        if back and counterpart:
            (back + counterpart).reconcile()
