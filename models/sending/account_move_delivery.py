from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.pdf import merge_pdf

from ...tools.retries import get_delay, is_refused_for_good
from ..common.service_notice_mixin import FAILED
from .account_move import JOB, SAFE_CHANNELS, TO_POST

NOT_GONE = ("ready", "process", "pending")
NOT_FOR_GOOD = ("mail_smtp", "unknown", False)


class AccountMove(models.Model):
    """What becomes of an invoice that was sent: gone, tried again, come back, or to post."""

    _inherit = "account.move"

    # ----- What becomes of it -----

    def _set_sending(self, state, **vals):
        self.sudo()._as_workflow().write({"service_sending": state, **vals})

    def _set_sent(self):
        """Note that the invoice is gone, which settles the matter."""
        for move in self:
            move._set_sending(
                "sent",
                service_sent_at=fields.Datetime.now(),
                service_sending_after=False,
                service_sending_note=False,
            )
        self.env["service.exception"]._settle(self, job=JOB)

    def _note_channels(self, channels, last_message_id):
        """Note by which channels the invoice went, whichever button or job sent it.

        :param set channels: names of Odoo's methods of sending
        :param int last_message_id: the last message before; the mail, if any, is a later one
        """
        self.ensure_one()
        if channels - SAFE_CHANNELS:
            self._set_sent()
        elif "email" in channels:
            self._note_mail(last_message_id)
        elif "manual" in channels:
            is_job = self.env.context.get("service_sending")
            self._set_sending("print" if is_job else "printed", service_sending_note=False)
            self.env["service.exception"]._settle(self, job=JOB)

    def _note_mail(self, last_message_id):
        """Follow the mail that was just made; without one, nothing has changed."""
        domain = [("model", "=", self._name), ("res_id", "=", self.id)]
        made = [("id", ">", last_message_id), ("message_type", "=", "comment")]
        message = self.env["mail.message"].sudo().search([*domain, *made], order="id", limit=1)
        if message.notification_ids:
            self._set_sending("mailing", service_sending_message_id=message.id)
            self._follow_mail()

    def _follow_mail(self):
        """Read what became of the mails of invoices: on their way, gone, or failed."""
        for move in self.sudo():
            rows = move._get_customer_notifications()
            failed = rows.filtered(lambda row: row.notification_status in FAILED)
            if failed:
                move._as_sender()._note_failed_mail(failed)
            elif rows and not any(row.notification_status in NOT_GONE for row in rows):
                if move.service_sending != "sent":
                    move._set_sent()

    def _get_customer_notifications(self):
        """Return the copies of those whom the mail was written to; followers' do not count."""
        message = self.sudo().service_sending_message_id
        return message.notification_ids.filtered(
            lambda row: not row.res_partner_id or row.res_partner_id in message.partner_ids
        )

    def _note_failed_mail(self, rows):
        """Try again later what may still arrive; what cannot is a person's matter."""
        self.ensure_one()
        reasons = {str(row.failure_reason or row.format_failure_reason()) for row in rows}
        reason = "; ".join(sorted(reasons))
        is_final = any(
            row.notification_status != "exception" or row.failure_type not in NOT_FOR_GOOD
            for row in rows
        )
        names = ", ".join(
            row.res_partner_id.email or row.mail_email_address or row.res_partner_id.name or ""
            for row in rows
        )
        text = self.env._(
            "The e-mail to %(address)s did not arrive: %(reason)s", address=names, reason=reason
        )
        self._retry_or_fail(text, is_final or is_refused_for_good(reason))

    def _note_error(self, error):
        text = self.env["service.batch.runner"]._describe_error(error)
        is_final = not (isinstance(error, OSError) or getattr(error, "is_transient", False))
        self._retry_or_fail(text, is_final)

    def _retry_or_fail(self, text, is_final):
        """Try a few times, each later than before; then, or where that is no use, tell a person."""
        tries = self.service_sending_tries + 1
        delay = None if is_final else get_delay(tries)
        if delay is None:
            self._fail_sending(text, service_sending_tries=tries)
            return
        after = fields.Datetime.now() + delay
        self._set_sending(
            "waiting",
            service_sending_tries=tries,
            service_sending_after=after,
            service_sending_note=text,
        )
        self._call_sender(after)

    def _fail_sending(self, text, **vals):
        """Put into the inbox that an invoice has not gone out."""
        gone = {"service_sent_at": False, "service_sending_after": False}
        self._set_sending("failed", service_sending_note=text, **gone, **vals)
        self.env["service.exception"]._report(self, "billing", text, job=JOB)

    def _get_doubt(self):
        return self.env._(
            "The server was stopped while it sent this invoice by a platform: nobody knows whether "
            "it arrived. Look there first; send it again only if it did not."
        )

    def _get_missing_address(self):
        return self.env._(
            "%(customer)s gets invoices by e-mail, and no e-mail address is known: add it, or "
            "choose another way of sending on the customer.",
            customer=self.partner_id.display_name,
        )

    # ----- What comes back -----

    @api.model
    def _follow_up_mails(self):
        """Look at the mails that are on their way, and at those that have come back since."""
        came_back = Domain("service_sending", "=", "sent") & Domain(
            "service_sending_message_id.notification_ids.notification_status", "in", FAILED
        )
        moves = self.search(came_back | Domain("service_sending", "=", "mailing"))
        moves._follow_mail()

    def _message_receive_bounce(self, email, partner):
        """A mail that came back is one that failed."""
        result = super()._message_receive_bounce(email, partner)
        for move in self.sudo().filtered("service_sending_message_id"):
            rows = move._get_customer_notifications()
            people = rows.res_partner_id
            addresses = [*people.mapped("email_normalized"), *rows.mapped("mail_email_address")]
            if partner & people or email in addresses:
                own = move._as_sender()
                own._fail_sending(own.env._("The e-mail to %(address)s came back.", address=email))
        return result

    # ----- By post -----

    def action_print_service(self):
        """Open one file with all invoices that go by post; what is in it can be confirmed."""
        self.check_access("write")
        moves = self.filtered(lambda move: move.service_sending in TO_POST)
        if not moves:
            raise UserError(self.env._("None of these invoices goes by post."))
        attachment = self.env["ir.attachment"].create(moves._prepare_print_list_vals())
        moves._set_sending("printed")
        url = f"/web/content/{attachment.id}?download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _prepare_print_list_vals(self):
        """Return the file of the print list: the invoices as they were made, one after another."""
        moves = self.sorted(lambda move: (move.invoice_date, move.name))
        files = [move.invoice_pdf_report_id.raw for move in moves.sudo()]
        if not all(files):
            raise UserError(
                self.env._("A file is missing: have the invoice made anew by its Print button.")
            )
        name = self.env._("Invoices to post %(day)s", day=fields.Date.context_today(self))
        raw = merge_pdf(files)
        return {"name": f"{name}.pdf", "raw": raw, "mimetype": "application/pdf"}

    def action_posted_service(self):
        """Confirm that the printed invoices went by post."""
        self.check_access("write")
        moves = self.filtered(lambda move: move.service_sending == "printed")
        if not moves:
            raise UserError(self.env._("Print the list first: none of these invoices is printed."))
        moves._set_sent()
        text = self.env._("Sent by post.")
        moves.sudo()._message_log_batch(bodies={move.id: text for move in moves})
