from odoo import fields, models
from odoo.tools import html2plaintext

PERSONS_TYPES = ("comment", "email")
MAX_WORDS_LENGTH = 5000


class ServiceSession(models.Model):
    """What a customer writes while a sheet is out: silence is no answer any more (S30).

    Whatever it says, somebody reads it: one click puts the sheet back, or the customer contests.
    """

    _inherit = "service.session"

    sheet_written_at = fields.Datetime(
        string="The Customer Wrote on",
        readonly=True,
        copy=False,
        help="While the sheet was out: it is not accepted by silence until somebody has read it.",
        lock="workflow",
    )

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if self._is_customers_message(message):
            self.sudo()._on_customer_wrote(message)
        return result

    def _is_customers_message(self, message):
        """Tell whether a person who is not of the staff wrote a message; a hook."""
        message = message.sudo()
        if message.message_type not in PERSONS_TYPES:
            return False
        author = message.author_id
        return author.partner_share if author else message.message_type == "email"

    def _on_customer_wrote(self, message):
        """Take the sheets out of silence; what silence accepted meanwhile is taken back.

        A message that was written in time and arrived late counts. A bill that went out stays,
        in the inbox.
        """
        for session in self:
            if session.state == "done" and session.sheet_state == "sent":
                session._set_sheet_written()
            elif session._was_written_in_time(message):
                session._take_silence_back()

    def _set_sheet_written(self):
        self.sheet_written_at = fields.Datetime.now()
        self._sync_holds()

    def _was_written_in_time(self, message):
        """Tell whether a message is of a day on which the sheet could still be contested."""
        until = self.sheet_validation == "silence" and self.sheet_contest_until
        is_accepted = self.state == "done" and self.sheet_state == "validated"
        return is_accepted and until and self._to_local(message.date).date() <= until

    def _take_silence_back(self):
        if self.is_billed:
            words = self.env._("The customer wrote in time, but the session is billed already.")
            self.env["service.exception"]._report(self, "session", words, job="written")
            return
        self._update_sheet("sent", sheet_validation=False, sheet_validated_at=False)
        self._set_sheet_written()

    def action_resume_silence(self):
        """Let silence count again: what the customer wrote was no objection."""
        self.check_access("write")
        for session in self.filtered(
            lambda session: session.sheet_state == "sent" and session.sheet_written_at
        ):
            session.sudo().sheet_written_at = False
            session._sync_holds()
            session._message_log(
                body=self.env._("What the customer wrote is no objection to the sheet.")
            )

    def _get_customers_words(self):
        """Return the text of the customer's last message, empty where there is none."""
        self.ensure_one()
        messages = self.sudo().message_ids.filtered(
            lambda message: self._is_customers_message(message)
        )
        return html2plaintext(messages[:1].body or "").strip()[:MAX_WORDS_LENGTH]
