from odoo import api, models

from .service_session_mail import MAX_REQUEST_LENGTH

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
    "message_ids",
    "website_message_ids",
}


class ServiceSession(models.Model):
    """What customers may read of their sessions through the portal: these fields and no other."""

    _inherit = "service.session"

    @api.model
    def _create_portal_request(self, subject, description, attachments=()):
        """Make a request of what a customer typed in; ``attachments``: names and contents."""
        contact = self.env.user.partner_id
        session = self.sudo().create(
            {
                "company_id": self.env.company.id,
                "partner_id": contact.commercial_partner_id.id,
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

    def _get_portal_subject(self):
        """Return the first line of the request, the session's number where there is none."""
        self.ensure_one()
        return (self.request or "").strip().split("\n")[0][:120] or self.name

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
