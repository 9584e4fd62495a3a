from odoo import models
from odoo.exceptions import UserError


class ServiceBillingRun(models.Model):
    """How a run collects its invoices by SEPA direct debit."""

    _inherit = "service.billing.run"

    def _get_lines_to_collect(self):
        """Return the open receivable lines of the run's invoices that no debit order holds."""
        self.ensure_one()
        invoices = self.invoice_ids.filtered(
            lambda move: move.state == "posted"
            and move.move_type == "out_invoice"
            and move.preferred_payment_method_line_id.payment_method_id.mandate_required
        )
        return invoices.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
            and not line.reconciled
            and not line.payment_line_ids.filtered(
                lambda payment: payment.state in ("draft", "open", "generated")
            )
        )

    def action_collect(self):
        """Collect the run's invoices: set off credits, make the debit orders and their files."""
        self.ensure_one()
        self._set_off_credits()
        lines = self._get_lines_to_collect()
        if not lines:
            raise UserError(
                self.env._(
                    "%(run)s: there is nothing to collect. Post its invoices first, or look at "
                    "its debit orders.",
                    run=self.name,
                )
            )
        self._check_collectable(lines)
        orders = self._create_debit_orders(lines)
        orders._service_generate_files()
        return self.action_open_orders()

    def _set_off_credits(self):
        """Reconcile open credit notes with the open invoices of the same customer.

        Only what remains is debited, so that a file's sum equals the residual of its invoices.
        """
        for group in self._get_lines_to_collect().grouped(
            lambda line: (line.partner_id, line.account_id, line.currency_id)
        ).values():
            credits = self.env["account.move.line"].search(
                [
                    ("partner_id", "=", group.partner_id.id),
                    ("account_id", "=", group.account_id.id),
                    ("currency_id", "=", group.currency_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("move_id.move_type", "=", "out_refund"),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                ]
            )
            if credits:
                (credits + group).reconcile()

    def _check_collectable(self, lines):
        """Refuse, all reasons at once, what the debit order could not confirm."""
        problems = [
            problem
            for move in lines.move_id
            for problem in [self._get_collection_problem(move)]
            if problem
        ]
        if not self.company_id.sepa_creditor_identifier and not all(
            lines.move_id.preferred_payment_method_line_id.mapped("sepa_creditor_identifier")
        ):
            problems.append(
                self.env._(
                    "%(company)s has no SEPA creditor identifier: give it in the set-up.",
                    company=self.company_id.name,
                )
            )
        if problems:
            raise UserError("\n".join(problems))

    def _get_collection_problem(self, move):
        mandate = move.mandate_id
        names = {"invoice": move.name, "customer": move.partner_id.display_name}
        if not mandate:
            return self.env._("%(invoice)s: %(customer)s has no mandate.", **names)
        if mandate.state not in ("valid", "final"):
            return self.env._(
                "%(invoice)s: the mandate %(mandate)s of %(customer)s is not valid.",
                mandate=mandate.unique_mandate_reference,
                **names,
            )
        if move.currency_id != self.env.ref("base.EUR"):
            return self.env._(
                "%(invoice)s is in %(currency)s: SEPA collects euros only.",
                currency=move.currency_id.name,
                **names,
            )
        return False

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
