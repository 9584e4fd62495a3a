from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.invitation import Appointment, calendar_file
from ..common.brought_records import require
from ..common.client_actions import notify
from ..session.service_session import OPEN_STATES

APPOINTMENT = "service_contract.service_appointment_mail_template"
FILE_NAME = "appointment.ics"


class ServiceSession(models.Model):
    """What the customer is told of an appointment: a mail with an entry for the calendar."""

    _inherit = "service.session"

    told_start = fields.Datetime(
        string="Appointment Told",
        readonly=True,
        copy=False,
        help="The appointment as the customer was told it; empty before.",
        lock="workflow",
    )
    told_stop = fields.Datetime(readonly=True, copy=False, lock="workflow")
    told_count = fields.Integer(readonly=True, copy=False, lock="workflow")
    can_tell_appointment = fields.Boolean(compute="_compute_can_tell_appointment")

    @api.depends("state", "planned_start", "planned_stop", "told_start", "told_stop")
    def _compute_can_tell_appointment(self):
        for session in self:
            planned = (session.planned_start, session.planned_stop)
            is_news = planned != (session.told_start, session.told_stop)
            session.can_tell_appointment = session.state == "draft" and is_news

    def action_tell_appointment(self):
        """Mail the customer the appointment, or that it was moved or called off; say to whom."""
        self.check_access("write")
        sessions = self.filtered("can_tell_appointment")
        for session in sessions:
            session._tell_appointment()
        emails = dict.fromkeys(
            session._get_appointment_recipient().email_normalized for session in sessions
        )
        if not emails:
            return False
        return notify(
            self.env._("The appointment was sent to %(emails)s.", emails=", ".join(emails))
        )

    def _set_cancelled(self):
        """Take an appointment that was told out of the customer's calendar, unless it is past."""
        result = super()._set_cancelled()
        now = fields.Datetime.now()
        told = self.sudo().filtered("told_stop")
        for session in told.filtered(lambda session: session.told_stop > now):
            if session._get_appointment_recipient().email_normalized:
                session._tell_appointment()
        return result

    def _get_appointment_recipient(self):
        """Return who is told of the appointment: who asked, else the customer; a hook."""
        self.ensure_one()
        return self.contact_id or self.partner_id

    def _tell_appointment(self):
        self.ensure_one()
        session = self.sudo()
        recipient = session._get_appointment_recipient()
        if not recipient.email_normalized:
            raise UserError(
                self.env._(
                    "%(session)s: %(customer)s has no valid e-mail address to send the appointment "
                    "to.",
                    session=session.name,
                    customer=recipient.display_name or self.env._("the customer"),
                )
            )
        is_on = session.state in OPEN_STATES and bool(session.planned_start)
        template = require(
            self.env, APPOINTMENT, self.env._("The e-mail template of appointments")
        ).sudo()
        content = calendar_file(session._prepare_appointment(not is_on))
        template = template.with_context(service_is_called_off=not is_on)
        words = {
            name: template._render_field(name, session.ids, compute_lang=True)[session.id]
            for name in ("subject", "body_html")
        }
        self.message_post(
            subject=words["subject"],
            body=words["body_html"],
            partner_ids=recipient.ids,
            notify_author=True,
            attachments=[(FILE_NAME, content)],
            **self._prepare_customer_mail_vals(),
        )
        session.write(
            {
                "told_start": is_on and session.planned_start,
                "told_stop": is_on and session.planned_stop,
                "told_count": session.told_count + 1,
            }
        )

    def _prepare_appointment(self, is_cancelled):
        """Return the appointment for the calendar, in the customer's language."""
        self.ensure_one()
        session = self.with_context(lang=self._get_sheet_lang())
        start = session.told_start if is_cancelled else session.planned_start
        stop = session.told_stop if is_cancelled else session.planned_stop
        place = session.partner_id if session.channel == "on_site" else session.env["res.partner"]
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return Appointment(
            uid=f"service-session-{session.id}@{database}",
            sequence=session.told_count,
            start=start.replace(tzinfo=timezone.utc),
            stop=stop.replace(tzinfo=timezone.utc),
            told_at=fields.Datetime.now().replace(tzinfo=timezone.utc),
            summary=session.env._(
                "%(company)s: appointment %(session)s",
                company=session.company_id.name,
                session=session.name,
            ),
            description=session.request or "",
            location=(place.contact_address_inline or "") if place else "",
            is_cancelled=is_cancelled,
        )
