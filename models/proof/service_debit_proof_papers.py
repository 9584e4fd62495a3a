from datetime import datetime, time

from odoo import fields, models
from odoo.tools import html2plaintext
from odoo.tools.misc import format_date, format_datetime

from ..common.field_values import get_label
from .proof_parts import File, Part, clean_name

SHEETS = "service_contract.service_session_sheet_report"


class ServiceDebitProof(models.AbstractModel):
    """The papers of a debit: what was told before, what was billed, what was done (L12, L14)."""

    _inherit = "service.debit.proof"

    # ----- What the customer was told before -----

    def _get_notice_part(self, payment, _filed):
        part = Part(self.env._("What the customer was told before"))
        for line in payment.payment_line_ids.sorted("id"):
            self._tell_notice(part, line, payment)
        moves = payment.payment_line_ids.move_line_id.move_id
        told = payment.payment_line_ids.service_told_message_id
        for message in (told | self._get_letters(moves, payment)).sorted("id"):
            self._add_message(part, message)
        return part

    def _tell_notice(self, part, line, payment):
        """Say what was announced of one invoice, how, and when it had arrived."""
        name = line.move_line_id.move_id.name or line.communication
        if not line.service_told_source:
            part.missing.append(self._describe_untold(name, payment.company_id))
            return
        words = self.env._(
            "%(how)s: %(amount)s on %(day)s",
            how=get_label(line, "service_told_source"),
            amount=line.currency_id.format(line.service_told_amount),
            day=format_date(self.env, line.service_told_day),
        )
        part.tell(name, words if line.service_told_day else get_label(line, "service_told_source"))
        part.say(
            self.env._("%(invoice)s arrived on", invoice=name),
            line.service_told_on and format_date(self.env, line.service_told_on),
            self.env._("%(invoice)s: it is not recorded when the notice arrived.", invoice=name),
        )
        part.say(
            self.env._("%(invoice)s went by", invoice=name),
            self._describe_channel(line),
            self.env._("%(invoice)s: it is not recorded by which way it went.", invoice=name),
        )
        part.tell(self.env._("%(invoice)s went to", invoice=name), line.service_told_to)
        self._compare_notice(part, name, line)

    def _compare_notice(self, part, name, line):
        """Say where a debit was not as announced: more, or sooner than agreed."""
        currency, told = line.currency_id, line.service_told_amount
        if told and currency.compare_amounts(line.amount_currency, told) > 0:
            part.missing.append(
                self.env._(
                    "%(invoice)s: %(amount)s was debited, %(told)s was announced.",
                    invoice=name,
                    amount=currency.format(line.amount_currency),
                    told=currency.format(told),
                )
            )
        if line.service_told_on and line.date:
            days = (line.date - line.service_told_on).days
            part.tell(self.env._("%(invoice)s, days before", invoice=name), str(days))

    def _describe_untold(self, name, company):
        if company.service_notice_rule == "other":
            return self.env._(
                "%(invoice)s: %(company)s announces its debits otherwise than by its invoices, as "
                "its settings say. Add that announcement.",
                invoice=name,
                company=company.name,
            )
        return self.env._("%(invoice)s: no announcement of the debit is recorded.", invoice=name)

    def _describe_channel(self, line):
        """Return by which way the notice went, in words."""
        names = filter(None, (line.service_told_channel or "").split(","))
        methods = self.env["res.partner"]._fields["invoice_sending_method"]
        labels = {
            **dict(methods._description_selection(self.env)),
            "manual": self.env._("By post"),
        }
        return ", ".join(labels.get(name, name) for name in names)

    def _get_letters(self, moves, payment):
        """Return what was written to the customer on the invoices until the debit: messages."""
        until = datetime.combine(payment.date, time.max)
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            [
                ("model", "=", moves._name),
                ("res_id", "in", moves.ids),
                ("message_type", "in", ("comment", "email_outgoing")),
                ("date", "<=", until),
            ]
        )
        return messages.filtered(
            lambda message: any(
                not row.res_partner_id or row.res_partner_id.partner_share
                for row in message.notification_ids
            )
        )

    def _add_message(self, part, message):
        """Add a message as it was written, with what was attached, and what became of it."""
        day = format_date(self.env, message.date)
        name = clean_name(self.env._("Message of %(day)s", day=fields.Date.to_string(message.date)))
        states = self._get_deliveries(message)
        heads = [
            (self.env._("Subject"), message.subject or message.record_name or ""),
            (self.env._("Written by"), message.email_from or ""),
            (self.env._("Written on"), format_datetime(self.env, message.date)),
            *((self.env._("Written to"), state) for state in states),
            ("Message-ID", message.message_id or ""),
        ]
        text = [
            *(
                self.env._("%(label)s: %(value)s", label=label, value=value)
                for label, value in heads
            ),
            "",
            html2plaintext(message.body or ""),
        ]
        words = self.env._("What was written to the customer on %(day)s.", day=day)
        part.files.append(File(f"{name}.txt", "\n".join(text).encode(), words))
        for state in states:
            part.tell(self.env._("Message of %(day)s", day=day), state)
        part.missing += [
            self.env._("The message of %(day)s did not reach %(who)s.", day=day, who=state)
            for state, is_failed in self._get_delivery_faults(message)
            if is_failed
        ]
        for attachment in message.attachment_ids.filtered("raw"):
            words = self.env._("Sent with the message of %(day)s.", day=day)
            part.files.append(File(clean_name(attachment.name), attachment.raw, words))

    def _get_deliveries(self, message):
        """Return for each addressee what became of a message, in words."""
        return [words for words, _is_failed in self._get_delivery_faults(message)]

    def _get_delivery_faults(self, message):
        """Return ``[(addressee and state, whether it failed)]`` of a message."""
        return [
            (
                self.env._(
                    "%(address)s: %(state)s",
                    address=row.res_partner_id.email
                    or row.mail_email_address
                    or row.res_partner_id.name
                    or "",
                    state=get_label(row, "notification_status"),
                ),
                row.notification_status in ("bounce", "exception", "canceled"),
            )
            for row in message.notification_ids
            if not row.res_partner_id or row.res_partner_id.partner_share
        ]

    # ----- The invoices -----

    def _get_invoice_part(self, payment, _filed):
        part = Part(self.env._("The invoices"))
        lines = payment.payment_line_ids
        for move, debits in lines.grouped(lambda line: line.move_line_id.move_id).items():
            if move:
                self._tell_invoice(part, move, debits)
                part.files.append(self._get_invoice_file(part, move))
            else:
                names = ", ".join(filter(None, debits.mapped("communication")))
                part.missing.append(self.env._("%(debit)s: it is of no invoice.", debit=names))
        return part

    def _tell_invoice(self, part, move, debits):
        words = self.env._(
            "of %(day)s, %(total)s, of which this debit takes %(amount)s",
            day=format_date(self.env, move.invoice_date),
            total=move.currency_id.format(move.amount_total),
            amount=move.currency_id.format(sum(debits.mapped("amount_currency"))),
        )
        part.tell(move.name, words)
        others = (move.line_ids.payment_line_ids.payment_ids - debits.payment_ids).filtered(
            lambda other: other.payment_lot_id.state in ("uploading", "uploaded")
        )
        for other in others.sorted("id"):
            part.tell(
                self.env._("%(invoice)s, another debit", invoice=move.name),
                self.env._(
                    "%(debit)s of %(day)s, %(amount)s",
                    debit=other.memo,
                    day=format_date(self.env, other.date),
                    amount=other.currency_id.format(other.amount),
                ),
            )

    def _get_invoice_file(self, part, move):
        """Return the invoice as it was kept when it was sent; else printed now, and say so."""
        kept = move.invoice_pdf_report_id
        title = self.env._("Invoice %(name)s", name=move.name)
        if kept and kept.raw:
            words = self.env._(
                "As kept since %(day)s.", day=format_date(self.env, kept.create_date)
            )
            return File(f"{clean_name(title)}.pdf", kept.raw, words)
        part.missing.append(
            self.env._(
                "%(invoice)s was not kept when it was sent: it is printed now.", invoice=move.name
            )
        )
        report = self.env["account.move.send"]._get_default_pdf_report_id(move)
        return self._print(report.report_name, move, title, self.env._("Printed now."))

    # ----- What was done for it -----

    def _get_session_part(self, payment, _filed):
        part = Part(self.env._("The sessions"))
        moves = payment.payment_line_ids.move_line_id.move_id
        sessions = moves._get_service_charges().session_id.sorted(lambda one: (one.date, one.id))
        if not sessions:
            part.tell(self.env._("Sessions"), self.env._("These invoices bill none."))
            return part
        for session in sessions:
            part.tell(session.name, self._describe_session(session))
        part.files.append(
            self._print(
                SHEETS,
                sessions,
                self.env._("Session sheets"),
                self.env._("The sheets of the sessions, as they are now."),
            )
        )
        self._add_consents(part, sessions)
        return part

    def _describe_session(self, session):
        """Return in words when a session was, and what the customer said of its sheet."""
        words = [format_date(self.env, session.date), get_label(session, "sheet_state")]
        if session.sheet_validation:
            words.append(get_label(session, "sheet_validation"))
        if session.sheet_validated_at:
            words.append(format_datetime(self.env, session.sheet_validated_at))
        return ", ".join(filter(None, words))

    def _add_consents(self, part, sessions):
        """Add what the customer agreed to before sessions, or say that nothing is recorded."""
        files = self._get_consent_files(sessions)
        part.files += [file for one in files.values() for file in one]
        if bare := sessions.filtered(lambda session: not files.get(session)):
            part.missing.append(
                self.env._(
                    "No order of the customer is recorded for %(sessions)s.",
                    sessions=", ".join(bare.mapped("name")),
                )
            )

    def _get_consent_files(self, _sessions):
        """Return ``{session: [File]}`` of what customers ordered beforehand; a hook.

        Consents are kept by a later room; here there are none.
        """
        return {}
