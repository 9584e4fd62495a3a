from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from .service_session_mail import MAX_REQUEST_LENGTH

DAY = timedelta(days=1)
MAX_REASON_LENGTH = 1000
PORTAL_FIELDS = {
    "id",
    "name",
    "display_name",
    "state",
    "company_id",
    "partner_id",
    "contact_id",
    "commercial_partner_id",
    "channel",
    "tz",
    "date",
    "start",
    "request",
    "request_source",
    "requested_at",
    "due_at",
    "answered_at",
    "planned_start",
    "planned_stop",
    "create_date",
    "write_date",
}


class ServiceSession(models.Model):
    """What customers may read of their sessions through the portal: these fields and no other."""

    _inherit = "service.session"

    @api.model
    def _create_portal_request(self, subject, description, attachments=(), contract=None):
        """Make a request of what a customer typed in; ``attachments``: names and contents.

        ``contract``: the one of the customer's that it is about, where that was said.
        """
        contact = self.env.user.partner_id
        session = self.sudo().create(
            {
                **self._prepare_request_about(contact.commercial_partner_id, contract),
                "contact_id": contact.id,
                "user_id": False,
                "request": f"{subject.strip()}\n\n{description.strip()}"[:MAX_REQUEST_LENGTH],
                "request_source": "portal",
                "sender_email": contact.email,
            }
        )
        session._acknowledge()
        if attachments:
            session.message_post(
                author_id=contact.id,
                attachments=list(attachments),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return session

    @api.model
    def _prepare_request_about(self, customer, contract):
        """Return whom a customer's request is about, and which contract where that was said."""
        if contract:
            return {
                "company_id": contract.company_id.id,
                "partner_id": contract.partner_id.id,
                "contract_id": contract.id,
            }
        company = customer.company_id or self.env.company
        return {"company_id": company.id, "partner_id": customer.id}

    # ----- How many -----

    @api.model
    def _get_request_limit_words(self):
        """Return in words that the customer has asked too often, empty while that is not so.

        Within 24 hours, by the company's limit; what was withdrawn counts as well.
        """
        limit = self.env.company.sudo().service_request_limit
        since = fields.Datetime.now() - DAY
        recent = self.sudo().search(
            [
                ("request_source", "=", "portal"),
                ("contact_id", "=", self.env.user.partner_id.id),
                ("company_id", "=", self.env.company.id),
                ("create_date", ">", since),
            ],
            order="create_date",
        )
        if not limit or len(recent) < limit:
            return ""
        first = recent[-limit]
        return self.env._(
            "You have sent %(count)s requests within 24 hours, which is the limit. Add to one of "
            "them by a message, or call us. You can send a new one from %(time)s.",
            count=len(recent),
            time=first._format_local(first.create_date + DAY),
        )

    # ----- Withdrawing -----

    def _is_withdrawable(self):
        """Tell whether the customer may still withdraw a request: no work has begun."""
        self.ensure_one()
        return self.state == "draft" and not (
            self.line_ids or self.research_seconds or self.checklist_id
        )

    def _withdraw_by_customer(self, reason=""):
        """Cancel a request that its customer no longer needs, and tell the technician."""
        self.ensure_one()
        self.check_access("read")
        session, contact = self.sudo(), self.env.user.partner_id
        if contact.commercial_partner_id != session.commercial_partner_id:
            raise AccessError(self.env._("Only the customer withdraws a request."))
        if not session._is_withdrawable():
            raise UserError(
                self.env._("Work on %(session)s has begun: write to us instead.", session=self.name)
            )
        reason = (reason or "").strip()[:MAX_REASON_LENGTH]
        session._set_cancelled()
        session.message_post(
            author_id=contact.id,
            body=self.env._(
                "%(customer)s withdrew the request. %(reason)s",
                customer=contact.name,
                reason=reason,
            ),
            subtype_xmlid="mail.mt_comment",
        )
        if session.user_id:
            session.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=session.user_id.id,
                summary=self.env._("The customer withdrew the request"),
                note=plaintext2html(reason) if reason else False,
            )

    # ----- What is shown -----

    def _get_portal_subject(self):
        """Return the first line of the request, the session's number where there is none."""
        self.ensure_one()
        return self._get_request_line()[:120] or self.name

    def _get_portal_status(self):
        """Return where a request stands, in the customer's words."""
        self.ensure_one()
        if self.state in ("done", "cancelled"):
            labels = {"done": self.env._("Done"), "cancelled": self.env._("Cancelled")}
            return labels[self.state]
        if self.start:
            return self.env._("In progress")
        if self.planned_start:
            return self.env._("Planned")
        return self.env._("Answered") if self.answered_at else self.env._("Received")

    def _has_field_access(self, field, operation):
        """Let portal users read PORTAL_FIELDS alone, however many fields sessions get."""
        if not super()._has_field_access(field, operation):
            return False
        if self.env.su or self.env.user._is_internal():
            return True
        return operation == "read" and field.name in PORTAL_FIELDS
