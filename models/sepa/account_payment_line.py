from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_amount

from .debit_finding import LEAVING, LINTED, Debit
from .debit_rights import PREPARE

UNSENT = ("draft", "open", "generated")
FREE = ("draft", "cancel")
# What stands in the file.
FILED_FIELDS = frozenset(
    {"order_id", "move_line_id", "amount_currency", "currency_id", "mandate_id", "partner_bank_id"}
)


class AccountPaymentLine(models.Model):
    """One debit of an order: of an invoice as it is, of what is open, of who owes it, once."""

    _inherit = "account.payment.line"

    _one_waiting_debit = models.UniqueIndex(
        "(move_line_id) WHERE payment_type = 'inbound' AND move_line_id IS NOT NULL "
        "AND state IN ('draft', 'open', 'generated')",
        "An invoice stands in one open debit order only, once.",
    )

    # ----- Records -----

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._check_may(PREPARE)
        lines._check_joining()
        lines._check_held_once()
        lines._mark_moves()
        return lines

    def write(self, vals):
        if not FILED_FIELDS.isdisjoint(vals):
            self._check_not_filed()
        result = super().write(vals)
        if "order_id" in vals:
            self._check_joining()
        if vals.get("move_line_id"):
            self._check_held_once()
            self._mark_moves()
        return result

    def _check_joining(self):
        """Refuse debits that join a confirmed order: nobody has approved them."""
        orders = self.order_id.filtered(lambda order: order._is_debit() and order.state not in FREE)
        if orders:
            raise UserError(
                self.env._(
                    "%(orders)s: confirmed, no debit joins it any more. Put it into a new order.",
                    orders=", ".join(orders.mapped("name")),
                )
            )

    def _check_held_once(self):
        """Refuse in words a second open order of an invoice, which the database would not name."""
        debits = self.filtered(lambda line: line.payment_type == "inbound" and line._is_unsent())
        others = debits.move_line_id.sudo().payment_line_ids
        others = others.filtered(lambda line: line.payment_type == "inbound" and line._is_unsent())
        for line, held in others.grouped("move_line_id").items():
            if len(held) > 1:
                move, first = line.move_id, held.sorted("id")[0]
                raise UserError(move._describe_held_once(first))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_filed(self):
        self._check_not_filed()

    def _mark_moves(self):
        """Let invoices say by themselves that a debit order knows them: others need no look."""
        moves = self.filtered(lambda line: line.payment_type == "inbound").sudo()
        if ids := moves.move_line_id.move_id.ids:
            self.env.cr.execute(
                SQL("UPDATE account_move SET service_has_debit = TRUE WHERE id IN %s", tuple(ids))
            )
            self.env["account.move"].browse(ids).invalidate_recordset(
                ["service_has_debit"], flush=False
            )

    def _check_not_filed(self):
        """Keep the debits of a confirmed order: a file without them frees their invoices."""
        is_leaving = self.env.context.get("service_leaving") is LEAVING
        for line in self.filtered(lambda line: line.payment_type == "inbound"):
            if line.state not in FREE and not (is_leaving and line.state == "open"):
                raise UserError(
                    self.env._(
                        "%(order)s is confirmed: its debits stay as they are. Cancel the order "
                        "first.",
                        order=line.order_id.name,
                    )
                )

    # ----- What it holds -----

    def _is_unsent(self):
        """Tell whether the debit waits in an order whose file is not at the bank."""
        self.ensure_one()
        return self.state in UNSENT

    def _is_holding(self):
        """Tell whether the debit keeps its invoice as it is: in an order, under way, or paid.

        An uploaded one lets go when its entry pays the invoice no more (returned, or undone by
        hand); one without entries when its payment is cancelled or rejected.
        """
        self.ensure_one()
        if self._is_unsent() or self.state != "uploaded":
            return self._is_unsent()
        if entries := self.payment_ids.move_id:
            paying = self.move_line_id.matched_credit_ids.credit_move_id.move_id
            return bool(entries & paying)
        states = self.payment_ids.mapped("state")
        return not states or any(state not in ("canceled", "rejected") for state in states)

    def _get_excess(self):
        """Return how much more a debit takes than is open of its invoice, 0 where it does not."""
        self.ensure_one()
        if not self.move_line_id:
            return 0
        excess = self.amount_currency - self.move_line_id.amount_residual_currency
        return max(self.currency_id.round(excess), 0)

    def _describe_excess(self):
        return self.env._(
            "%(invoice)s: %(amount)s is debited, %(residual)s is open.",
            invoice=self.move_line_id.move_id.display_name,
            amount=format_amount(self.env, self.amount_currency, self.currency_id),
            residual=format_amount(
                self.env, self.move_line_id.amount_residual_currency, self.currency_id
            ),
        )

    # ----- Checks -----

    def _draft2open_payment_line_check(self):
        """Also look at the invoice, whichever button put it into the order."""
        errors = super()._draft2open_payment_line_check()
        is_linted = self.env.context.get("service_linted") is LINTED
        if self.payment_type == "inbound" and self.move_line_id and not is_linted:
            errors += filter(None, self._get_debit_errors())
        return errors

    def _get_stack_errors(self):
        """Return what the stack itself would refuse of a debit, the linter's findings apart."""
        line = self.with_context(service_linted=LINTED)
        return line._draft2open_payment_line_check()

    def _get_debit_findings(self):
        """Return ``{debit: [Finding, …]}``: all that speaks against debits of orders."""
        debits = [line._as_debit() for line in self.sudo()]
        found = self.env["service.debit.linter"]._lint(debits)
        return {line: found[debit] for line, debit in zip(self, debits, strict=True)}

    def _as_debit(self):
        order = self.order_id
        is_fixed = order.state == "draft" and order.date_prefered == "fixed"
        return Debit(
            line=self.move_line_id,
            order_line=self,
            method=order.payment_method_line_id,
            mandate=self.mandate_id,
            amount=self.amount_currency,
            currency=self.currency_id,
            company=order.company_id,
            day=order.date_scheduled if is_fixed else None,
        )

    def _get_debit_errors(self):
        """Yield in words what keeps the invoice from being debited, or nothing; a hook.

        :return: iterator of ``str``
        """
        self.ensure_one()
        move = self.move_line_id.move_id
        names = {"invoice": move.display_name, "order": self.order_id.name}
        if move.state != "posted":
            yield self.env._("%(invoice)s is not posted: nothing is owed by it.", **names)
        elif self._get_excess():
            yield self.env._(
                "%(problem)s Take it out of %(order)s, or cancel that order, and collect again.",
                problem=self._describe_excess(),
                **names,
            )
        others = self.move_line_id.sudo().payment_line_ids - self
        if others & self.order_id.payment_line_ids:
            yield self.env._("%(invoice)s is in %(order)s twice.", **names)
        if holding := others.filtered(lambda other: self._is_rival(other))[:1]:
            yield move._describe_holding(holding)
        if move.service_debit_decision in ("ask", "otherwise"):
            yield self.env._(
                "%(invoice)s is not to be debited, or nobody has decided: look at the invoice.",
                **names,
            )
        elif self.move_line_id._is_debit_undecided():
            yield self.move_line_id._get_sent_words()
        yield move._get_stranger_problem()

    def _is_rival(self, other):
        """Tell whether another order debits the same line; of two drafts the first may go on."""
        if other.order_id == self.order_id or other.state == "draft":
            return False
        return other._is_unsent() or (not other.payment_ids.move_id and other._is_holding())
