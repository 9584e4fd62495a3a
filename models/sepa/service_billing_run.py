from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.client_actions import notify


class ServiceBillingRun(models.Model):
    """How a run collects its invoices by SEPA direct debit."""

    _inherit = "service.billing.run"

    to_collect_count = fields.Integer(compute="_compute_to_collect_count")

    @api.depends("invoice_ids.payment_state", "order_ids.state", "order_ids.payment_line_ids")
    def _compute_to_collect_count(self):
        for run in self:
            run.to_collect_count = len(run._get_lines_to_collect())

    # ----- What to collect -----

    def _get_invoice_to_collect_domain(self):
        """Return the domain of the invoices that a run collects; a hook.

        Its own, and up to its date those that orders with contracts made of one-off products.

        :return: list, a domain of ``account.move``
        """
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "posted"),
            ("move_type", "=", "out_invoice"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("preferred_payment_method_line_id.payment_method_id.mandate_required", "=", True),
            "|",
            ("service_run_id", "=", self.id),
            "&",
            ("invoice_date", "<=", self.invoice_date),
            ("invoice_line_ids.sale_line_ids.order_id.service_contract_ids", "!=", False),
        ]

    def _get_lines_to_collect(self):
        """Return the open receivable lines of these invoices that no debit order holds."""
        self.ensure_one()
        invoices = self.env["account.move"].search(self._get_invoice_to_collect_domain())
        return invoices.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and not line.reconciled
                and not line.sudo()._is_service_debit_pending()
            )
        )

    def action_collect(self):
        """Collect the run's invoices: set off credits, make the debit orders and their files."""
        self.ensure_one()
        lines = self._get_lines_to_collect()
        if not lines:
            raise UserError(
                self.env._(
                    "%(run)s: there is nothing to collect. Post its invoices first, or look at "
                    "its debit orders.",
                    run=self.name,
                )
            )
        self._set_off_credits(lines)
        lines = self._get_lines_to_collect()
        if not lines:
            return self._notify_set_off()
        self._check_collectable(lines)
        self._claim(lines)
        self._create_debit_orders(lines)._service_generate_files()
        return self.action_open_orders()

    def _claim(self, lines):
        """Make sure that no other transaction collects the same lines, nor has just done so.

        A debit order only refers to the lines, which the database would not call a conflict: the
        update, of nothing, makes it one, so that the later transaction is retried and sees the
        orders of the first.
        """
        self._lock(lines)
        query = SQL("UPDATE account_move_line SET id = id WHERE id IN %s", tuple(lines.ids))
        self.env.cr.execute(query)

    def _notify_set_off(self):
        return notify(
            self.env._("Credit notes pay these invoices: nothing is left to debit."), "info"
        )

    def _set_off_credits(self, lines):
        """Reconcile open credit notes with the open invoices of the same customer.

        Only what remains is debited, so that a file's sum equals the residual of its invoices.
        """
        for group in lines.grouped(
            lambda line: (line.partner_id, line.account_id, line.currency_id)
        ).values():
            if credits := self.env["account.move.line"].search(self._get_credit_domain(group[0])):
                (credits + group).reconcile()

    def _get_credit_domain(self, line):
        """Return the domain of the credits that a line to collect is set off against; a hook.

        :param line: ``account.move.line``, an open receivable
        :return: list, a domain of ``account.move.line``
        """
        return [
            ("partner_id", "=", line.partner_id.id),
            ("account_id", "=", line.account_id.id),
            ("currency_id", "=", line.currency_id.id),
            ("company_id", "=", self.company_id.id),
            ("move_id.move_type", "=", "out_refund"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]

    # ----- What could go wrong: everything is checked before anything is made -----

    def _check_collectable(self, lines):
        """Refuse, all reasons at once, what the debit order could not confirm."""
        problems = [
            problem for move in lines.move_id for problem in self._get_collection_problems(move)
        ]
        problems += self._get_single_use_problems(lines)
        for method in lines.move_id.preferred_payment_method_line_id:
            if not (method.sepa_creditor_identifier or self.company_id.sepa_creditor_identifier):
                problems.append(
                    self.env._(
                        "%(company)s has no SEPA creditor identifier: give it in the set-up.",
                        company=self.company_id.name,
                    )
                )
        if problems:
            raise UserError("\n".join(dict.fromkeys(problems)))

    def _get_collection_problems(self, move):
        """Return in words what keeps an invoice from being collected; a hook.

        :param move: ``account.move``
        :return: list of ``str``, empty where nothing does
        """
        mandate = move.mandate_id
        names = {
            "invoice": move.name,
            "customer": move.commercial_partner_id.display_name,
            "mandate": mandate.unique_mandate_reference,
        }
        problems = []
        if not mandate:
            problems.append(self.env._("%(invoice)s: %(customer)s has no mandate.", **names))
        elif mandate.state not in ("valid", "final"):
            problems.append(
                self.env._(
                    "%(invoice)s: the mandate %(mandate)s of %(customer)s is not valid.", **names
                )
            )
        elif mandate.partner_id.commercial_partner_id != move.commercial_partner_id:
            problems.append(
                self.env._(
                    "%(invoice)s: the mandate %(mandate)s is not one of %(customer)s.", **names
                )
            )
        if move.currency_id != self.env.ref("base.EUR"):
            problems.append(
                self.env._(
                    "%(invoice)s is in %(currency)s: SEPA collects euros only.",
                    currency=move.currency_id.name,
                    **names,
                )
            )
        return problems

    def _get_single_use_problems(self, lines):
        """Return which mandates for a single debit would be used more than once."""
        problems = []
        for mandate, group in lines.grouped(lambda line: line.move_id.mandate_id).items():
            is_reused = mandate.last_debit_date or len(set(group.mapped("date_maturity"))) > 1
            if mandate.type == "oneoff" and is_reused:
                problems.append(
                    self.env._(
                        "The mandate %(mandate)s of %(customer)s is for a single debit: "
                        "%(invoices)s need another one.",
                        mandate=mandate.unique_mandate_reference,
                        customer=mandate.partner_id.display_name,
                        invoices=", ".join(group.move_id.mapped("name")),
                    )
                )
        return problems

    # ----- Orders -----

    def _create_debit_orders(self, lines):
        """Create one debit order for each payment method, with all its lines in one call."""
        orders = self.env["account.payment.order"]
        for method, group in lines.grouped(
            lambda line: line.move_id.preferred_payment_method_line_id
        ).items():
            order = orders.create(self._prepare_debit_order_vals(method))
            group.create_payment_line_from_move_line(order)
            orders += order
        return orders

    def _prepare_debit_order_vals(self, method):
        return {
            "payment_method_line_id": method.id,
            "payment_type": "inbound",
            "company_id": self.company_id.id,
            "service_run_id": self.id,
            "description": self.name,
        }

    def action_open_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_payment_batch_oca.account_payment_order_inbound_action"
        )
        orders = self.order_ids
        if len(orders) == 1:
            action.update({"res_id": orders.id, "views": [(False, "form")], "view_mode": "form"})
        return {**action, "domain": [("id", "in", orders.ids)], "context": {}}
