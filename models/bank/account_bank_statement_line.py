import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .upload_key import BOOKED, KEY, is_booked

LOT = re.compile(r"\S+/LOT\d+")
CREDIT = "credit"
# How many days an imported line may be apart from what was booked before it.
DAYS_APART = 5


class AccountBankStatementLine(models.Model):
    """The bank's line of a lot of debits: it is recognised by the lot's name, and pays them."""

    _name = "account.bank.statement.line"
    _inherit = ["account.bank.statement.line", "service.workflow.mixin"]

    service_is_provisional = fields.Boolean(
        string="Made Here",
        readonly=True,
        copy=False,
        help="Somebody or a file has told of this credit: an imported line takes its place.",
        lock="workflow",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Recognise the credits of lots in what is imported."""
        lines = super().create(vals_list)
        if not is_booked(self.env):
            incoming = lines.filtered(lambda line: line.amount > 0).sudo()
            incoming._match_isolated(incoming._find_provisional())
        return lines

    def _get_named_lots(self):
        return LOT.findall(self.payment_ref or "")

    def _find_provisional(self):
        """Return ``{line: the line made here for the same credit}``.

        Of the same account and amount, and of the same lots, where it names any, else a few days
        apart and alone: the rest is a person's.
        """
        if not self:
            return {}
        made = self.search(
            [
                ("service_is_provisional", "=", True),
                ("journal_id", "in", self.journal_id.ids),
                ("amount", "in", self.mapped("amount")),
            ]
        )
        found = {}
        for line in self if made else ():
            alike = made.filtered(lambda other, line=line: line._is_same(other))
            if len(alike) == 1 and alike not in found.values():
                found[line] = alike
        return found

    def _is_same(self, other):
        """Tell whether a line can be what was booked by another one before."""
        names = set(self._get_named_lots())
        apart = abs((self.date - other.date).days)
        return (
            self.journal_id == other.journal_id
            and not self.company_currency_id.compare_amounts(self.amount, other.amount)
            and (bool(names & set(other._get_named_lots())) if names else apart <= DAYS_APART)
        )

    def _match_isolated(self, provisional):
        """Match lines with what they are the credit of; what fails keeps no import."""
        known = self.filtered(lambda line: line in provisional or line._get_named_lots())
        if known:
            self.env["service.batch.runner"]._run_isolated(
                known, lambda some: some._match_each(provisional), kind="sepa", job=CREDIT
            )

    def _match_each(self, provisional):
        for line in self:
            if other := provisional.get(line):
                other._give_way(line)
            else:
                lots = line._find_named_lots()
                if chosen := lots._choose_lines(line.amount):
                    lots._credit(line, chosen)

    def _find_named_lots(self):
        self.ensure_one()
        return self.env["account.payment.lot"].search(
            [
                ("name", "in", self._get_named_lots()),
                ("company_id", "=", self.company_id.id),
                ("journal_id", "=", self.journal_id.id),
                ("state", "=", "uploaded"),
            ]
        )

    def _give_way(self, line):
        """Let an imported line pay what this one, which was made here, has paid; and its fee."""
        debits = self.line_ids.matched_debit_ids.debit_move_id
        lots = self.env["account.payment.lot"].search([("service_credit_line_id", "=", self.id)])
        liquidity, _suspense, others = self._seek_for_lines()
        fee_account = (others - liquidity).account_id - debits.account_id
        returned = lots.payment_ids - debits.move_id.origin_payment_id
        self.action_undo_reconciliation()
        lots._as_workflow().write({"service_credit_date": False, "service_credit_line_id": False})
        self.unlink()
        debits.move_id.origin_payment_id.payment_lot_id._credit(
            line, debits, fee_account[:1], returned=returned
        )

    @api.model
    def _create_credit(self, lots, day, amount):
        """Return a new bank line that credits lots, of which a person or a file tells."""
        vals = {
            "journal_id": lots.journal_id[:1].id,
            "date": day,
            "payment_ref": ", ".join(lots.mapped("name")),
            "amount": amount,
            "service_is_provisional": True,
        }
        own = self._as_workflow().with_context(**{KEY: BOOKED})
        return own.create(vals).with_env(self.env)

    def _match_debits(self, lines, fee_account=None):
        """Put the debits' account in the place of the suspense account, and match them.

        The difference to what the bank has credited is booked on the account of its fees.
        """
        self.ensure_one()
        if len(lines.account_id) != 1:
            raise UserError(self.env._("The debits stand on several accounts: credit each lot."))
        _liquidity, suspense, others = self._seek_for_lines()
        total = -sum((suspense + others).mapped("amount_currency"))
        open_amount = sum(lines.mapped("amount_residual_currency"))
        kept = lines.currency_id[:1].round(open_amount - total)
        if kept and not fee_account:
            raise UserError(
                self.env._(
                    "%(line)s: the bank has credited another amount. Say on which account its "
                    "fees are booked.",
                    line=self.payment_ref or self.display_name,
                )
            )
        commands = self._prepare_credit_commands(suspense + others, lines, kept, fee_account)
        own = self.with_context(force_delete=True, skip_readonly_check=True)
        own.write({"checked": True, "line_ids": commands})
        paying = self.move_id.line_ids.filtered(lambda line: line.account_id == lines.account_id)
        (paying + lines).reconcile()

    def _prepare_credit_commands(self, replaced, lines, kept, fee_account):
        """Return the commands that book a credit: the debits in one line, and the fee."""
        fee = self._prepare_credit_line(fee_account, kept) if kept else {}
        total = sum(lines.mapped("amount_residual_currency"))
        paid = self._prepare_credit_line(lines.account_id, -total)
        paid["balance"] = sum(replaced.mapped("balance")) - fee.get("balance", 0)
        added = [paid, fee] if fee else [paid]
        return [Command.delete(line.id) for line in replaced] + [
            Command.create(vals) for vals in added
        ]

    def _prepare_credit_line(self, account, amount):
        """Return the values of a line of the bank's entry, at the rate of its amount."""
        currency = self.foreign_currency_id or self.journal_id.currency_id
        currency = currency or self.company_currency_id
        found = self._prepare_counterpart_amounts_using_st_line_rate(currency, amount, amount)
        return {
            "name": self.payment_ref,
            "account_id": account.id,
            "currency_id": currency.id,
            "amount_currency": found["amount_currency"],
            "balance": found["balance"],
        }
