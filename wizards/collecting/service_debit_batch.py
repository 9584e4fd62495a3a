from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...models.common.client_actions import SOFT_RELOAD, notify, open_window

HORIZON = 30
ORDERS = "account_payment_batch_oca.account_payment_order_inbound_action"
# So many reasons fit in the dialog.
SHOWN = 10


class ServiceDebitBatch(models.TransientModel):
    """Puts open invoices together for the bank: which of them, by which account, when (L10, L11).

    Its preview writes nothing. What is collected is what it showed, or nothing is.
    """

    _name = "service.debit.batch"
    _description = "Batches of Debits"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "due_until"

    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.companies,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    due_until = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=HORIZON),
        help="What is due later is left for another time.",
    )
    scheme = fields.Selection([("sepa_core", "SEPA CORE"), ("sepa_b2b", "SEPA B2B")])
    sequence = fields.Selection([("RCUR", "Recurring"), ("OOFF", "One-Off"), ("FNAL", "Final")])
    journal_ids = fields.Many2many(
        "account.journal",
        string="Accounts",
        domain="[('type', '=', 'bank'), ('company_id', 'in', company_ids)]",
        help="The company's accounts that the money comes in on; empty for all of them.",
    )
    run_ids = fields.Many2many("service.billing.run", string="Billing Runs")
    move_ids = fields.Many2many("account.move", string="Invoices")
    line_ids = fields.One2many(
        "service.debit.batch.line",
        "batch_id",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_preview")
    count = fields.Integer(string="Debits", compute="_compute_preview")
    amount_total = fields.Monetary(string="Total", compute="_compute_preview")
    file_count = fields.Integer(
        string="Files", compute="_compute_line_ids", compute_sudo=False, store=True
    )
    left_count = fields.Integer(
        string="Left", compute="_compute_line_ids", compute_sudo=False, store=True
    )
    left_note = fields.Text(compute="_compute_line_ids", compute_sudo=False, store=True)
    # What the user has seen: his client sends it with what he chose.
    shown_total = fields.Monetary(compute="_compute_shown_total", store=True, readonly=False)

    # ----- Which invoices -----

    def _get_companies(self):
        """Return the chosen companies: those that the user works in."""
        return self.company_ids._origin & self.env.companies

    def _get_move_domain(self):
        """Return the domain of the invoices that are looked at; a hook."""
        domain = Domain(self.env["account.move"]._get_pool_domain())
        domain &= Domain("company_id", "in", self._get_companies().ids)
        if self.move_ids:
            domain &= Domain("id", "in", self.move_ids._origin.ids)
        elif self.run_ids:
            found = self.env["account.move"]
            for run in self.run_ids._origin:
                found |= found.search(run._get_invoice_to_collect_domain())
            domain &= Domain("id", "in", found.ids)
        if self.scheme:
            domain &= Domain("mandate_id.format", "=", self.scheme)
        if self.journal_ids:
            journals = self.journal_ids._origin.ids
            domain &= Domain("preferred_payment_method_line_id.journal_id", "in", journals)
        return domain

    def _get_lines(self):
        """Return the open receivable lines to look at: due by the horizon, in no order."""
        moves = self.env["account.move"].search(self._get_move_domain(), order="id")
        if self.sequence:
            moves = moves.filtered(lambda move: move._get_debit_sequence() == self.sequence)
        return moves.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and not line.reconciled
                and line.amount_residual > 0
                and (line.date_maturity or line.date) <= self.due_until
                and not line.sudo()._is_service_debit_pending()
            )
        )

    def _split(self):
        """Return the lines that can be collected, and ``{invoice: why not}`` of the others."""
        lines, left = self._get_lines(), {}
        for move in lines.move_id:
            state, note = move._get_collection_state()
            if state != "ready":
                left[move] = note
        return lines.filtered(lambda line: line.move_id not in left), left

    # ----- Preview -----

    @api.depends(
        "company_ids", "due_until", "scheme", "sequence", "journal_ids", "run_ids", "move_ids"
    )
    def _compute_line_ids(self):
        for batch in self:
            nothing = (batch.move_ids.line_ids.browse(), {})
            lines, left = batch._split() if batch.due_until else nothing
            groups = lines.grouped(batch._get_group)
            batch.line_ids = [
                Command.clear(),
                *(
                    Command.create(batch._prepare_line_vals(key, groups[key]))
                    for key in sorted(groups, key=batch._sort_group)
                ),
            ]
            batch.file_count = len({key[:2] for key in groups})
            batch.left_count = len(left)
            batch.left_note = batch._describe_left(left)

    @api.depends("company_ids", "line_ids.count", "line_ids.amount")
    def _compute_preview(self):
        for batch in self:
            company = batch._get_companies()[:1] or self.env.company
            batch.currency_id = company.currency_id
            batch.count = sum(batch.line_ids.mapped("count"))
            batch.amount_total = sum(batch.line_ids.mapped("amount"))

    @api.depends("amount_total")
    def _compute_shown_total(self):
        for batch in self:
            batch.shown_total = batch.amount_total

    def _get_group(self, line):
        """Return what makes a row: method, scheme, sequence and day of the collection."""
        move = line.move_id
        return (
            move.preferred_payment_method_line_id,
            move.mandate_id.format,
            move._get_debit_sequence(),
            line._get_collection_day(),
        )

    def _sort_group(self, key):
        method, scheme, sequence, day = key
        return (method.company_id.id, method.id, scheme, day, sequence)

    def _prepare_line_vals(self, key, lines):
        """Return a row of the preview; a hook."""
        method, scheme, sequence, day = key
        return {
            "company_id": method.company_id.id,
            "journal_id": method.journal_id.id,
            "scheme": scheme,
            "sequence": sequence,
            "day": day,
            "count": len(lines),
            "amount": sum(lines.mapped("amount_residual")),
        }

    def _describe_left(self, left):
        notes = [note for note in dict.fromkeys(left.values()) if note]
        rest = len(notes) - SHOWN
        if rest > 0:
            notes[SHOWN:] = [self.env._("… and %(count)s more.", count=rest)]
        return "\n".join(notes)

    # ----- Collect -----

    def action_confirm(self):
        """Make the orders and their files: one for each account and scheme."""
        self.ensure_one()
        self.env["account.payment.order"].check_access("create")
        lines, left = self._split()
        self._check_shown(lines)
        orders = self.env["account.payment.order"]
        for company, group in lines.grouped("company_id").items():
            made, more = self._get_collector(company)._collect(group)
            orders += made
            left = {**left, **more}
        return self._show(orders, left)

    def _check_shown(self, lines):
        """Refuse to collect something else than what was shown."""
        total = sum(lines.mapped("amount_residual"))
        if not lines:
            raise UserError(self.env._("There is nothing to collect: the reasons stand below."))
        if not self.currency_id.is_zero(total - self.shown_total):
            raise UserError(
                self.env._(
                    "What is open has changed since this preview was made: close it and look again."
                )
            )

    def _get_collector(self, company):
        """Return the run of a company that these batches are of, or none, at work in it."""
        runs = self.run_ids.filtered(lambda run: run.company_id == company)
        run = runs if len(runs) == 1 and not self.move_ids else runs.browse()
        return run.with_company(company)

    def _show(self, orders, left):
        action = SOFT_RELOAD
        if orders:
            action = open_window(self.env, ORDERS, [("id", "in", orders.ids)])
        if len(orders) == 1:
            action.update({"res_id": orders.id, "views": [(False, "form")], "view_mode": "form"})
        if left:
            words = self._describe_left(left) or self.env._("Some invoices were left.")
            return notify(words, "warning", then=action, sticky=True)
        if not orders:
            words = self.env._("Nothing is left to debit: the customers' credits paid it.")
            return notify(words, "success", then=action)
        return {**action}
