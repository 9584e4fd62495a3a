from odoo import api, fields, models
from odoo.tools import email_normalize, html2plaintext

from ...tools import mail_origin, mail_sender
from ..common.brought_records import say_missing
from ..session.service_session import OPEN_STATES
from .mail_thread import ORIGIN, SENDER

RECEIVED = "service_contract.service_request_template"

MAX_REQUEST_LENGTH = 10000


class ServiceSession(models.Model):
    """Requests that arrive by e-mail, and what the customer is told of them."""

    _inherit = "service.session"
    _primary_email = "sender_email"
    _mail_post_access = "read"

    sender_email = fields.Char(string="Sender", readonly=True, copy=False, lock="workflow")

    # ----- Where a mail goes -----

    @api.model
    def _choose_mail_routes(self, message, msg_dict, routes):
        """Return the routes of an e-mail without those of sessions that a machine answers.

        What else arrives for sessions becomes a request or joins one: nothing vanishes.
        """
        own = [route for route in routes if route[0] == self._name]
        is_reply = any(route[1] for route in own)
        origin = mail_origin.get_origin(message, msg_dict.get("subject") or "", is_reply)
        if origin == mail_origin.ANSWER:
            return [route for route in routes if route[0] != self._name]
        msg_dict[ORIGIN] = origin
        msg_dict[SENDER] = self._check_sender(message, msg_dict.get("email_from"))
        return [
            self._lead_to_session(route, origin, msg_dict) if route in own else route
            for route in routes
        ]

    @api.model
    def _lead_to_session(self, route, origin, msg_dict):
        """Return the route of a mail to the session that it is about, where there is one."""
        model, thread_id, vals, *rest = route
        if not thread_id:
            company_id = (vals or {}).get("company_id") or self.env.company.id
            thread_id = self._find_mail_session(origin, msg_dict, company_id).id or thread_id
        return (model, thread_id, vals, *rest)

    @api.model
    def _find_mail_session(self, origin, msg_dict, company_id):
        """Return the session that a mail is about which answers none of our messages; a hook.

        An alert joins the open request of the same sender and subject; a customer who names a
        sheet of his that is out, in the subject, answers it (S30).
        """
        subject = mail_origin.strip_prefixes(msg_dict.get("subject") or "")
        address = email_normalize(msg_dict.get("email_from"))
        if not subject or not address:
            return self.browse()
        if origin == mail_origin.ALERT:
            return self._find_alerted_session(subject, address, company_id)
        return self._find_named_session(subject, address, company_id)

    @api.model
    def _find_alerted_session(self, subject, address, company_id):
        sessions = self.sudo().search(
            [
                ("company_id", "=", company_id),
                ("state", "in", OPEN_STATES),
                ("request_source", "=", "mail"),
                ("sender_email", "ilike", address),
            ],
            order="id",
        )
        return sessions.filtered(
            lambda session: (
                email_normalize(session.sender_email) == address
                and mail_origin.strip_prefixes(session._get_request_line()) == subject
            )
        )[:1]

    @api.model
    def _find_named_session(self, subject, address, company_id):
        customer = self._find_sender(address, company_id).commercial_partner_id
        if not customer:
            return self.browse()
        domain = [
            ("company_id", "=", company_id),
            ("commercial_partner_id", "=", customer.id),
            ("name", "in", subject.split()),
            ("state", "=", "done"),
            ("sheet_state", "=", "sent"),
        ]
        return self.sudo().search(domain, limit=1)

    def _is_customers_message(self, message):
        """Take no machine's message for a person's."""
        origin = self.env.context.get(ORIGIN)
        return origin != mail_origin.ALERT and super()._is_customers_message(message)

    # ----- Requests -----

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a request of an e-mail; one of an unknown sender waits for its customer.

        What came through a list or from a machine is not acknowledged: nobody would read it.
        """
        vals = {**(custom_values or {}), **self._prepare_mail_request_vals(msg_dict, custom_values)}
        session = super().message_new(msg_dict, vals)
        if self.env.context.get(ORIGIN, mail_origin.PERSON) == mail_origin.PERSON:
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
            "sender_check": self.env.context.get(SENDER, mail_sender.UNKNOWN),
        }

    @api.model
    def _find_sender(self, email, company_id):
        """Return the customer's contact with an address, empty unless it is one customer's only.

        Nobody of ours is one: a mail from our own address is no request of ourselves.
        """
        contacts = self.env["res.partner"].sudo().browse()
        address = email_normalize(email)
        if address and not self._is_own_address(address):
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
        self._note_unverified(msg_dict)
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

        Unknown senders get nothing, so that nobody can have mail sent to strangers; nor do those
        in whose name somebody else wrote.
        """
        template = self.env.ref(RECEIVED, False)
        for session in self._as_customer_mail():
            recipient = session.contact_id or session.partner_id
            if not recipient or not session.company_id.service_acknowledge_requests:
                continue
            if not template:
                session._report_no_acknowledgement()
                continue
            if session._is_sender_refused():
                continue
            session.message_subscribe(recipient.ids)
            session.message_post_with_source(
                template,
                message_type="auto_comment",
                partner_ids=recipient.ids,
                **session._prepare_customer_mail_vals(),
            )

    def _report_no_acknowledgement(self):
        """Have a person told what a mail server cannot be told: nothing to acknowledge with."""
        words = say_missing(
            self.env, RECEIVED, self.env._("The e-mail template of requests received")
        )
        self.env["service.exception"]._report(self, "session", words, job="acknowledge")
