from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools.sepa import next_target_day
from ..common.brought_records import require
from .return_day import BOOKED_STATES, get_bulk, get_return_day

TEMPLATE = "service_contract.service_return_mail_template"


class AccountMove(models.Model):
    """An invoice whose debit came back, and the entries that follow from it (L15c)."""

    _inherit = "account.move"

    service_debit_from = fields.Date(
        string="Debited again from",
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="The customer has been told that the debit is presented again on or after this day.",
        lock="workflow",
    )

    service_formal_notice_on = fields.Date(
        string="Formal Notice",
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="When the customer was given formal notice to pay: a suspension is proposed once the "
        "delay of the settings is over.",
        lock="workflow",
    )
    service_is_notice_served = fields.Boolean(
        string="Formal Notice Served",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="A person has noted the formal notice: no letter that comes back takes it away.",
        lock="workflow",
    )
    service_can_notice = fields.Boolean(
        compute="_compute_service_can_notice", groups="base.group_user"
    )

    service_debit_status = fields.Char(
        string="Where the Debit Is",
        compute="_compute_service_debit_status",
        groups="base.group_user",
    )

    # ----- In one line -----

    @api.depends_context("uid", "lang")
    @api.depends(
        "state", "payment_state", "mandate_id.state", "service_debit_decision", "service_debit_from"
    )
    def _compute_service_debit_status(self):
        for move in self:
            words = [move._describe_last_return(), move._describe_debit()]
            move.service_debit_status = " ".join(filter(None, words))

    def _describe_debit(self):
        """Return in words when an invoice was or will be debited, or why not; else empty."""
        self.ensure_one()
        if self.move_type != "out_invoice" or self.state != "posted":
            return ""
        if holding := self._get_holding_debit():
            return self._describe_debit_under_way(holding)
        if not self.mandate_required or self.payment_state not in ("not_paid", "partial"):
            return ""
        if self.service_debit_decision == "ask":
            return self.env._("Not debited: somebody has to decide.")
        if self.service_debit_decision == "otherwise":
            return self.env._("Not debited: the customer pays it otherwise, as was decided.")
        if problems := self.env["service.billing.run"]._get_collection_problems(self.sudo()):
            return self.env._("Not debited. %(why)s", why=" ".join(problems))
        day = format_date(self.env, self._get_debit_day())
        return self.env._("To be debited on %(day)s.", day=day)

    def _describe_debit_under_way(self, debit):
        names = {"order": debit.order_id.name}
        day = debit.payment_ids.date or self._get_debit_day()
        if not debit._is_unsent():
            return self.env._(
                "Debited on %(day)s by %(order)s.", day=format_date(self.env, day), **names
            )
        return self.env._(
            "In the debit order %(order)s, for %(day)s.", day=format_date(self.env, day), **names
        )

    def _describe_last_return(self):
        """Return in words when and why the debit came back last; empty where none did."""
        if not (line := self._get_last_return_line()):
            return ""
        names = {"day": format_date(self.env, line.return_id.date)}
        if reason := line.reason_id.display_name or line.reason_additional_information:
            return self.env._("Returned on %(day)s: %(reason)s.", reason=reason, **names)
        return self.env._("Returned on %(day)s.", **names)

    def _get_last_return_line(self):
        """Return the line of the last booked return of the invoice's debits, none without one."""
        lines = self.env["payment.return.line"].sudo()
        if not (found := self._get_returned_partials()):
            return lines
        debits = [("move_line_ids", "in", found.credit_move_id.ids)]
        return lines.search(
            [*debits, ("return_id.state", "in", BOOKED_STATES)], order="id desc", limit=1
        )

    def _get_returned_partials(self):
        """Return what matched the debits of an invoice with their returns, one for each time.

        Nothing is looked up for invoices that no debit order nor return knows.
        """
        self.ensure_one()
        partials = self.env["account.partial.reconcile"].sudo()
        if not (self.service_has_debit or self.returned_payment):
            return partials
        return partials.search([("origin_returned_move_ids.move_id", "=", self.id)])

    # ----- What is undone by a return -----

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Take back VAT on payment, and exchange differences, on the day of the return (L15c).

        After the lock dates, where that day is locked. Otherwise Odoo takes them back on the day
        of the payment, which may be declared already.
        """
        day = get_return_day(self.env)
        if bulk := get_bulk(self.env):
            bulk.is_undoing = False
        if day and default_values_list:
            default_values_list = [
                {**vals, "date": move._get_day_of_return(day)}
                for move, vals in zip(self, default_values_list, strict=True)
            ]
        if self._may_reverse_at_once(default_values_list, cancel):
            return self._reverse_at_once(default_values_list)
        return super()._reverse_moves(default_values_list, cancel)

    def _may_reverse_at_once(self, default_values_list, cancel):
        """Tell whether these are the plain entries of many debits that are taken back."""
        return bool(
            default_values_list
            and cancel
            and get_bulk(self.env)
            and all(move.move_type == "entry" for move in self)
            and not any(self.company_id.mapped("account_storno"))
        )

    def _reverse_at_once(self, default_values_list):
        """Reverse and match entries as Odoo does it move by move (SPEED.md)."""
        context = {"move_reverse_cancel": True, "include_business_fields": True}
        moves = self.with_context(**context, skip_invoice_sync=True)
        partials = moves.line_ids.matched_debit_ids | moves.line_ids.matched_credit_ids
        (partials.debit_move_id | partials.credit_move_id).move_id._read_payments_ahead()
        moves.line_ids.remove_move_reconcile()
        made = moves.create(
            [
                move._prepare_reversal_vals(vals)
                for move, vals in zip(moves, default_values_list, strict=True)
            ]
        )
        made.is_manually_modified = True  # as Odoo says of what it reverses
        bodies = {
            new.id: move._get_copy_message_content({"reversed_entry_id": move.id})
            for move, new in zip(moves, made, strict=True)
        }
        made._message_log_batch(bodies=bodies)
        made._read_payments_ahead()
        made._post(soft=False)
        get_bulk(self.env).made.append(made)
        return made

    def _read_payments_ahead(self):
        """Read at once what Odoo asks of each move whose matching is made or undone."""
        self.mapped("matched_payment_ids.outstanding_account_id")

    def _affect_tax_report(self):
        """Look at no taxes for a day that is not taken."""
        bulk = get_bulk(self.env)
        return bool(bulk and bulk.is_undoing) or super()._affect_tax_report()

    def _get_accounting_date(self, invoice_date, has_tax, lock_dates=None):
        """Look for no day that is not taken: what returns undo is dated as they are."""
        bulk = get_bulk(self.env)
        if bulk and bulk.is_undoing:
            return invoice_date
        return super()._get_accounting_date(invoice_date, has_tax, lock_dates)

    def _prepare_reversal_vals(self, default):
        """Return the values of the entry that undoes this one."""
        self.ensure_one()
        given = {
            "move_type": "entry",
            "reversed_entry_id": self.id,
            "partner_id": self.partner_id.id,
        }
        (vals,) = self.copy_data({**default, **given})
        for _command, _id, line in vals["line_ids"]:
            line["balance"] = -line["balance"]
            line["amount_currency"] = -line["amount_currency"]
        return vals

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """Match what many returned debits undo in one plan, as if each were matched for itself."""
        result = super()._reconcile_reversed_moves(reverse_moves, move_reverse_cancel)
        bulk = get_bulk(self.env)
        if bulk and bulk.groups:
            groups, bulk.groups = bulk.groups, []
            lines = self.env["account.move.line"].with_context(
                move_reverse_cancel=move_reverse_cancel
            )
            lines._reconcile_plan([group.with_env(lines.env) for group in groups])
        return result

    def _get_rank(self, ranks):
        """Number what is taken back debit by debit, as if each were returned for itself."""
        place = ranks.get(("reversal", self.reversed_entry_id.id))
        if place is None:
            return super()._get_rank(ranks)
        return place, self.date, self.ref or "", self.id

    def _get_day_of_return(self, day):
        """Return the day of a return, or the first one after the lock dates."""
        has_tax = self._affect_tax_report()
        if self._get_violated_lock_dates(day, has_tax):
            return self._get_accounting_date(day, has_tax)
        return day

    def _get_returnable_debits(self):
        """Return the entries of the debits at the bank that pay invoices and can come back."""
        lines = self.line_ids.matched_credit_ids.credit_move_id
        return lines.filtered(lambda line: line.payment_id.payment_order_id)

    # ----- Present again -----

    def _may_be_presented_again(self):
        """Tell whether a debit may be presented again by rule: once, and when the customer knows.

        Who has no address cannot be told: a person decides.
        """
        self.ensure_one()
        is_first = len(self._get_returned_partials()) < 2
        return is_first and bool(self.partner_id.email_normalized)

    def _present_again(self, note):
        """Have the next collection after the notice's delay debit invoices; tell their customer.

        :param self: the invoices of one debit: the customer gets one letter
        :param note: str, what came back and why
        """
        today = fields.Date.context_today(self)
        delay = timedelta(days=self.company_id.service_present_again_days)
        self.sudo().write(
            {
                "service_debit_decision": "debit",
                "service_debit_note": note,
                "service_debit_from": next_target_day(today + delay),
            }
        )
        template = require(self.env, TEMPLATE, self.env._("The e-mail template of returned debits"))
        told, *others = self
        told.message_post_with_source(
            template, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        for other in others:
            other._message_log(
                body=self.env._("The customer was told on %(invoice)s.", invoice=told.name)
            )

    def _get_returned_together(self):
        """Return the open invoices whose debit came back with this one's, this one among them."""
        own = self._get_returned_partials()
        of_debit = own.search([("credit_move_id", "in", own.credit_move_id.ids)])
        moves = self | of_debit.origin_returned_move_ids.move_id
        return moves.filtered(
            lambda move: (
                move == self
                or move.amount_residual
                and move.service_debit_from == self.service_debit_from
            )
        ).sorted("name")

    def _get_second_debit_notice(self):
        """Say in the customer's letter that what came back is debited again, and when (L08d)."""
        moves = self._get_returned_together()
        if len(moves) == 1:
            return self._get_service_payment_notice()
        terms = self._get_debit_terms()
        return self.env._(
            "Do not pay: %(amount)s in all will be debited from %(day)s on, mandate %(mandate)s, "
            "creditor identifier %(creditor)s.",
            amount=self.currency_id.format(sum(moves.mapped("amount_residual"))),
            day=format_date(self.env, terms["day"]),
            mandate=terms["mandate"],
            creditor=terms["creditor"],
        )

    def _is_before_second_debit(self):
        self.ensure_one()
        day = self.service_debit_from
        return bool(day) and day > fields.Date.context_today(self)

    def _describe_second_debit(self):
        return self.env._(
            "%(invoice)s: the customer was told that it is debited again from %(day)s. Wait until "
            "then, or choose “Debit It” on the invoice.",
            invoice=self.display_name,
            day=format_date(self.env, self.service_debit_from),
        )

    def _get_debit_day(self, due=None):
        day, told = super()._get_debit_day(due), self.sudo().service_debit_from
        return max(day, told) if told else day

    def _get_collection_state(self):
        """What the customer was told a day for waits until then."""
        state, note = super()._get_collection_state()
        if state == "ready" and self.sudo()._is_before_second_debit():
            return "wait", self.sudo()._describe_second_debit()
        return state, note

    @api.model
    def _ask_debit_decisions(self, notes):
        self.browse().union(*notes)._forget_second_debit()
        return super()._ask_debit_decisions(notes)

    def _end_debit_decision(self, decision=False):
        self._forget_second_debit()
        return super()._end_debit_decision(decision)

    def _forget_second_debit(self):
        self.sudo().filtered("service_debit_from").service_debit_from = False

    def action_tell_return(self):
        """Open the letter that tells the customer that a debit came back, and how to pay."""
        self.ensure_one()
        self._check_may_decide()
        template = require(self.env, TEMPLATE, self.env._("The e-mail template of returned debits"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tell the Customer"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
            },
        }

    def _get_return_words(self):
        """Return, for the customer's letter, why the debit came back; empty where nobody knows."""
        line = self._get_last_return_line()
        return line.reason_id.with_context(lang=self.partner_id.lang).name or ""

    # ----- Returned by hand -----

    def action_return_by_hand(self):
        """Open the return of an invoice's debit, as the bank's site tells of it."""
        self.ensure_one()
        self.env["payment.return"].check_access("create")
        debit = self._get_returnable_debits().payment_id[-1:]
        if not debit:
            raise UserError(
                self.env._(
                    "%(invoice)s: no debit at the bank pays it. What comes back later is noted "
                    "here.",
                    invoice=self.display_name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The Debit Came Back"),
            "res_model": "payment.return",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_journal_id": debit.journal_id.id,
                "default_payment_method_line_id": debit.payment_method_line_id.id,
                "default_company_id": self.company_id.id,
                "default_line_ids": [
                    Command.create(
                        {
                            "service_invoice_id": self.id,
                            "partner_id": debit.partner_id.id,
                            "reference": debit.memo,
                            "amount": debit.amount,
                            "move_line_ids": [Command.set(debit._get_service_debit_lines().ids)],
                        }
                    )
                ],
            },
        }

    # ----- Formal notice -----

    @api.depends("state", "payment_state", "move_type", "service_formal_notice_on")
    def _compute_service_can_notice(self):
        for move in self:
            is_open = move.state == "posted" and move.payment_state in ("not_paid", "partial")
            is_meant = is_open and move.move_type == "out_invoice"
            move.service_can_notice = (
                is_meant
                and not move.service_formal_notice_on
                and bool(move.service_contract_id or move.service_run_id)
            )

    def action_note_formal_notice(self):
        """Note that the customer was given formal notice to pay today."""
        self.check_access("write")
        self.env["account.payment.order"].check_access("create")
        for move in self:
            if not move.service_can_notice:
                raise UserError(
                    self.env._(
                        "%(invoice)s: formal notice is given once, of an open invoice of a "
                        "contract.",
                        invoice=move.display_name,
                    )
                )
        moves = self.sudo()._as_workflow()
        moves.write(
            {
                "service_formal_notice_on": fields.Date.context_today(self),
                "service_is_notice_served": True,
            }
        )

    def _note_formal_letter(self, day):
        """Note the day of a letter that gives formal notice, or that none has arrived.

        What a person has noted stays: it has its own proof.
        """
        letters = self.sudo()._as_workflow()
        letters = letters.filtered(lambda move: not move.service_is_notice_served)
        letters.service_formal_notice_on = day

    def _get_debited_contract(self):
        """Return the contract that an invoice bills, the first of several."""
        self.ensure_one()
        move = self.sudo()
        return (move.service_contract_id or move._get_service_charges().contract_id)[:1]

    @api.model
    def _get_suspending_domain(self, company):
        """Return the domain of the invoices whose formal notice is over; a hook.

        Disputed ones suspend nothing.
        """
        today = fields.Date.context_today(self)
        last = today - timedelta(days=company.service_suspension_days)
        return [
            ("company_id", "=", company.id),
            ("state", "=", "posted"),
            ("move_type", "=", "out_invoice"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("service_formal_notice_on", "<=", last),
        ]
