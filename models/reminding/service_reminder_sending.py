from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, formatLang

from ..common.askers import as_asker
from ..common.brought_records import require
from .service_reminder import JOB

CRON = "service_contract.service_reminder_cron"
REPORT = "service_contract.service_reminder_report"
TEMPLATE = "service_contract.service_reminder_mail_template"


class ServiceReminder(models.Model):
    """How a reminder goes out: once, as things are then, by e-mail or on a print list.

    A mail leaves with the commit that says so: a worker that is killed has sent all of it, or
    nothing.
    """

    _inherit = "service.reminder"

    def _call_sender(self):
        sender = require(self.env, CRON, self.env._("The scheduled action that sends reminders"))
        sender.sudo()._trigger()

    # ----- The background job -----

    @api.model
    def _cron_send(self):
        """Send what waits, one letter after the other, each committed; then read what came back."""
        self._follow_up_reminders()
        step = (self.browse(), [("state", "=", "waiting")], lambda some: some._send_now(), JOB)
        self.env["service.batch.runner"]._run_steps([step], batch_size=1, kind="billing")

    def _send_now(self):
        """Send letters as things are now, by their channel; those with nothing left go nowhere."""
        for reminder in self:
            own = reminder._as_sender()
            if not own._bring_up_to_date():
                continue
            own._date_letters()
            if own.channel == "post":
                own._update_state("print")
            else:
                own._send_mail()

    def _as_sender(self):
        """Return the letter as the user who sends it, in its company, if he still may."""
        return as_asker(
            self, self.user_id, lambda mine: mine.has_access("write"), mail_notify_force_send=True
        )

    def _bring_up_to_date(self):
        """Leave out what was paid, contested or put off since; return where something is left."""
        kept, rows = self.browse(), {}
        for company, letters in self.sudo().grouped("company_id").items():
            found = letters._find_rows(company, letters.commercial_partner_id)
            rows |= {row.move: row for row in found}
        for letter in self:
            own = [rows[move] for move in letter.sudo().line_ids.move_id if move in rows]
            if own and letter._is_worth_a_letter(own):
                letter._take_over(own)
                kept += letter
            else:
                letter._leave_out()
        return kept

    def _take_over(self, rows):
        """Let a letter be about what is late now."""
        letter, kept = self.sudo(), {row.move: row for row in rows}
        commands = [
            Command.update(line.id, letter._prepare_line_vals(kept[line.move_id]))
            if line.move_id in kept
            else Command.delete(line.id)
            for line in letter.line_ids
        ]
        level = letter._get_highest_level(rows)
        letter._as_workflow().write({"level_id": level.id, "line_ids": commands})

    def _leave_out(self):
        self._update_state("cancelled")
        self._message_log(
            body=self.env._(
                "Nothing is left to remind of: it was paid, contested or put off meanwhile."
            )
        )

    def _date_letters(self):
        """Date letters, and their days to pay, as they are written."""
        today = fields.Date.context_today(self)
        for level, letters in self.grouped("level_id").items():
            pay_by = today + timedelta(days=level.pay_days)
            letters._as_workflow().write({"sent_on": today, "pay_by": pay_by})

    def _send_mail(self):
        self._check_notice_address()
        template = require(self.env, TEMPLATE, self.env._("The e-mail template of reminders"))
        message = self.message_post_with_source(
            template, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._set_sent(notice_message_id=message.id, is_failure_told=False)

    def _set_sent(self, **vals):
        """Note on the invoices that their customer was reminded, and how."""
        self._update_state("sent", **vals)
        moves = self.line_ids.move_id
        moves._note_reminders()
        words = {}
        for line in self.line_ids:
            text = self.env._("Reminded by e-mail: %(level)s.", level=line.level_id.name)
            if line.reminder_id.channel == "post":
                text = self.env._("Reminded by post: %(level)s.", level=line.level_id.name)
            words[line.move_id.id] = text
        moves.sudo()._message_log_batch(bodies=words)

    # ----- By post -----

    def action_print(self):
        """Open one file with all letters that go by post; what is in it can be confirmed."""
        self.check_access("write")
        letters = self.filtered(lambda letter: letter.state in ("print", "printed"))
        letters = letters._bring_up_to_date()
        if not letters:
            raise UserError(self.env._("None of these reminders goes by post."))
        letters._date_letters()
        letters._update_state("printed")
        report = require(self.env, REPORT, self.env._("The letter of reminders"))
        return report.report_action(letters)

    def action_posted(self):
        """Confirm that the printed letters went by post."""
        self.check_access("write")
        letters = self.filtered(lambda letter: letter.state == "printed")
        if not letters:
            raise UserError(self.env._("Print them first: none of these reminders is printed."))
        letters._set_sent()

    # ----- What comes back -----

    @api.model
    def _follow_up_reminders(self):
        """Put into the inbox what did not reach its customer: it reminded nobody."""
        found = self.search([*self._get_to_follow_up_domain(), ("state", "=", "sent")])
        for reminder in found.filtered(lambda reminder: reminder._is_notice_failed()):
            reminder._update_state("failed", is_failure_told=True)
            reminder.line_ids.move_id._note_reminders()
            detail = self.env._(
                "The e-mail did not arrive: %(reason)s", reason=reminder.notice_failure
            )
            self.env["service.exception"]._report(reminder, "billing", detail, job=JOB)

    def _get_unsent_mails(self):
        """Return the mails of letters that the queue may still send."""
        mails = self.env["mail.mail"].sudo()
        messages = self.sudo().notice_message_id
        domain = [("mail_message_id", "in", messages.ids)]
        return mails.search([*domain, ("state", "in", ("outgoing", "exception"))])

    def _get_notice_thread(self):
        return self

    # ----- What the customer reads -----

    def _get_letter_day(self):
        """Return the day of the letter in the customer's words: a draft is of today."""
        self.ensure_one()
        return format_date(self.env, self.sent_on or fields.Date.context_today(self))

    def _get_claim_words(self):
        """Return in words what late payment adds, and by which law (L07)."""
        self.ensure_one()
        company, words = self.company_id.sudo(), []
        if self.penalty:
            words.append(
                self.env._(
                    "Late penalties of %(rate)s %% a year, for each day, on what is late: "
                    "%(amount)s (Code de commerce L441-10).",
                    rate=formatLang(self.env, company.service_penalty_rate),
                    amount=self.currency_id.format(self.penalty),
                )
            )
        if self.recovery_fee:
            words.append(
                self.env._(
                    "Fixed compensation for recovery costs, %(fee)s for each invoice: %(amount)s "
                    "(Code de commerce D441-5).",
                    fee=company.currency_id.format(company.service_recovery_fee),
                    amount=self.currency_id.format(self.recovery_fee),
                )
            )
        return " ".join(words)

    def _get_payment_words(self):
        """Return in words how much is to be paid by when, and how."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        pay_by = self.pay_by or today + timedelta(days=self.level_id.pay_days)
        words = self.env._(
            "Please pay %(amount)s by %(day)s.",
            amount=self.currency_id.format(self.amount_total),
            day=format_date(self.env, pay_by),
        )
        own = self.company_id.sudo().partner_id.bank_ids
        account = (self.line_ids.move_id.sudo().partner_bank_id or own)[:1]
        if not account:
            return words
        transfer = self.env._(
            "By transfer: account %(account)s, reference %(reference)s.",
            account=account.acc_number,
            reference=", ".join(self.line_ids.move_id.mapped("name")),
        )
        return f"{words} {transfer}"
