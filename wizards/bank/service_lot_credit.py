from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...models.bank.account_payment_lot import DAYS_AROUND


class ServiceLotCredit(models.TransientModel):
    """When the bank has credited lots: on a day, or by a line of its journal."""

    _name = "service.lot.credit"
    _description = "Credit of Debit Lots"
    _inherit = ["service.wizard.mixin"]

    lot_ids = fields.Many2many("account.payment.lot", string="Lots", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_amounts")
    journal_id = fields.Many2one("account.journal", compute="_compute_amounts")
    currency_id = fields.Many2one("res.currency", compute="_compute_amounts")
    expected = fields.Monetary(string="To Be Credited", compute="_compute_amounts")
    returned = fields.Monetary(
        string="Returned by the Bank",
        compute="_compute_amounts",
        help="Debits of these lots that came back already.",
    )
    is_netted = fields.Boolean(
        string="Returns Taken Off",
        help="The bank has credited the lots less the returned debits.",
    )
    line_id = fields.Many2one(
        "account.bank.statement.line",
        string="Bank Line",
        domain="[('journal_id', '=', journal_id), ('is_reconciled', '=', False), "
        "('amount', '>', 0)]",
        help="The credit, where the statement is imported already. Otherwise a line is made, which "
        "gives way to the one that is imported later.",
    )
    date = fields.Date(
        string="Credited on", required=True, compute="_compute_date", store=True, readonly=False
    )
    fee = fields.Monetary(string="Bank Fee", compute="_compute_fee", store=True, readonly=False)
    fee_account_id = fields.Many2one(
        "account.account",
        compute="_compute_fee_account_id",
        store=True,
        readonly=False,
        check_company=True,
    )

    @api.depends("lot_ids", "is_netted")
    def _compute_amounts(self):
        for wizard in self:
            lots = wizard.lot_ids.sudo()
            wizard.company_id = lots.company_id[:1]
            wizard.journal_id = lots.journal_id[:1]
            wizard.currency_id = lots.currency_id[:1] or lots.company_id.currency_id[:1]
            lines = lots._get_lines_to_credit()
            back = lines._get_lines_of(lots._get_returned())
            wizard.returned = sum(back.mapped("amount_residual_currency"))
            total = sum(lines.mapped("amount_residual_currency"))
            wizard.expected = total - (wizard.returned if wizard.is_netted else 0)

    @api.depends("line_id")
    def _compute_date(self):
        for wizard in self:
            today = fields.Date.context_today(wizard)
            day = max(wizard.lot_ids.mapped("date"), default=today)
            wizard.date = wizard.line_id.date or day

    @api.depends("line_id", "expected")
    def _compute_fee(self):
        """What the bank's line lacks is its fee, as far as nobody says otherwise."""
        for wizard in self:
            missing = wizard.expected - wizard.line_id.amount if wizard.line_id else 0
            wizard.fee = max(missing, 0)

    @api.depends("journal_id")
    def _compute_fee_account_id(self):
        for wizard in self:
            wizard.fee_account_id = wizard.journal_id.sudo().default_expense_account_id

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        lots = self.env["account.payment.lot"].browse(self.env.context.get("default_lot_ids"))
        if lots and "line_id" in fields:
            values["line_id"] = self._find_line(lots).id
        return values

    @api.model
    def _find_line(self, lots):
        """Return the only line of the journal that can be the credit of the lots."""
        wizard = self.new({"lot_ids": [fields.Command.set(lots.ids)]})
        return lots._find_bank_line(
            wizard.currency_id.round(wizard.expected),
            fields.Date.subtract(min(lots.mapped("date")), days=DAYS_AROUND),
            fields.Date.add(max(lots.mapped("date")), days=DAYS_AROUND),
        )

    def action_confirm(self):
        """Book the credit: the invoices of the lots are paid."""
        self.ensure_one()
        lots = self.lot_ids
        lots.check_access("write")
        self._check_lots(lots)
        returned = lots._get_returned() if self.is_netted else None
        if not self.line_id:
            lots.sudo()._credit_alone(self.date, self.fee, returned, self.fee_account_id)
            return None
        self._check_amount(lots)
        lines = lots.sudo()._get_lines_to_credit()
        lines -= lines._get_lines_of(returned)
        lots.sudo()._credit(self.line_id.sudo(), lines, self.fee_account_id, returned=returned)
        return None

    def _check_lots(self, lots):
        """Refuse lots that are not at the bank, are credited, or stand on several accounts."""
        wrong = lots.filtered(
            lambda lot: (
                lot.state != "uploaded" or lot.payment_type != "inbound" or lot.service_credit_date
            )
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(lots)s: not at the bank, or credited already.",
                    lots=", ".join(wrong.mapped("name")),
                )
            )
        if len(lots.journal_id) > 1:
            raise UserError(self.env._("These lots are of several accounts: credit each one."))
        if not self.line_id:
            self._check_date(max(lots.mapped("date")))
        if self.fee and not self.fee_account_id:
            raise UserError(self.env._("Choose the account on which the bank's fee is booked."))

    def _check_date(self, first):
        """Refuse a day before the debit, or a later one that is to come."""
        if not first <= self.date <= max(fields.Date.context_today(self), first):
            raise UserError(
                self.env._(
                    "The bank credits these lots on %(first)s at the earliest, and you say that it "
                    "has: give the day that stands on the statement.",
                    first=format_date(self.env, first),
                )
            )

    def _check_amount(self, lots):
        """Refuse a bank line of another amount, another journal, or one that is used already."""
        line, amount = self.line_id, self.expected - self.fee
        if line.is_reconciled or line.journal_id != self.journal_id:
            raise UserError(
                self.env._("%(line)s is no open line of this account.", line=line.display_name)
            )
        if self.currency_id.compare_amounts(line.amount, amount):
            raise UserError(lots._describe_amounts(amount, line.amount))
