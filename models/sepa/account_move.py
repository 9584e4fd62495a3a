from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools.sepa import collection_day, mask_iban, next_target_day
from ..common.field_values import get_label
from .debit_finding import ASK, STOP

JOB = "debit"


class AccountMove(models.Model):
    """An invoice and its debits: what an order holds stays, what came back waits for a decision."""

    _inherit = "account.move"

    service_has_debit = fields.Boolean(
        readonly=True,
        copy=False,
        help="A debit order holds this invoice, or has held it.",
        lock="workflow",
    )
    service_debit_decision = fields.Selection(
        [("ask", "To Decide"), ("debit", "Debit It"), ("otherwise", "No Debit")],
        string="Direct Debit",
        readonly=True,
        copy=False,
        tracking=True,
        help="What is collected of an invoice whose debit came back, or that may be paid already.",
        lock="workflow",
    )
    service_debit_note = fields.Text(
        string="Why to Decide",
        readonly=True,
        copy=False,
        groups="base.group_user",
        lock="workflow",
    )

    # ----- What an order holds -----

    def write(self, vals):
        """Whichever button or client asks: no debit goes on for an invoice that is none."""
        if vals.get("state") in ("draft", "cancel"):
            self._check_not_debited()
        return super().write(vals)

    def _check_not_debited(self):
        """Refuse in words to undo an invoice that a debit order holds.

        The debit goes on, and what is billed anew would be debited beside it. Receipts and credit
        notes change no invoice: they are always booked.
        """
        for move in self:
            if holding := move._get_holding_debit():
                raise UserError(move._describe_holding(holding))

    def _get_holding_debit(self):
        """Return the debit that keeps the invoice as it is, none where it is free."""
        self.ensure_one()
        debits = self.env["account.payment.line"].sudo()
        if self.service_has_debit:
            debits = self.sudo().line_ids.payment_line_ids
        return debits.filtered(lambda debit: debit._is_holding())[:1]

    def _describe_holding(self, debit):
        """Return in words which order holds the invoice, and the way out."""
        order = debit.order_id
        names = {"invoice": self.display_name, "order": order.name}
        if not debit._is_unsent():
            return self.env._(
                "%(invoice)s is debited by %(order)s, whose file went to the bank on %(day)s: it "
                "stays as it is. Book a credit note, or first the return of the debit.",
                day=format_date(self.env, order.date_uploaded),
                **names,
            )
        if debit.state == "generated":
            return self.env._(
                "%(invoice)s is in the file %(file)s of the debit order %(order)s, made on "
                "%(day)s: it stays as it is. Is that file not at the bank, cancel the order first. "
                "Receipts and credit notes can always be booked.",
                file=order.sudo().payment_file_name or "",
                day=format_date(self.env, order.date_generated),
                **names,
            )
        return self.env._(
            "%(invoice)s is in the debit order %(order)s (%(state)s): it stays as it is. Cancel "
            "that order first, or take the invoice out of it while it is a draft. Receipts and "
            "credit notes can always be booked.",
            state=get_label(order, "state"),
            **names,
        )

    def _describe_held_once(self, debit):
        return self.env._(
            "%(invoice)s is in the debit order %(order)s (%(state)s) already, and no invoice is "
            "debited twice: take it out there first, or cancel that order.",
            invoice=self.display_name,
            order=debit.order_id.name,
            state=get_label(debit.order_id, "state"),
        )

    # ----- Who is debited -----

    def _is_collected_by_runs(self):
        """Tell whether an invoice is of service contracts."""
        self.ensure_one()
        return bool(self.service_run_id or self.service_contract_id)

    def _get_stranger_problem(self):
        """Return in words whom a debit would hit who ordered nothing, empty where it does not.

        A draft whose customer was changed takes over the mandate of that customer, who has not
        agreed to pay for another. Who pays the contract now, has.
        """
        self.ensure_one()
        charges = self._get_service_charges()
        orders = self.sudo().invoice_line_ids.sale_line_ids.order_id
        payers = charges.partner_invoice_id + charges.contract_id.partner_invoice_id
        payers = (payers + orders.partner_invoice_id).commercial_partner_id
        if not payers or self.commercial_partner_id in payers:
            return ""
        return self.env._(
            "%(invoice)s bills what %(customer)s ordered: %(other)s cannot be debited for it. Have "
            "%(other)s pay the contract from now on, or choose another payment method.",
            invoice=self.display_name,
            customer=", ".join(payers.mapped("display_name")),
            other=self.commercial_partner_id.display_name,
        )

    def _get_dispute(self):
        """Return in words that an invoice is disputed, or refused at its platform; a hook.

        The statuses 207 and 210 of a platform's module hold the debit until a person decides (L08).

        :return: str, empty where it is not
        """
        self.ensure_one()
        if self.payment_state != "blocked":
            return ""
        return self.env._(
            "%(invoice)s is disputed: it is not debited before it is unblocked.",
            invoice=self.display_name,
        )

    def _get_debt_day(self):
        """Return the first day on which an invoice is for: a debt is as old as what it bills."""
        self.ensure_one()
        issued = self.invoice_date or fields.Date.context_today(self)
        served = self.sudo().invoice_line_ids.mapped("start_date")
        return min([issued, *filter(None, served)])

    def _is_before_insolvency(self):
        """Tell whether a debt is older than its customer's proceedings (L15c, L622-13)."""
        self.ensure_one()
        opened = self.sudo().commercial_partner_id.service_insolvent_on
        return bool(opened) and self._get_debt_day() < opened

    def _is_to_be_debited(self):
        """Tell whether the customer has nothing to do: we collect, whoever billed (L08d)."""
        self.ensure_one()
        return (
            self.move_type == "out_invoice"
            and self.state != "cancel"
            and bool(self.mandate_id or self.service_has_debit)
            and self.mandate_required
            and (bool(self._get_holding_debit()) or self._is_collectable())
        )

    def _is_collectable(self):
        """Tell whether the next collection of what is open would take this invoice."""
        self.ensure_one()
        return (
            not self.currency_id.is_zero(self.amount_residual)
            and self.service_debit_decision not in ("ask", "otherwise")
            and bool(self._get_debit_creditor())
            and not self._get_debtor_problems()
        )

    def _get_debtor_problems(self):
        """Return in words what about invoice, mandate or account makes a debit impossible."""
        self.ensure_one()
        linter, lines = self.env["service.debit.linter"], self.sudo().line_ids
        words = [
            finding.words
            for line in lines
            if line.account_id.account_type == "asset_receivable"
            for finding in linter._get_debtor_problems(line._as_debit())
        ]
        return list(dict.fromkeys(words))

    def _get_notice_problem(self, day=None):
        """Return in words why what the customer was told does not carry a debit (L12); a hook.

        :param day: date of the debit, None for the first that is possible
        :return: ``str``, empty where it does
        """
        self.ensure_one()
        return ""

    def _get_debit_creditor(self):
        method = self.preferred_payment_method_line_id.sudo()
        return method.sepa_creditor_identifier or self.company_id.sudo().sepa_creditor_identifier

    def _get_debit_terms(self):
        """Return what is said of the debit of an invoice (L08d, L12), in a dict.

        ``amount``: in the invoice's currency, ``day``: date, ``mandate`` and ``creditor``: their
        references, ``account``: the debtor's, ``res.partner.bank``. An order that holds the
        invoice has decided them; else they are those of the next collection.
        """
        self.ensure_one()
        debit = self._get_holding_debit()
        mandate = debit.mandate_id or self.sudo().mandate_id
        return {
            "amount": debit.amount_currency if debit else self.amount_residual,
            "day": debit.payment_ids.date or self._get_debit_day(),
            "mandate": mandate.unique_mandate_reference,
            "creditor": self._get_debit_creditor(),
            "account": mandate.partner_bank_id,
        }

    def _get_debit_day(self, due=None):
        """Return the first day on which the invoice can be debited: never one that is over; a hook.

        :param due: date on which a part of it is due, None for the invoice as a whole
        """
        today = fields.Date.context_today(self)
        issued = self.invoice_date or today
        due = due or self.invoice_date_due or issued
        lead = self.company_id.sudo()._get_debit_lead()
        return max(collection_day(due, issued), next_target_day(today, lead=lead))

    def _get_service_payment_notice(self):
        """Say that the invoice is debited, when, and under which mandate (L08d)."""
        if not self._is_to_be_debited():
            return super()._get_service_payment_notice()
        terms = self._get_debit_terms()
        return self.env._(
            "Do not pay: %(amount)s will be debited on %(day)s, mandate %(mandate)s, creditor "
            "identifier %(creditor)s, account %(account)s.",
            amount=self.currency_id.format(terms["amount"]),
            day=format_date(self.env, terms["day"]),
            mandate=terms["mandate"],
            creditor=terms["creditor"],
            account=mask_iban(terms["account"].acc_number or ""),
        )

    # ----- What is decided -----

    def _ask_debit_decision(self, note):
        """Let a person decide whether an invoice is debited, in the inbox and on its form."""
        self._ask_debit_decisions(dict.fromkeys(self, note))

    @api.model
    def _ask_debit_decisions(self, notes):
        """Do the same for many invoices, ``{invoice: why}``; a hook."""
        moves = self.browse().union(*notes)
        # Nothing of it is of the lines, which Odoo would compare move by move.
        own = moves.sudo().with_context(skip_invoice_sync=True)
        for move, one in zip(moves, own, strict=True):
            one.write({"service_debit_decision": "ask", "service_debit_note": notes[move]})
        self.env["service.exception"]._report_each(notes, "sepa", job=JOB)

    def _end_debit_decision(self, decision=False):
        """Note what was decided, or that there is nothing to decide any more.

        What it was decided about is kept with it: whatever else comes up is asked again.
        """
        vals = {"service_debit_decision": decision}
        self.sudo().write(vals if decision else {**vals, "service_debit_note": False})
        self.env["service.exception"]._settle(self, "sepa", JOB)

    @api.model
    def _end_idle_decisions(self, companies):
        """End what waits for a person although nothing speaks against it any more.

        What was paid or credited on account has been matched since; what was debited before waits.
        """
        asked = self.search(
            [("company_id", "in", companies.ids), ("service_debit_decision", "=", "ask")]
        )
        lines = asked.line_ids.filtered(lambda line: line._is_open_receivable())
        found = lines._get_debit_findings()
        doubtful = lines.filtered(lambda line: any(one.level == ASK for one in found[line]))
        (asked - doubtful.move_id)._end_debit_decision()

    def _get_accepted_doubts(self):
        """Return the sentences in spite of which somebody decided to debit the invoice."""
        self.ensure_one()
        is_decided = self.service_debit_decision == "debit"
        return set((self.service_debit_note or "").splitlines()) if is_decided else set()

    def _check_may_decide(self):
        """Leave it to those who make debit orders of these invoices."""
        self.check_access("write")
        self.env["account.payment.order"].check_access("create")
        for move in self:
            if not move.service_debit_decision:
                raise UserError(
                    self.env._(
                        "%(invoice)s: there is nothing to decide.", invoice=move.display_name
                    )
                )

    def _find_debit_doubts(self):
        """Return ``{invoice: sentences}``: what was paid or credited and speaks against a debit.

        As it is now, in the user's language.
        """
        lines = self.line_ids.filtered(lambda line: line._is_open_receivable())
        found = lines._get_debit_findings()
        doubts = {move: [] for move in self}
        for line in lines:
            asked = [one.words for one in found[line] if one.level == ASK and one.record]
            doubts[line.move_id] += asked
        return doubts

    def _is_debit_mended(self):
        """Tell whether nothing keeps an invoice from a debit any more but what is decided."""
        lines = self.line_ids.filtered(lambda line: line._is_open_receivable())
        found = lines._get_debit_findings()
        return not any(one.level == STOP for line in lines for one in found[line])

    def _debit_anyway(self, reason):
        """Have invoices debited in spite of what speaks against it, for a reason that is kept."""
        self.check_access("write")
        self.env["account.payment.order"].check_access("create")
        for move, doubts in self._find_debit_doubts().items():
            note = [*(move.service_debit_note or "").splitlines(), *doubts]
            move._ask_debit_decision("\n".join(dict.fromkeys(note)))
            move._end_debit_decision("debit")
            move._message_log(
                body=self.env._(
                    "Debited although: %(doubts)s Reason: %(reason)s",
                    doubts=" ".join(doubts),
                    reason=reason,
                )
            )

    def action_debit_again(self):
        """Allow the next debit: any run collects it from now on.

        Where the customer has paid or was credited something, only for a reason.
        """
        self._check_may_decide()
        doubtful = self.filtered(lambda move: move._find_debit_doubts()[move])
        (self - doubtful)._end_debit_decision("debit")
        return self.env["service.debit.anyway"]._open(doubtful) if doubtful else None

    def action_no_debit(self):
        """Leave the invoice to other ways of payment."""
        self._check_may_decide()
        self._end_debit_decision("otherwise")
