from odoo import Command, api, fields, models
from odoo.tools.misc import format_amount, format_date

from ...tools.collection import announced_day
from ...tools.sepa import mask_iban, next_target_day


class AccountMove(models.Model):
    """What the customer was told of the debit of an invoice, and when it may come (L12).

    What the invoice says is recorded when it goes out, and counts from the day on which it has
    reached the customer. Less than announced is debited, later too; more or sooner never is.
    """

    _inherit = "account.move"

    service_notice_source = fields.Selection(
        [("invoice", "By the Invoice"), ("before", "Sent Before It Was Recorded")],
        string="Debit Announced",
        readonly=True,
        copy=False,
        groups="base.group_user",
        index="btree_not_null",
        lock="workflow",
    )
    service_notice_day = fields.Date(
        string="Announced for",
        readonly=True,
        copy=False,
        groups="base.group_user",
        lock="workflow",
    )
    service_notice_amount = fields.Monetary(
        string="Announced Amount",
        readonly=True,
        copy=False,
        groups="base.group_user",
        lock="workflow",
    )
    service_notice_mandate_id = fields.Many2one(
        "account.banking.mandate",
        string="Announced Mandate",
        readonly=True,
        check_company=True,
        copy=False,
        groups="base.group_user",
        ondelete="set null",
        lock="workflow",
    )
    service_notice_told_on = fields.Date(
        string="Announced on",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The day on which the announcement has reached the customer, or left for him.",
        lock="workflow",
    )
    service_schedule_line_id = fields.Many2one(
        "service.debit.schedule.line",
        string="Day of the Schedule",
        readonly=True,
        check_company=True,
        copy=False,
        groups="base.group_user",
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
    )

    service_collection_state = fields.Selection(
        [
            ("ready", "Ready"),
            ("wait", "Waiting"),
            ("announce", "To Announce"),
            ("decide", "To Decide"),
            ("blocked", "Not Possible"),
            ("order", "In an Order"),
        ],
        string="Collection",
        compute="_compute_service_collection",
        groups="base.group_user",
    )
    service_collection_day = fields.Date(
        string="Debited from",
        compute="_compute_service_collection",
        groups="base.group_user",
        help="The first day on which the bank can be asked for it.",
    )
    service_collection_note = fields.Text(
        string="Why Not Yet", compute="_compute_service_collection", groups="base.group_user"
    )
    service_debit_scheme = fields.Selection(
        related="mandate_id.format", string="Scheme", groups="base.group_user"
    )
    service_debit_sequence = fields.Selection(
        [("RCUR", "Recurring"), ("FNAL", "Final"), ("OOFF", "One-Off")],
        string="Sequence Type",
        compute="_compute_service_collection",
        groups="base.group_user",
    )

    # ----- What was told -----

    def _is_followed(self):
        """Of every invoice that is debited it is noted whether it has arrived."""
        is_debited = self.move_type == "out_invoice" and bool(self.mandate_id)
        return super()._is_followed() or is_debited

    def _is_debited_by_mandate(self):
        self.ensure_one()
        return self.move_type == "out_invoice" and self.mandate_required

    def _note_channels(self, channels, last_message_id):
        """Record what an invoice says of its debit as it goes out, whoever sends it."""
        self._record_notice()
        return super()._note_channels(channels, last_message_id)

    def _record_notice(self):
        """Note what was announced; the same said again, or later, changes nothing."""
        move = self.sudo()
        if not move._is_to_be_debited():
            return
        terms = move._get_debit_terms()
        is_known = (
            move.service_notice_told_on
            and move.service_notice_day <= terms["day"]
            and not move._describe_other_terms()
        )
        if not is_known:
            move._as_workflow().write(move._prepare_notice_vals(terms))

    def _prepare_notice_vals(self, terms):
        """Return the record of what is announced; a hook.

        :param terms: dict, as of ``_get_debit_terms``
        """
        return {
            "service_notice_source": "invoice",
            "service_notice_day": terms["day"],
            "service_notice_amount": terms["amount"],
            "service_notice_mandate_id": self.mandate_id.id,
            "service_notice_told_on": False,
        }

    def _set_sending(self, state, **vals):
        """What has arrived, counts from that day; what came back does not count (L12)."""
        result = super()._set_sending(state, **vals)
        announced = self.sudo().filtered("service_notice_day")
        if state == "sent":
            untold = announced.filtered(lambda move: not move.service_notice_told_on)
            untold._as_workflow().service_notice_told_on = fields.Date.context_today(self)
        elif state == "failed":
            announced._as_workflow().service_notice_told_on = False
        return result

    def _forget_sending(self):
        """What is sent anew is announced anew."""
        result = super()._forget_sending()
        self.sudo().filtered("service_notice_source")._as_workflow().write(
            {
                "service_notice_source": False,
                "service_notice_day": False,
                "service_notice_amount": 0,
                "service_notice_mandate_id": False,
                "service_notice_told_on": False,
            }
        )
        return result

    # ----- What a schedule announced -----

    def _post(self, soft=True):
        """Take what schedules have announced, so that the invoice says their day."""
        posted = super()._post(soft=soft)
        posted._take_scheduled()
        return posted

    def _take_scheduled(self):
        """Give invoices the first day of an announced schedule that leaves as much as they take.

        Where none does, the invoice announces itself.
        """
        for move in self.sudo():
            if move.move_type == "out_invoice" and move.mandate_id:
                line = move._find_scheduled()
                if line != move.service_schedule_line_id:
                    move._as_workflow().service_schedule_line_id = line

    def _find_scheduled(self):
        """Return the day of a schedule that an invoice takes: due by then, with enough left."""
        if self._is_scheduled():
            return self.service_schedule_line_id
        if len(self._get_debit_parts()) != 1:
            return self.service_schedule_line_id.browse()
        lines = self.env["service.debit.schedule.line"].search(
            [
                ("schedule_id.mandate_id", "=", self.mandate_id.id),
                ("schedule_id.state", "=", "announced"),
                ("day", ">=", max(self.invoice_date_due, fields.Date.context_today(self))),
            ]
        )
        currency, residual = self.currency_id, self.amount_residual
        return lines.filtered(
            lambda line: (
                line.currency_id == currency
                and line.schedule_id._is_carrying()
                and currency.compare_amounts(residual, line.left_amount) <= 0
            )
        )[:1]

    def _is_scheduled(self):
        """Tell whether a schedule announced the debit, as much as it takes now."""
        line = self.service_schedule_line_id
        if not line or not line.schedule_id._is_carrying():
            return False
        is_same = line.schedule_id.mandate_id == self.mandate_id
        left = line.left_amount + (self.amount_total if self.state == "posted" else 0)
        return is_same and self.currency_id.compare_amounts(self.amount_residual, left) <= 0

    # ----- When it may be debited -----

    def _waits_for_notice(self):
        """Tell whether a debit of the invoice waits for its announcement."""
        self.ensure_one()
        move = self.sudo()
        company = move.company_id
        if company.service_notice_rule == "other" or not move._is_debited_by_mandate():
            return False
        is_before = move.service_notice_source == "before"
        return not (is_before and company.service_notice_before == "count")

    def _get_debit_day(self, due=None):
        """Return the first day of a debit: after the delay, and not before what was told."""
        days = super()._get_debit_day(due), self._get_first_announced_day(), self._get_told_day()
        return max(filter(None, days))

    def _get_told_day(self):
        """Return the day that the customer was told, of several parts the first one's."""
        move = self.sudo()
        if move._is_scheduled():
            return next_target_day(move.service_schedule_line_id.day)
        return move.service_notice_day or None

    def _get_debit_parts(self):
        """Return the receivable lines of an invoice: one, or as many as its payment term makes."""
        return self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _get_debit_terms(self):
        """Say of an invoice in several parts what is debited when: each has its own day."""
        terms = super()._get_debit_terms()
        parts = self.sudo()._get_dated_parts()
        if len(parts) > 1:
            terms["parts"] = parts
            terms["day"] = min(day for _amount, day in parts)
        return terms

    def _get_dated_parts(self):
        """Return ``[(amount, day)]`` of what is still debited, by day; empty of a single part."""
        lines = self._get_debit_parts()
        if len(lines) < 2:
            return []
        dated = [line._get_dated_debit() for line in lines]
        return sorted((part for part in dated if part), key=lambda part: part[1])

    def _get_service_payment_notice(self):
        """Say all days of an invoice in several parts (L08d)."""
        notice = super()._get_service_payment_notice()
        terms = self._get_debit_terms() if notice else {}
        if not terms.get("parts"):
            return notice
        return self.env._(
            "Do not pay: %(parts)s will be debited, mandate %(mandate)s, creditor identifier "
            "%(creditor)s, account %(account)s.",
            parts=", ".join(self._describe_part(*part) for part in terms["parts"]),
            mandate=terms["mandate"],
            creditor=terms["creditor"],
            account=mask_iban(terms["account"].acc_number or ""),
        )

    def _describe_part(self, amount, day):
        return self.env._(
            "%(amount)s on %(day)s",
            amount=self.currency_id.format(amount),
            day=format_date(self.env, day),
        )

    def _get_first_announced_day(self):
        """Return the first day that the notice leaves, whatever is due; None where none is due.

        Where nothing has reached the customer, that of a notice of today.
        """
        move = self.sudo()
        if not move._waits_for_notice():
            return None
        told = move.service_notice_told_on or fields.Date.context_today(self)
        if move._is_scheduled():
            told = move.service_schedule_line_id.schedule_id.told_on
        return announced_day(told, move.mandate_id._get_notice_days(move.company_id))

    def _get_notice_problem(self, day=None):
        """Return in words why what was announced does not carry a debit, empty where it does (L12).

        :param day: date of the debit, None for the first that is possible
        """
        problem = super()._get_notice_problem(day)
        if problem or not self._waits_for_notice():
            return problem
        move = self.sudo()
        if move._is_scheduled():
            return move._describe_too_soon(day)
        if move.service_notice_source == "before":
            return self._describe_sent_before()
        if not move.service_notice_told_on:
            return self._describe_untold()
        return move._describe_other_terms() or move._describe_too_soon(day)

    def _describe_sent_before(self):
        return self.env._(
            "%(invoice)s was sent before its notice was recorded: decide in “To Settle” whether "
            "those invoices announced their debit.",
            invoice=self.display_name,
        )

    def _describe_untold(self):
        """Return in words why nothing has reached the customer."""
        invoice = self.display_name
        if self.service_sending == "failed":
            return self.env._(
                "%(invoice)s has not reached the customer, and with it the notice of the debit: "
                "send it again.",
                invoice=invoice,
            )
        if self.service_sending:
            return self.env._(
                "%(invoice)s is on its way: its debit is announced once it has gone out.",
                invoice=invoice,
            )
        return self.env._(
            "%(invoice)s is not sent: the customer does not know of the debit. Send it first.",
            invoice=invoice,
        )

    def _describe_other_terms(self):
        """Return in words what of the debit is otherwise than announced, empty where nothing is."""
        if self.mandate_id != self.service_notice_mandate_id:
            return self.env._(
                "%(invoice)s announced another mandate than %(mandate)s: send it again.",
                invoice=self.display_name,
                mandate=self.mandate_id.unique_mandate_reference,
            )
        currency, amount = self.currency_id, self.service_notice_amount
        if currency.compare_amounts(self.amount_residual, amount) <= 0:
            return ""
        return self.env._(
            "%(invoice)s: %(amount)s was announced, %(open)s is open. Send it again: more than "
            "was announced is not debited.",
            invoice=self.display_name,
            amount=format_amount(self.env, amount, currency),
            open=format_amount(self.env, self.amount_residual, currency),
        )

    def _describe_too_soon(self, day):
        line = self.service_schedule_line_id
        first = max(filter(None, (self._get_first_announced_day(), self._get_told_day())))
        if not day or day >= first:
            return ""
        return self.env._(
            "%(invoice)s was announced on %(told)s: it is debited from %(first)s on.",
            invoice=self.display_name,
            told=format_date(
                self.env, line.schedule_id.told_on if line else self.service_notice_told_on
            ),
            first=format_date(self.env, first),
        )

    # ----- To collect -----

    @api.model
    def _get_pool_domain(self):
        """Return the domain of what is open and paid by direct debit, whoever billed it; a hook."""
        return [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial", "blocked")),
            ("preferred_payment_method_line_id.payment_method_id.mandate_required", "=", True),
            ("service_debit_decision", "!=", "otherwise"),
        ]

    @api.depends(
        "state",
        "amount_residual",
        "invoice_date_due",
        "mandate_id.state",
        "mandate_id.type",
        "service_debit_decision",
        "service_sending",
        "service_notice_told_on",
        "line_ids.payment_line_ids.state",
    )
    @api.depends_context("lang")
    def _compute_service_collection(self):
        for move in self:
            state, note = move._get_collection_state()
            move.service_collection_state = state
            move.service_collection_note = note
            move.service_debit_sequence = move._get_debit_sequence()
            has_day = state in ("ready", "wait", "announce")
            move.service_collection_day = has_day and move._get_debit_terms()["day"]

    def _get_debit_sequence(self):
        """Return the sequence type of the next debit: recurring by default (L11)."""
        mandate = self.sudo().mandate_id
        if not mandate:
            return False
        if mandate.type == "oneoff":
            return "OOFF"
        return "FNAL" if mandate.state == "final" else "RCUR"

    def _get_collection_state(self):
        """Return ``(state, words)``: whether an open invoice can be collected, and why not; a hook.

        :return: a state of ``service_collection_state`` or False, and ``str``
        """
        self.ensure_one()
        move = self.sudo()
        if not move._is_debited_by_mandate() or not move.amount_residual:
            return False, ""
        if held := move._get_holding_debit():
            return "order", move._describe_holding(held)
        if move.service_debit_decision == "ask":
            return "decide", move.service_debit_note or ""
        undecided = move.line_ids.filtered(lambda line: line._is_debit_undecided())
        if undecided:
            return "decide", undecided[0]._get_sent_words()
        if problems := move._get_collection_obstacles():
            return "blocked", "\n".join(problems)
        if problem := move._get_notice_problem():
            return "announce", problem
        return "ready", ""

    def _get_collection_obstacles(self):
        """Return in words what makes a debit of the invoice impossible as things are; a hook."""
        if self.payment_state == "blocked":
            words = self.env._("%(invoice)s is disputed.", invoice=self.display_name)
            return [words]
        problems = self.env["service.billing.run"]._get_collection_problems(self)
        linter, method = self.env["service.debit.linter"], self.preferred_payment_method_line_id
        if words := linter._describe_creditor(self.company_id, method):
            problems.append(words)
        return problems

    def action_collect_service(self):
        """Open the batches of these invoices; of all that are due where none is chosen."""
        self.env["account.payment.order"].check_access("create")
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Collect by SEPA"),
            "res_model": "service.debit.batch",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": [Command.set(self.ids)]},
        }

    @api.model
    def _follow_up_mails(self):
        """Schedules come back as invoices do: somebody is told."""
        result = super()._follow_up_mails()
        schedules = self.env["service.debit.schedule"]
        schedules.search(schedules._get_to_follow_up_domain())._follow_up_failure()
        return result

    # ----- Sent before this was recorded -----

    def _announce_anew(self):
        """Send invoices again in the background, with what is debited and when."""
        self._queue_sending()
