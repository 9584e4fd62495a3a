from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import format_datetime

from ...tools import clocks
from ..session.service_session import OPEN_STATES

DEFAULT_LENGTH = timedelta(hours=1)


class ServiceSession(models.Model):
    """The appointment of a session, and what speaks against it: leave, hours, other ones."""

    _inherit = "service.session"

    planned_start = fields.Datetime(
        string="Appointment", copy=False, index=True, tracking=True, lock="closed"
    )
    planned_stop = fields.Datetime(
        string="Planned End",
        compute="_compute_planned_stop",
        store=True,
        readonly=False,
        copy=False,
        help="An hour after the start unless changed.",
        lock="closed",
    )
    appointment_warning = fields.Text(compute="_compute_appointment_warning", compute_sudo=True)
    zone_note = fields.Char(compute="_compute_zone_note")

    _appointment_ordered = models.Constraint(
        "CHECK (planned_stop > planned_start)", "An appointment ends after its start."
    )
    _appointment_started = models.Constraint(
        "CHECK (planned_stop IS NULL OR planned_start IS NOT NULL)",
        "An appointment has a start.",
    )

    @api.depends("name", "partner_id.display_name", "sender_email")
    @api.depends_context("service_show_customer", "service_new_request")
    def _compute_display_name(self):
        """Name a session by its customer where the calendar asks for it, a new one by its list."""
        result = super()._compute_display_name()
        unnamed = self.filtered(lambda session: session.name in (False, "/"))
        if self.env.context.get("service_show_customer"):
            for session in self - unnamed:
                if who := session.partner_id.display_name or session.sender_email:
                    session.display_name = f"{who} ({session.name})"
        if self.env.context.get("service_new_request"):
            unnamed.display_name = self.env._("New Request")
        return result

    @api.depends("planned_start")
    def _compute_planned_stop(self):
        for session in self:
            start, stop = session.planned_start, session.planned_stop
            if not start:
                session.planned_stop = False
            elif not stop or stop <= start:
                session.planned_stop = start + DEFAULT_LENGTH

    # ----- Warnings -----

    @api.depends("user_id", "company_id", "planned_start", "planned_stop", "state")
    @api.depends_context("lang", "tz")
    def _compute_appointment_warning(self):
        self.appointment_warning = False
        planned = self.filtered(lambda session: session.user_id and session._is_planned())
        if not planned:
            return
        employees = planned._get_planned_employees()
        leaves, bookings = planned._get_leaves(employees), planned._get_bookings()
        hours = planned._get_working_hours(employees)
        for session in planned:
            employee = employees[session.user_id, session.company_id]
            session.appointment_warning = "\n".join(
                [
                    *(session._get_leave_warnings(employee, leaves, hours) if employee else ()),
                    *session._get_booking_warnings(bookings),
                ]
            )

    def _is_planned(self):
        self.ensure_one()
        is_span = (
            self.planned_start and self.planned_stop and self.planned_start < self.planned_stop
        )
        return bool(is_span) and self.state in OPEN_STATES

    def _get_planned_employees(self):
        """Return ``{(user, company): employee}``, empty where a user has none there."""
        employees = self.env["hr.employee"].search(
            [("user_id", "in", self.user_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        found = {(employee.user_id, employee.company_id): employee for employee in employees}
        keys = {(session.user_id, session.company_id) for session in self}
        return {key: found.get(key, employees.browse()) for key in keys}

    def _get_leaves(self, employees):
        """Return the leaves and public closing days that may touch the appointments."""
        start, stop = min(self.mapped("planned_start")), max(self.mapped("planned_stop"))
        resources = self.env["hr.employee"].union(*employees.values()).resource_id
        return self.env["resource.calendar.leaves"].search(
            [
                *_get_leave_domain(start, stop),
                ("company_id", "in", [False, *self.company_id.ids]),
                ("resource_id", "in", [False, *resources.ids]),
            ]
        )

    def _get_bookings(self):
        """Return the open appointments of the same technicians that may overlap these."""
        return self.env["service.session"].search(
            [
                ("user_id", "in", self.user_id.ids),
                ("state", "in", OPEN_STATES),
                ("planned_start", "<", max(self.mapped("planned_stop"))),
                ("planned_stop", ">", min(self.mapped("planned_start"))),
            ]
        )

    def _get_working_hours(self, employees):
        """Return ``{employee: intervals at work}`` around the appointments.

        Employees who keep no hours are left out.
        """
        start = min(self.mapped("planned_start")).replace(tzinfo=timezone.utc)
        stop = max(self.mapped("planned_stop")).replace(tzinfo=timezone.utc)
        hours = {}
        for employee in self.env["hr.employee"].union(*employees.values()):
            calendar, resource = employee.resource_calendar_id, employee.resource_id
            if calendar and not calendar.flexible_hours:
                work = calendar._attendance_intervals_batch(start, stop, resource)[resource.id]
                hours[employee] = [(begin, end) for begin, end, _lines in work]
        return hours

    def _get_leave_warnings(self, employee, leaves, hours):
        """Return in words that the technician is away, or does not work at that time."""
        self.ensure_one()
        calendar = employee.resource_calendar_id
        own = leaves.filtered(
            lambda leave: (
                leave.date_from < self.planned_stop
                and leave.date_to > self.planned_start
                and leave.resource_id in (employee.resource_id, leave.resource_id.browse())
                and (leave.resource_id or leave.calendar_id in (calendar, calendar.browse()))
            )
        )
        if own:
            return [
                self.env._(
                    "%(technician)s is on leave from %(start)s to %(stop)s.",
                    technician=self.user_id.name,
                    start=format_datetime(self.env, leave.date_from),
                    stop=format_datetime(self.env, leave.date_to),
                )
                for leave in own
            ]
        if not self._is_at_work(hours.get(employee)):
            return [
                self.env._("%(technician)s does not work at that time.", technician=employee.name)
            ]
        return []

    def _is_at_work(self, hours):
        """Tell whether both ends of the appointment are in working hours, None being any."""
        self.ensure_one()
        if hours is None:
            return True
        start = self.planned_start.replace(tzinfo=timezone.utc)
        stop = self.planned_stop.replace(tzinfo=timezone.utc)
        starts_at_work = any(begin <= start < end for begin, end in hours)
        return starts_at_work and any(begin < stop <= end for begin, end in hours)

    def _get_booking_warnings(self, bookings):
        self.ensure_one()
        others = bookings.filtered(
            lambda other: (
                other.user_id == self.user_id
                and other != self._origin
                and other.planned_start < self.planned_stop
                and other.planned_stop > self.planned_start
            )
        )
        return [
            self.env._(
                "%(technician)s has another appointment at that time: %(session)s, %(customer)s.",
                technician=self.user_id.name,
                session=other.name,
                customer=other.commercial_partner_id.name or other.sender_email,
            )
            for other in others
        ]

    @api.model
    def get_unusual_days(self, date_from, date_to=None):
        """Tell the calendar on which days the reader does not work, or is on leave at noon."""
        employee = self.env.user.employee_id
        if not employee:
            return {}
        days = employee._get_unusual_days(date_from, date_to)
        zone = employee.tz or self.env.user.tz or "UTC"
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    *_get_leave_domain(date_from, date_to or date_from),
                    ("resource_id", "=", employee.resource_id.id),
                ]
            )
        )
        for day in days:
            instant = clocks.naive_instant_of(fields.Date.to_date(day), clocks.NOON, zone)
            if any(leave.date_from <= instant < leave.date_to for leave in leaves):
                days[day] = True
        return days

    # ----- Clocks -----

    @api.depends("tz", "start", "planned_start")
    @api.depends_context("tz", "lang")
    def _compute_zone_note(self):
        for session in self:
            instant = session.start or session.planned_start or fields.Datetime.now()
            theirs = session._to_local(instant)
            ours = fields.Datetime.context_timestamp(session, instant)
            is_same = theirs.utcoffset() == ours.utcoffset()
            session.zone_note = not is_same and session.env._(
                "Times are typed and shown on your clock (%(ours)s). Prices, due times and what "
                "the customer reads follow the customer's clock (%(theirs)s).",
                ours=ours.tzinfo,
                theirs=theirs.tzinfo,
            )


def _get_leave_domain(start, stop):
    return [("time_type", "=", "leave"), ("date_from", "<", stop), ("date_to", ">", start)]
