from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..bank.upload_key import KEY as BOOKING
from ..billing.quiet_messages import log_changes
from .return_day import KEY, ReturnDay

ACTIVITY = "service_contract.service_activity_return"
# What stays as it is while the debits are being taken back.
HELD = {"amount", "date", "move_line_ids", "partner_id", "return_id", "service_invoice_id"}


class PaymentReturnLine(models.Model):
    """One debit that came back: found by its end-to-end id, or by a person."""

    _name = "payment.return.line"
    _inherit = ["payment.return.line", "service.workflow.mixin"]
    _rec_name = "reference"

    service_entry_line_id = fields.Many2one(
        "account.move.line",
        string="Line of the Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What the customer owes again, in the entry of the return.",
        lock="workflow",
    )

    service_activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, ondelete="set null", lock="workflow"
    )
    service_fee_charge_id = fields.Many2one(
        "service.charge",
        string="Return Fee",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
    )
    service_problem = fields.Char(
        string="Why to Look",
        readonly=True,
        help="What keeps the line from its debit.",
        lock="workflow",
    )
    service_invoice_id = fields.Many2one(
        "account.move",
        string="Invoice",
        domain="[('id', 'in', service_candidate_ids)]",
        help="The invoice whose debit came back, where the bank's words do not say it.",
    )
    service_candidate_ids = fields.Many2many(
        "account.move", compute="_compute_service_candidate_ids", compute_sudo=False
    )

    @api.depends("partner_id", "amount", "return_id.journal_id", "return_id.company_id")
    def _compute_service_candidate_ids(self):
        """Find the invoices whose debits the bank has.

        Those of the customer, and of the amount, where the bank's site says it and there are any.
        """
        for line in self:
            moves = line.env["account.move"]
            domain = line._get_candidate_domain()
            alike = line.amount and moves.search(domain + line._get_amount_domain())
            line.service_candidate_ids = alike or moves.search(domain)

    def _get_candidate_domain(self):
        self.ensure_one()
        company = self.return_id.company_id or self.env.company
        domain = [
            ("company_id", "=", company.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("service_has_debit", "=", True),
            ("payment_state", "in", ("in_payment", "paid", "partial")),
        ]
        if self.partner_id:
            customer = self.partner_id.commercial_partner_id
            domain.append(("commercial_partner_id", "=", customer.id))
        return domain

    def _get_amount_domain(self):
        """Return the domain of the invoices whose debits were of the line's amount."""
        self.ensure_one()
        debits = ("amount", "=", self.amount), ("state", "in", ("in_process", "paid"))
        return [("line_ids.payment_line_ids.payment_ids", "any", list(debits))]

    @api.onchange("service_invoice_id")
    def _onchange_service_invoice_id(self):
        """Take the debit over that pays the invoice."""
        for line in self.filtered("service_invoice_id"):
            line._take_invoice()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_not_being_booked()
        lines.filtered(
            lambda line: line.service_invoice_id and not line.move_line_ids
        )._take_invoices()
        return lines

    def write(self, vals):
        if not HELD.isdisjoint(vals):
            self._check_not_being_booked()
        result = super().write(vals)
        if vals.get("service_invoice_id") and "move_line_ids" not in vals:
            self._take_invoices()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_being_booked(self):
        self._check_not_being_booked()

    def _check_not_being_booked(self):
        for one in self.return_id.filtered(lambda one: one.state == "booking"):
            raise UserError(
                self.env._("%(record)s is being booked: its lines stay.", record=one.name)
            )

    def _take_invoices(self):
        for line in self:
            line._take_invoice()

    def _take_invoice(self):
        """Return the debit that pays the invoice, with its amount where the bank tells none."""
        self.ensure_one()
        debits = self.service_invoice_id._get_returnable_debits()
        self.move_line_ids = debits
        self.partner_id = debits.partner_id[:1]
        self.partner_name = self.partner_id.name
        self.amount = self.amount or sum(debits.mapped("credit"))
        self._as_workflow().service_problem = False

    def _find_again(self):
        """Look for the debits of lines that a file brought; return those found now."""
        found, files = {}, self.return_id.service_file_id
        payments = self.env["account.payment"]
        named = self.filtered("reference")
        for company, lines in named.grouped(lambda line: line.return_id.company_id).items():
            meant = files._index_references(set(lines.mapped("reference")), company)
            for line in lines:
                payment = meant.get(line.reference, payments)
                entries = payment._get_service_debit_lines()
                problem = files._get_problem(line.amount, payment, entries)
                line._as_workflow().service_problem = problem
                if not problem:
                    found[line] = payment
        return self._take_found(found)

    def _take_found(self, found):
        """Take the debits over that were found now, all at once; return their lines.

        :param found: ``{line: payment}``
        """
        lines = self.browse().union(*found)
        lines.check_access("write")
        lines._check_not_being_booked()
        type(self).move_line_ids.write_batch(
            [
                (line, [Command.set(payment._get_service_debit_lines().ids)])
                for line, payment in found.items()
            ]
        )
        lines.modified(["move_line_ids"])
        for line, payment in found.items():
            line.partner_id = payment.partner_id
        return lines

    # ----- Taken back -----

    def _index_entries(self):
        """Return ``{entry of a debit: lines}``, in the order of the lines."""
        index = {}
        for line in self:
            move = line._get_entry()
            index[move] = index.get(move, line.browse()) + line
        return index

    def _get_entry(self):
        """Return the entry of the debit; an inbox row of what fails is about it."""
        self.ensure_one()
        return self.move_line_ids[:1].move_id

    def _is_left(self):
        """Tell whether the debit was not taken back although its return is booked."""
        self.ensure_one()
        entry = self.service_entry_line_id
        return bool(entry) and not (entry.matched_debit_ids or entry.matched_credit_ids)

    def _take_back(self):
        """Undo what the debits pay, and match them with the return instead; do what follows."""
        self._read_ahead()
        together = self.browse()
        for line in self:
            if line._is_plain():
                together += line
                continue
            together._take_back_at_once()
            line._take_back_alone()
            together = self.browse()
        together._take_back_at_once()

    def _read_ahead(self):
        """Read at once what is looked at debit by debit."""
        entries = self.move_line_ids
        lines = entries | entries.matched_debit_ids.debit_move_id | self.service_entry_line_id
        lines.mapped("currency_id")
        lines.move_id._read_payments_ahead()

    def _is_plain(self):
        """Tell whether one debit in the currency of the books comes back: many such go at once."""
        self.ensure_one()
        entries = self.move_line_ids
        lines = entries + entries.matched_debit_ids.debit_move_id + self.service_entry_line_id
        return len(entries) == 1 and lines.currency_id == lines.company_currency_id

    def _get_paid(self):
        """Return ``{entry: lines of the invoices that it pays}`` of the debits."""
        return {entry: entry.matched_debit_ids.debit_move_id for entry in self.move_line_ids}

    def _take_back_alone(self):
        """Take a debit back as the stack does, entry by entry."""
        self.ensure_one()
        one = self.with_context(**{KEY: ReturnDay(self.return_id.date)})
        paid = one._get_paid()
        for entry in one.move_line_ids:
            entry.remove_move_reconcile()
        for entry in one.move_line_ids:
            (entry + one.service_entry_line_id).reconcile()
        self._note_taken_back(paid)

    def _take_back_at_once(self):
        """Take the debits back with one query for what each asks of the database (SPEED.md)."""
        if not self:
            return
        paid = self._get_paid()
        day = ReturnDay(self.return_id.date, is_bulk=True)
        booking = self.env["account.payment"]._as_booking().env.context
        booking[BOOKING].ranks.update(self._rank_reversals())
        context = {**booking, KEY: day}
        entries = self.move_line_ids.with_context(**context)
        day.is_undoing = True
        entries.remove_move_reconcile()
        day.is_undoing = False
        (self.move_line_ids | self.service_entry_line_id).mapped("amount_residual")
        self.move_line_ids.move_id.line_ids.mapped("tax_ids")
        groups = [line.move_line_ids + line.service_entry_line_id for line in self]
        plain = entries.with_context(**{KEY: ReturnDay(day.day)})
        plain._reconcile_plan([group.with_env(plain.env) for group in groups])
        self._note_taken_back(paid)
        for moves in day.made:
            log_changes(moves)

    def _rank_reversals(self):
        """Return ``{("reversal", id of an entry of VAT on payment): place of its debit}``."""
        places = {
            partial.id: place
            for place, line in enumerate(self)
            for partial in line.move_line_ids.matched_debit_ids
        }
        moves = self.env["account.move"].search([("tax_cash_basis_rec_id", "in", list(places))])
        return {("reversal", move.id): places[move.tax_cash_basis_rec_id.id] for move in moves}

    def _note_taken_back(self, paid):
        """Note which invoices the debits paid, and that these came back; then what follows."""
        returned = type(self.env["account.partial.reconcile"]).origin_returned_move_ids
        returned.write_batch(
            [
                (entry.matched_debit_ids, [Command.set(lines.ids)])
                for entry, lines in paid.items()
                if entry.matched_debit_ids
            ]
        )
        invoices = self.env["account.move.line"].union(*paid.values()).move_id
        # Nothing of it is of the lines, which Odoo would compare move by move.
        marked = invoices.with_context(skip_invoice_sync=True)
        marked.write(self.return_id._prepare_invoice_returned_vals())
        payments = self.move_line_ids.payment_id
        payments.action_reject()
        notes = {}
        for line in self:
            moves = line.move_line_ids.browse().union(*(paid[one] for one in line.move_line_ids))
            meant = moves.move_id.filtered(lambda move: move.move_type == "out_invoice")
            notes |= line._follow(meant)
        invoices._ask_debit_decisions(notes)
        self.env.flush_all()
        log_changes(invoices)
        log_changes(payments)

    def _take_back_fees(self):
        """Waive the fees of returns that were none; say so where one is billed already."""
        for line in self.sudo().filtered("service_fee_charge_id"):
            charge = line.service_fee_charge_id
            if charge.state == "invoiced":
                words = self.env._(
                    "The return fee “%(charge)s” is billed already: credit it.",
                    charge=charge.display_name,
                )
                line.return_id._message_log(body=words)
                continue
            charge._waive()
            charge.with_env(self.env)._note_decision(
                self.env._("Waived"), None, self.env._("The debit did not come back.")
            )

    # ----- What follows -----

    def _follow(self, moves):
        """Do what the reason asks for: debit again, end the mandate (L15c).

        Return ``{invoice: why}`` of those that somebody decides about.
        """
        self.ensure_one()
        action, note = self.reason_id.service_action, self._describe_return()
        again = moves.browse()
        if action == "again":
            again = moves.filtered(lambda move: move._may_be_presented_again())
        if again:
            again._present_again(note)
        if action == "suspend":
            self._cancel_mandates()
        self._ask_to_call(moves)
        words = [note, self._describe_decision(action), moves[:1]._describe_possible_fee(self)]
        return dict.fromkeys(moves - again, " ".join(filter(None, words)))

    def _cancel_mandates(self):
        """End the mandates that were debited without right, where they are in use still."""
        debits = self.sudo().move_line_ids.payment_id.payment_line_ids
        for mandate in debits.mandate_id.filtered(lambda one: one.state in ("valid", "final")):
            mandate.cancel()
            mandate.message_post(body=self._describe_return())

    def _ask_to_call(self, moves):
        """Have who is meant by the reason speak with the customer, by an activity."""
        if not (moves and (meant := self.reason_id.service_activity)):
            return
        contract = moves[0]._get_debited_contract()
        user, record = contract.user_id, contract
        may_see = user.active and contract.company_id in user.company_ids
        if meant == "accountant" or not may_see:
            user, record = self.return_id.service_booked_by_id or self.env.user, moves[0]
        speaking = self.with_context(lang=user.lang)
        activity = record.sudo().activity_schedule(
            ACTIVITY, user_id=user.id, note=speaking._describe_return()
        )
        self._as_workflow().service_activity_id = activity

    def _end_calls(self):
        """Take away the activities of returns that there is nothing to say about any more."""
        self.sudo().service_activity_id.unlink()

    @api.model
    def _end_calls_of_paid(self):
        """Take away, day by day, the activities of what is paid or credited since."""
        for line in self.sudo().search([("service_activity_id", "!=", False)]):
            entries = line.move_line_ids
            moves = entries.matched_debit_ids.origin_returned_move_ids.move_id
            if not any(moves.mapped("amount_residual")):
                line._end_calls()

    def _describe_return(self):
        """Return in words which debit came back, when and why."""
        self.ensure_one()
        names = {
            "debit": self.reference or ", ".join(self.move_line_ids.mapped("move_id.ref")),
            "day": format_date(self.env, self.return_id.date),
        }
        if reason := self._describe_reason():
            return self.env._(
                "The bank returned the debit %(debit)s on %(day)s: %(reason)s",
                reason=reason,
                **names,
            )
        return self.env._("The bank returned the debit %(debit)s on %(day)s.", **names)

    def _describe_decision(self, action):
        """Return in words what a person has to decide after a reason's action."""
        if action == "suspend":
            return self.env._("Its mandate is ended: agree with the customer how it is paid.")
        return self.env._("Decide whether it is debited again.")

    def _describe_reason(self):
        """Return why in words: the code with its explanation, then what the bank adds."""
        self.ensure_one()
        reason = self.reason_id
        words = [reason.display_name] if reason else []
        words += [reason.service_explanation, self.reason_additional_information]
        return " ".join(f"{word.rstrip('.')}." for word in words if word)
