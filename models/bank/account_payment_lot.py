from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_amount

from ..billing.quiet_messages import log_changes

# How far from its day a bank may credit a lot.
DAYS_AROUND = 10
# The states of orders, and their lots, whose file is at the bank.
AT_BANK = ("uploading", "uploaded")


class AccountPaymentLot(models.Model):
    """Debits that the bank credits in one amount: seen on the account, or missed.

    Until then their invoices are in payment.
    """

    _name = "account.payment.lot"
    _inherit = ["account.payment.lot", "service.workflow.mixin"]
    _check_company_auto = True

    name = fields.Char(lock="once")
    order_id = fields.Many2one(lock="once")
    date = fields.Date(lock="once")
    currency_id = fields.Many2one(lock="once")
    payment_type = fields.Selection(lock="workflow")
    state = fields.Selection(lock="workflow")
    company_id = fields.Many2one(lock="workflow")
    journal_id = fields.Many2one(lock="workflow")
    amount = fields.Monetary(lock="workflow")
    payment_count = fields.Integer(lock="workflow")

    service_credit_date = fields.Date(
        string="Credited on", readonly=True, copy=False, lock="workflow"
    )
    service_credit_line_id = fields.Many2one(
        "account.bank.statement.line",
        string="Bank Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )
    service_is_provisional = fields.Boolean(
        related="service_credit_line_id.service_is_provisional", related_sudo=True
    )
    service_is_missed = fields.Boolean(
        string="No Credit Seen",
        compute="_compute_service_is_missed",
        search="_search_service_is_missed",
        help="The file is at the bank, its day is over for longer than the settings say, and no "
        "credit was seen.",
    )

    # ----- What stays as it is -----

    def _check_locks(self, vals):
        """Hold lots of debits to what the bank credits: those that pay out are not ours."""
        debits = self.filtered(lambda lot: lot.payment_type == "inbound")
        return super(AccountPaymentLot, debits)._check_locks(vals) if debits else None

    @api.ondelete(at_uninstall=False)
    def _unlink_except_at_bank(self):
        """Keep the lots whose files are at the bank: it credits them, and returns come of them."""
        debits = self.filtered(lambda lot: lot.payment_type == "inbound")
        kept = debits.filtered(lambda lot: lot.order_id.state in AT_BANK)
        if kept:
            raise UserError(
                self.env._(
                    "%(lots)s: at the bank, they stay. What comes back is noted as a return.",
                    lots=", ".join(kept.mapped("name")),
                )
            )

    # ----- Which wait for the bank -----

    def _get_waiting_domain(self):
        """Return the domain of the lots whose credit has not been seen, nor matched by hand."""
        return Domain(
            [
                ("payment_type", "=", "inbound"),
                ("state", "=", "uploaded"),
                ("service_credit_date", "=", False),
                ("payment_ids", "any", [("state", "=", "in_process"), ("move_id", "!=", False)]),
            ]
        )

    def _get_missed_domain(self, company):
        today = fields.Date.context_today(self)
        day = today - timedelta(days=company.service_credit_days)
        own = Domain("company_id", "=", company.id) & Domain("date", "<", day)
        return self._get_waiting_domain() & own

    @api.depends(
        "state",
        "date",
        "service_credit_date",
        "payment_ids.state",
        "company_id.service_credit_days",
    )
    def _compute_service_is_missed(self):
        for lot in self:
            missed = lot.filtered_domain(self._get_missed_domain(lot.company_id))
            lot.service_is_missed = bool(missed)

    def _search_service_is_missed(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = [self._get_missed_domain(company) for company in self.env.companies]
        return Domain.OR(domains) if True in value else ~Domain.OR(domains)

    # ----- What is to be credited -----

    def _is_credited(self):
        """Tell whether nothing of the lots waits for the bank, however that came about."""
        is_noted = bool(self) and all(lot.service_credit_date for lot in self)
        return is_noted or not self._get_lines_to_credit()

    def _get_lines_to_credit(self):
        """Return the lines of the lots' entries that wait for the bank's money."""
        lines = self.env["account.move.line"].search(
            [
                ("payment_id", "in", self.payment_ids.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("account_id.reconcile", "=", True),
            ],
            order="id",
        )
        return lines.filtered(
            lambda line: line.account_id == line.payment_id.outstanding_account_id
        )

    def _get_returned(self):
        """Return the payments of the lots that the bank has taken back."""
        return self.payment_ids.filtered(lambda payment: payment.state == "rejected")

    def _choose_lines(self, amount, returned=None, fee=0):
        """Return which lines a credit of an amount pays: all, or those that did not come back.

        :param returned: the payments that the bank says it has taken off, where it says so
        :return: ``account.move.line``, empty where the amount is another one
        """
        lines = self._get_lines_to_credit()
        currency = self.currency_id[:1] or self.company_id.currency_id[:1]
        for chosen in (lines, lines - lines._get_lines_of(returned or self._get_returned())):
            open_amount = sum(chosen.mapped("amount_residual_currency"))
            if chosen and not currency.compare_amounts(open_amount, amount + fee):
                return chosen
        return lines.browse()

    def _find_bank_line(self, amount, first, last):
        """Return the only open line of the lots' journal, from a day to another, of an amount."""
        found = self.env["account.bank.statement.line"].search(
            [
                ("journal_id", "=", self.journal_id[:1].id),
                ("is_reconciled", "=", False),
                ("amount", "=", amount),
                ("date", ">=", first),
                ("date", "<=", last),
            ],
            limit=2,
        )
        return found if len(found) == 1 else found.browse()

    # ----- Credited -----

    def _credit_alone(self, day, fee=0, returned=None, fee_account=None):
        """Note by hand that the bank has credited the lots: with a bank line of our own."""
        lines = self._get_lines_to_credit()
        lines -= lines._get_lines_of(returned)
        if not lines:
            raise UserError(
                self.env._(
                    "%(lots)s: there is nothing to be credited.",
                    lots=", ".join(self.mapped("name")),
                )
            )
        amount = sum(lines.mapped("amount_residual_currency")) - fee
        amount = lines.currency_id[:1].round(amount)
        bank_line = self.env["account.bank.statement.line"]._create_credit(self, day, amount)
        self._credit(bank_line, lines, fee_account, returned=returned)
        return bank_line

    def _credit(self, bank_line, lines, fee_account=None, returned=None):
        """Match the bank's line with the entries of debits: their invoices are paid then.

        What is missing to their sum is the bank's fee. What it has taken off is matched with its
        return, once that is booked.
        """
        payments = lines.payment_id
        bank_line._match_debits(lines, fee_account)
        for lot in self:
            back = lot._get_returned() + (returned or payments.browse())
            if not lot._get_lines_to_credit().payment_id - back:
                lot._set_credited(bank_line)
        self._net_returns()
        self.env.flush_all()
        log_changes(payments)
        log_changes(payments.reconciled_invoice_ids)

    def _set_credited(self, bank_line):
        self._as_workflow().write(
            {
                "service_credit_date": bank_line.date,
                "service_credit_line_id": bank_line.id,
            }
        )

    def _net_returns(self):
        """Match debits that the bank has taken off with the entries of their returns; a hook."""

    def action_credit(self):
        """Ask when the lots were credited, or by which line of the bank journal."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credited by the Bank"),
            "res_model": "service.lot.credit",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lot_ids": self.ids},
        }

    def _describe_amounts(self, expected, amount):
        return self.env._(
            "%(lots)s: %(expected)s is to be credited, the bank has credited %(amount)s.",
            lots=", ".join(self.mapped("name")),
            expected=format_amount(self.env, expected, self.currency_id[:1]),
            amount=format_amount(self.env, amount, self.currency_id[:1]),
        )
