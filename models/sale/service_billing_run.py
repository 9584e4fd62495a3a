from odoo import fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ..billing.service_charge import ORDER_JOB
from ..common.matters import MatterError
from ..common.time_limits import get_step_seconds

ORDER_WEIGHT = 10


class ServiceBillingRun(models.Model):
    """A run invoices what orders with contracts sold once, too: nobody has a second button.

    By Odoo's own invoicing of orders, as drafts of the run: down payments are deducted, and a
    product that is invoiced as delivered waits for its delivery.
    """

    _inherit = "service.billing.run"

    def _get_order_domain(self):
        """Return the domain of the orders whose one-off products this run still has to invoice.

        The run of a billing day asks nobody: old orders wait for who answers when it is resumed.

        :return: list, a domain of ``sale.order``
        """
        self.ensure_one()
        domain = self._get_open_order_domain()
        if self.automatic_day and not self.confirmed_text:
            limit = self._get_backlog_limit(fields.Date.context_today(self))
            domain.append(("date_order", ">=", limit))
        return domain

    def _get_open_order_domain(self):
        """Return the domain of all orders whose one-off products are still to be invoiced.

        Those that wait for one of their contracts wait with it. As with charges, where nothing
        costs anything there is no invoice; a hook.

        :return: list, a domain of ``sale.order``
        """
        self.ensure_one()
        priced = [
            ("is_downpayment", "=", False),
            ("qty_to_invoice", "!=", 0),
            ("price_subtotal", "!=", 0),
        ]
        return [
            *([("id", "=", False)] if self.session_ids else []),
            ("company_id", "=", self.company_id.id),
            ("state", "=", "sale"),
            ("invoice_status", "=", "to invoice"),
            ("order_line", "any", [("service_is_recurring", "=", True)]),
            ("order_line", "any", priced),
            ("service_contract_ids", "not any", [("state", "=", "draft")]),
            ("date_order", "<", self._get_end_of_cutoff()),
            ("id", "not in", self._get_put_aside("sale.order")),
        ]

    def _get_end_of_cutoff(self):
        return fields.Datetime.to_datetime(fields.Date.add(self.cutoff_date, days=1))

    def _get_questions(self):
        """Ask about old orders too: what they sold once may have been settled otherwise."""
        today = fields.Date.context_today(self)
        return [*super()._get_questions(), *self._get_old_order_questions(today)]

    def _get_old_order_questions(self, today):
        limit = self._get_backlog_limit(today)
        old = Domain(self._get_open_order_domain()) & Domain("date_order", "<", limit)
        orders = self.env["sale.order"].sudo().search(old, order="date_order")
        if orders:
            yield self.env._(
                "Orders confirmed before %(limit)s whose one-off products are still to be "
                "invoiced: %(count)s, the oldest %(oldest)s of %(day)s.",
                limit=format_date(self.env, limit),
                count=len(orders),
                oldest=orders[0].name,
                day=format_date(self.env, orders[0].date_order),
            )

    def _count_remaining(self):
        remaining = super()._count_remaining()
        if self.phase in ("charge", "invoice"):
            remaining += self.env["sale.order"].sudo().search_count(self._get_order_domain())
        return remaining

    # ----- Looked at before -----

    def _get_gate_amount(self):
        """Count what orders sold once as well: the run invoices it."""
        orders = self.env["sale.order"].sudo().search(self._get_order_domain())
        return super()._get_gate_amount() + sum(map(self._get_amount_of_order, orders))

    def _get_amount_of_order(self, order):
        """Return what an order's next invoice bills, untaxed, in the company's currency."""
        untaxed, _total = order._get_amounts_to_invoice()
        own, day = self.currency_id, self.invoice_date
        return order.currency_id._convert(untaxed, own, self.company_id, day)

    def _prepare_last_rows(self, known):
        """Show what orders sold once, too."""
        orders = self.env["sale.order"].sudo().search(self._get_order_domain(), order="id")
        return [*super()._prepare_last_rows(known), *map(self._prepare_order_row, orders)]

    def _prepare_order_row(self, order):
        """Return the row of a preview that shows what an order sold once."""
        payer = order.partner_invoice_id.commercial_partner_id
        payment = self._prepare_payment_vals(order)
        own = order.preferred_payment_method_line_id.id
        untaxed, total = order._get_amounts_to_invoice()
        return {
            "kind": "due",
            "run_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": order.currency_id.id,
            "partner_id": order.partner_id.commercial_partner_id.id,
            "partner_invoice_id": order.partner_invoice_id.id,
            "contract_id": order._get_only_contract().id,
            "order_id": order.id,
            "name": self.env._("%(order)s: sold once", order=order.name),
            "amount_untaxed": untaxed,
            "amount_total": total,
            "payment_method_line_id": payment.get("preferred_payment_method_line_id", own),
            "mandate_id": payment.get("mandate_id", False),
            "date_due": self._get_due_day(order.payment_term_id),
            "matter": payer._describe_no_order() if order._lacks_order_number() else False,
        }

    # ----- Invoiced -----

    def _step_invoices(self, limit):
        """Invoice the orders once all charges are."""
        return super()._step_invoices(limit) or self._step_orders(limit)

    def _step_orders(self, limit):
        orders = (
            self.env["sale.order"].sudo().search(self._get_order_domain(), order="id", limit=limit)
        )
        orders = self._cut(orders, [self._weigh_order(order) for order in orders], limit)
        self.env["service.batch.runner"]._run_timed(
            self._lock(orders),
            lambda part: [self._invoice_order(order) for order in part],
            get_step_seconds(self.env),
            job="order",
            **self._prepare_inbox_vals(),
        )
        return len(orders)

    def _weigh_order(self, order):
        """Return how much work an order is, in lines of invoices: it is invoiced by itself."""
        return ORDER_WEIGHT + len(order.order_line)

    def _invoice_order(self, order):
        """Make the drafts of one order; paid as its contract is, where the order says nothing."""
        references = self._prepare_reference_vals(order)
        moves = order.with_company(self.company_id)._create_invoices(final=True)
        vals = {"invoice_date": self.invoice_date, "service_run_id": self.id, **references}
        moves._as_billing().write(vals)
        moves.write(self._prepare_payment_vals(order))
        return moves

    def _prepare_reference_vals(self, order):
        """Return the customer's numbers on the invoices of an order; refuse what he would refuse.

        He demands an order number, and neither he nor the order has one (L08).
        """
        payer = order.partner_invoice_id.commercial_partner_id
        number = order.client_order_ref or payer.service_order_ref
        if order._lacks_order_number():
            raise MatterError(payer._describe_no_order(), ORDER_JOB)
        return {"ref": number, "service_contract_ref": payer.service_contract_ref}

    def _prepare_payment_vals(self, order):
        """Return how an order's invoices are paid: as the contract of the same payer is.

        Nothing where the order says it itself.
        """
        contract = order.service_contract_ids.filtered("payment_method_line_id")[:1]
        payer = contract.partner_invoice_id.commercial_partner_id
        if (
            order.preferred_payment_method_line_id
            or not contract
            or order.partner_invoice_id.commercial_partner_id != payer
        ):
            return {}
        return {
            "preferred_payment_method_line_id": contract.payment_method_line_id.id,
            "mandate_id": contract.mandate_id.id,
        }
