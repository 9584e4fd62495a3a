from odoo import api, fields, models
from odoo.tools import email_normalize, html2plaintext

from .mail_thread import AUTOMATIC_PRECEDENCES

MAX_REQUEST_LENGTH = 10000


class ServiceSession(models.Model):
    """Requests that arrive by e-mail, and what the customer is told of them."""

    _inherit = "service.session"
    _primary_email = "sender_email"
    _mail_post_access = "read"

    sender_email = fields.Char(string="Sender", readonly=True, copy=False)

    @api.model
    def _is_automatic_mail(self, message):
        """Tell whether a machine sent an e-mail: out of office, newsletter, bounce (RFC 3834)."""
        submitted = (message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        return (
            submitted != "no"
            or precedence in AUTOMATIC_PRECEDENCES
            or message.get("X-Autoreply") is not None
            or (message.get("Return-Path") or "").strip() == "<>"
        )

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a request of an e-mail; one of an unknown sender waits for its customer."""
        vals = {**(custom_values or {}), **self._prepare_mail_request_vals(msg_dict, custom_values)}
        session = super().message_new(msg_dict, vals)
        session._acknowledge()
        return session

    @api.model
    def _prepare_mail_request_vals(self, msg_dict, custom_values=None):
        company = (custom_values or {}).get("company_id") or self.env.company.id
        contact = self._find_sender(msg_dict.get("email_from"), company)
        return {
            "name": "/",
            "company_id": company,
            "partner_id": contact.commercial_partner_id.id,
            "contact_id": contact.id,
            "user_id": False,
            "request": self._get_mail_request(msg_dict),
            "request_source": "mail",
        }

    @api.model
    def _find_sender(self, email, company_id):
        """Return the customer's contact with an address, empty unless it is one customer's only."""
        contacts = self.env["res.partner"].sudo().browse()
        if address := email_normalize(email):
            contacts = contacts.search(
                [
                    ("email_normalized", "=", address),
                    ("company_id", "in", (False, company_id)),
                    "|",
                    ("user_ids", "=", False),
                    ("user_ids.share", "=", True),
                ]
            )
        is_clear = len(contacts.commercial_partner_id) == 1
        return contacts[:1] if is_clear else contacts.browse()

    @api.model
    def _get_mail_request(self, msg_dict):
        """Return subject and text of an e-mail, without any markup."""
        subject = (msg_dict.get("subject") or "").strip()
        text = html2plaintext(msg_dict.get("body") or "", include_references=False).strip()
        request = "\n\n".join(part for part in (subject, text) if part)
        if len(request) > MAX_REQUEST_LENGTH:
            return request[:MAX_REQUEST_LENGTH] + "…"
        return request

    def message_update(self, msg_dict, update_vals=None):
        """Wake the technician where the customer writes to a session that is closed."""
        closed = self.filtered(lambda session: session.state in ("done", "cancelled"))
        for session in closed.filtered("user_id"):
            session.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=session.user_id.id,
                summary=self.env._("The customer wrote after the closing"),
            )
        return super().message_update(msg_dict, update_vals)

    def _acknowledge(self):
        """Tell known customers that their request arrived, and until when they get an answer.

        Unknown senders get nothing, so that nobody can have mail sent to strangers.
        """
        template = self.env.ref("service_contract.service_request_template", False)
        for session in self.sudo():
            recipient = session.contact_id or session.partner_id
            if not template or not recipient or not session.company_id.service_acknowledge_requests:
                continue
            session.message_subscribe(recipient.ids)
            session.message_post_with_source(
                template,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_note",
                partner_ids=recipient.ids,
            )
