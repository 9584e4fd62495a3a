from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.client_actions import SOFT_RELOAD, notify, open_window

# So many reasons fit on a screen.
SHOWN = 8


class ServiceBillingRun(models.Model):
    """How a run collects its invoices by SEPA direct debit."""

    _inherit = "service.billing.run"

    to_collect_count = fields.Integer(compute="_compute_to_collect_count")

    @api.depends(
        "invoice_ids.payment_state",
        "invoice_ids.service_debit_decision",
        "order_ids.state",
        "order_ids.payment_line_ids",
    )
    def _compute_to_collect_count(self):
        for run in self:
            lines = run._get_lines_to_collect()
            run.to_collect_count = len(lines.filtered(lambda line: not line._is_debit_undecided()))

    # ----- What to collect -----

    def _get_invoice_to_collect_domain(self):
        """Return the domain of the invoices that a run collects; a hook.

        Its own, and up to its date those that orders with contracts made of one-off products and
        those of which somebody decided that they are debited again.

        :return: list, a domain of ``account.move``
        """
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "posted"),
            ("move_type", "=", "out_invoice"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("preferred_payment_method_line_id.payment_method_id.mandate_required", "=", True),
            ("service_debit_decision", "not in", ("otherwise",)),
            "|",
            ("service_run_id", "=", self.id),
            "&",
            ("invoice_date", "<=", self.invoice_date),
            "|",
            ("service_debit_decision", "=", "debit"),
            ("invoice_line_ids.sale_line_ids.order_id.service_contract_ids", "!=", False),
        ]

    def _get_lines_to_collect(self):
        """Return the open receivable lines of these invoices that no debit order holds."""
        self.ensure_one()
        invoices = self.env["account.move"].search(self._get_invoice_to_collect_domain())
        return self._filter_open(invoices.line_ids)

    def _filter_open(self, lines):
        return lines.filtered(
            lambda line: line._is_open_receivable() and not line.sudo()._is_service_debit_pending()
        )

    def action_collect(self):
        """Collect the run's invoices: set off credits, make the debit orders and their files.

        What cannot be debited stays, with its reasons in the inbox; what may be paid already, or
        was debited before, waits for a decision. The rest goes on.
        """
        self.ensure_one()
        self.env["account.payment.order"].check_access("create")
        self.env["account.move"]._end_idle_decisions(self.company_id)
        lines = self._get_lines_to_collect()
        if not lines:
            raise UserError(
                self.env._(
                    "%(run)s: there is nothing to collect. Post its invoices first, or look at "
                    "its debit orders.",
                    run=self.name,
                )
            )
        orders, left = self._collect(lines)
        return self._show_collected(orders, left)

    def _get_collector(self):
        """Return the company that collects: that of the run, or the one at work without a run."""
        return self.company_id or self.env.company

    def _collect(self, lines):
        """Set off credits, make the debit orders of open receivable lines and their files.

        :param lines: ``account.move.line`` of one company
        :return: the orders, and ``{invoice: why it is left, in words}``
        """
        self._set_off_credits(lines)
        lines = lines.filtered(lambda line: not line.reconciled)
        left = self._put_aside(lines)
        lines = lines.filtered(lambda line: line.move_id not in left)
        orders = self.env["account.payment.order"]
        if lines:
            self._claim(lines)
            orders = self._create_debit_orders(lines)
            orders._service_generate_files(is_linted=True)
        return orders, left

    def _put_aside(self, lines):
        """Return ``{invoice: why it is left, in words}`` of what is not debited now."""
        return self.env["service.debit.linter"]._put_aside(lines)

    def action_check_debits(self):
        """Show what the next collection would leave, and why, before anything is made."""
        self.ensure_one()
        self.check_access("read")
        return self.env["service.debit.check"]._open(run_id=self.id)

    def _get_lines_to_check(self):
        """Return what a person wants to know about: also what is disputed."""
        held = self.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and move.mandate_required
                and move.payment_state == "blocked"
            )
        )
        return self._get_lines_to_collect() + self._filter_open(held.line_ids)

    def _claim(self, lines):
        """Make sure that no other transaction collects the same lines, nor has just done so.

        A debit order only refers to the lines, which the database would not call a conflict: the
        update, of nothing, makes it one, so that the later transaction is retried and sees the
        orders of the first.
        """
        self._lock(lines)
        query = SQL("UPDATE account_move_line SET id = id WHERE id IN %s", tuple(lines.ids))
        self.env.cr.execute(query)

    def _show_collected(self, orders, left):
        """Return the action that shows the orders, and says what is left and why."""
        action = self.action_open_orders() if orders else SOFT_RELOAD
        if left:
            return notify(self._describe_left(left), "warning", then=action, sticky=True)
        return action if orders else self._notify_set_off()

    def _describe_left(self, left):
        """Return in words what is not debited: what a person decides about, then what waits.

        :param left: dict of ``account.move`` to ``str``
        """
        asked = [move for move in left if move.service_debit_decision == "ask"]
        sentences = [reason for move, reason in left.items() if move not in asked]
        if asked:
            sentences.insert(
                0,
                self.env._(
                    "Not debited before somebody decides, see “To Settle”: %(invoices)s",
                    invoices=", ".join(move.display_name for move in asked),
                ),
            )
        rest = len(sentences) - SHOWN
        if rest > 0:
            more = self.env._("… and %(count)s more, see “To Collect”.", count=rest)
            sentences[SHOWN:] = [more]
        return "\n".join(sentences)

    def _notify_set_off(self):
        return notify(
            self.env._("Payments and credit notes pay these invoices: nothing is left to debit."),
            "info",
        )

    # ----- What is paid already -----

    def _set_off_credits(self, lines):
        """Reconcile what customers have paid or were given back with what they owe.

        Only what remains is debited, so that a file's sum equals the residual of its invoices.
        What was due first is paid first, whatever run or payment method it is of, as the law has
        it where nobody says otherwise (Code civil 1342-10); what a debit order holds is debited,
        and what a payment order holds is paid back.
        """
        lines_of = self.env["account.move.line"].search
        for group in lines.grouped(
            lambda line: (line.partner_id.commercial_partner_id, line.account_id, line.currency_id)
        ).values():
            if credits := lines_of(self._get_credit_domain(group[0]))._without_orders():
                debts = lines_of(self._get_debt_domain(group[0]))._without_orders()
                (credits + debts).reconcile()

    def _get_credit_domain(self, line):
        """Return the domain of the credits that a line to collect is set off against; a hook.

        Credit notes, payments on account, what was paid too much, and what the bank booked.

        :param line: ``account.move.line``, an open receivable
        :return: list, a domain of ``account.move.line``
        """
        return [("amount_residual", "<", 0), *self._get_account_domain(line)]

    def _get_debt_domain(self, line):
        """Return the domain of what a customer owes on the account of a line; a hook.

        Disputed invoices stay open.

        :param line: ``account.move.line``, an open receivable
        :return: list, a domain of ``account.move.line``
        """
        return [
            ("amount_residual", ">", 0),
            ("move_id.payment_state", "!=", "blocked"),
            *self._get_account_domain(line),
        ]

    def _get_account_domain(self, line):
        return [
            ("partner_id", "child_of", line.partner_id.commercial_partner_id.id),
            ("account_id", "=", line.account_id.id),
            ("currency_id", "=", line.currency_id.id),
            ("company_id", "=", line.company_id.id),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]

    # ----- What a person has to look at -----

    @api.model
    def _cron_start_due(self):
        """Take from the inbox, day by day, the debits that there is nothing to decide about."""
        result = super()._cron_start_due()
        settled = [("state", "=", "posted"), ("amount_residual", "=", 0)]
        domain = [("service_debit_decision", "=", "ask"), "|", ("state", "=", "cancel"), "&"]
        self.env["account.move"].search(domain + settled)._end_debit_decision()
        return result

    def _get_collection_problems(self, move):
        """Return in words what makes a debit of an invoice impossible, whatever its day.

        :param move: ``account.move``
        :return: list of ``str``, empty where nothing does
        """
        return move._get_debtor_problems()

    # ----- Orders -----

    def _create_debit_orders(self, lines):
        """Create one debit order for each payment method and scheme (L10).

        CORE and B2B never stand in one file; all lines of an order are made in one call.
        """
        orders = self.env["account.payment.order"]
        groups = lines.grouped(
            lambda line: (
                line.move_id.preferred_payment_method_line_id,
                line.move_id.mandate_id.format,
            )
        )
        for (method, _scheme), group in groups.items():
            vals = self._prepare_debit_order_vals(method)
            order = orders._as_workflow().create(vals).with_env(self.env)
            group.create_payment_line_from_move_line(order)
            orders += order
        return orders

    def _prepare_debit_order_vals(self, method):
        return {
            "payment_method_line_id": method.id,
            "payment_type": "inbound",
            "company_id": self._get_collector().id,
            "service_run_id": self.id,
            "description": self.name,
        }

    def action_open_orders(self):
        self.ensure_one()
        self.check_access("read")
        orders = self.order_ids
        action = open_window(
            self.env,
            "account_payment_batch_oca.account_payment_order_inbound_action",
            [("id", "in", orders.ids)],
        )
        if len(orders) == 1:
            action.update({"res_id": orders.id, "views": [(False, "form")], "view_mode": "form"})
        return action
