from odoo import models


class ServiceBillingRun(models.Model):
    """Whose money a run collects, beside what its files say, and who did it."""

    _inherit = "service.billing.run"

    def _get_control_rows(self):
        """Return ``[(invoice, debits, why not)]``: the run's invoices, then others it debits.

        ``debits``: those of the run's orders that are not cancelled.
        """
        self.ensure_one()
        debits = self.order_ids.filtered(lambda order: order.state != "cancel").payment_line_ids
        own = self.invoice_ids.filtered(lambda move: move.state == "posted").sorted("name")
        moves = own + (debits.move_line_id.move_id - own).sorted("name")
        by_move = debits.grouped(lambda debit: debit.move_line_id.move_id)
        none = debits.browse()
        return [
            (move, by_move.get(move, none), self._describe_uncollected(move, by_move))
            for move in moves
        ]

    def _describe_uncollected(self, move, by_move):
        """Return in words why an invoice is in none of the run's debits, empty where it is."""
        if move in by_move:
            return ""
        if move.currency_id.is_zero(move.amount_residual):
            return self.env._("Paid or set off otherwise.")
        if not move.mandate_required:
            return self.env._("The customer does not pay by direct debit.")
        return move._get_collection_state()[1] or move._describe_debit()

    def _get_service_steps(self, known):
        """Return who did what with a run and its orders: ``[(name, Step)]``, by time.

        :param known: ``{order: [Step]}`` of those that were asked already
        """
        made, *others = self._get_own_steps()
        steps = [(self.name, step) for step in others]
        for order in self.order_ids:
            own = known[order] if order in known else order._get_service_steps()
            steps += [(order.name, step) for step in own]
        return [(self.name, made), *sorted(steps, key=lambda pair: pair[1].at)]

    def _get_own_steps(self):
        orders, run = self.env["account.payment.order"].sudo(), self.sudo()
        made = orders._as_step(run.create_date, run.create_uid, self.env._("Made the run"))
        messages = run.message_ids.filtered(lambda message: message.message_type == "notification")
        told = ((message, orders._describe_message(message)) for message in messages)
        return [
            made,
            *(orders._as_step(one.date, one.author_id, words) for one, words in told if words),
        ]
