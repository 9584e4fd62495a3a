from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.sessions import Connection
from .service_session import MAX_SECONDS

MAX_TYPED_AGO = timedelta(minutes=10)
MAX_AHEAD = timedelta(minutes=10)

SLOT_FIELDS = {
    "service_session_id",
    "service_start",
    "service_stop",
    "service_workstation",
    "employee_id",
}
LOCKED_FIELDS = SLOT_FIELDS | {
    "service_seconds",
    "unit_amount",
    "date",
    "project_id",
    "task_id",
    "so_line",
    "company_id",
}


class AccountAnalyticLine(models.Model):
    """A session's connection is a timesheet line: who, on which workstation, from when to when."""

    _inherit = "account.analytic.line"

    service_session_id = fields.Many2one(
        "service.session",
        string="Session",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        check_company=True,
    )
    service_partner_id = fields.Many2one(
        related="service_session_id.commercial_partner_id",
        string="Session Customer",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    service_start = fields.Datetime(string="Start", copy=False)
    service_stop = fields.Datetime(string="Stop", copy=False, help="Empty while the timer runs.")
    service_seconds = fields.Integer(
        string="Duration",
        compute="_compute_service_seconds",
        store=True,
        readonly=False,
        precompute=True,
        help="In seconds. Typed in, it moves the stop.",
    )
    service_is_running = fields.Boolean(compute="_compute_service_is_running")
    service_running_since = fields.Datetime(compute="_compute_service_is_running")
    service_workstation = fields.Char(string="Workstation", copy=False, index="trigram")
    service_tz = fields.Char(
        string="Time Zone of the Connection",
        compute="_compute_service_tz",
        store=True,
        precompute=True,
    )
    service_session_state = fields.Selection(
        related="service_session_id.state", string="State of the Session"
    )

    _service_dates_ordered = models.Constraint(
        "CHECK (service_stop > service_start)", "A connection ends after its start."
    )
    _service_start_required = models.Constraint(
        "CHECK (service_session_id IS NULL OR service_start IS NOT NULL)",
        "A connection of a session needs its start.",
    )
    _service_same_place = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(employee_id, employee_id, '[]') WITH &&, "
        "int8range(service_partner_id, service_partner_id, '[]') WITH &&, "
        "int8range(hashtext(service_workstation), hashtext(service_workstation), '[]') WITH &&, "
        "tsrange(service_start, service_stop, '[)') WITH &&) "
        "WHERE (service_session_id IS NOT NULL AND service_workstation <> '')",
        "This technician is connected to this workstation already at that time.",
    )

    # ----- Time -----

    @api.depends("service_start", "service_stop")
    def _compute_service_seconds(self):
        for line in self:
            is_closed = line.service_start and line.service_stop
            line.service_seconds = is_closed and int(
                (line.service_stop - line.service_start).total_seconds()
            )

    @api.depends("service_start", "service_stop")
    def _compute_service_is_running(self):
        for line in self:
            line.service_is_running = bool(line.service_start) and not line.service_stop
            line.service_running_since = line.service_is_running and line.service_start

    @api.depends("service_session_id.tz")
    def _compute_service_tz(self):
        for line in self:
            line.service_tz = line.service_session_id.tz

    @api.onchange("service_seconds")
    def _onchange_service_seconds(self):
        if self.service_start and self.service_seconds:
            self.service_stop = self.service_start + timedelta(seconds=self.service_seconds)

    def _get_service_interval(self, now=None):
        """Return the connection as the pure core knows it; one that runs ends at ``now``.

        One whose end is typed in before its start counts no second until it is put right.
        """
        self.ensure_one()
        stop = max(self.service_stop or now or self.service_start, self.service_start)
        return Connection(
            self.service_start.replace(tzinfo=timezone.utc),
            stop.replace(tzinfo=timezone.utc),
            self.service_workstation or "",
        )

    # ----- What Odoo computes otherwise for timesheets -----

    @api.depends("service_session_id")
    def _compute_so_line(self):
        connections = self.filtered("service_session_id")
        connections.so_line = False
        return super(AccountAnalyticLine, self - connections)._compute_so_line()

    def _timesheet_determine_sale_line(self):
        if self.service_session_id:
            return self.env["sale.order.line"]
        return super()._timesheet_determine_sale_line()

    @api.depends("service_session_id.partner_id")
    def _compute_partner_id(self):
        connections = self.filtered("service_session_id")
        for line in connections:
            line.partner_id = line.service_session_id.partner_id
        return super(AccountAnalyticLine, self - connections)._compute_partner_id()

    def _inverse_analytic_distribution(self):
        for line in self.filtered("service_session_id"):
            if len(line.analytic_distribution or {}) > 1:
                raise UserError(
                    self.env._(
                        "%(line)s is a connection of session %(session)s: its time cannot be split "
                        "between several analytic accounts.",
                        line=line.name,
                        session=line.service_session_id.name,
                    )
                )
        return super()._inverse_analytic_distribution()

    def _is_readonly(self):
        return bool(self.service_session_id) or super()._is_readonly()

    # ----- Checks -----

    @api.constrains("service_session_id", "so_line")
    def _check_service_so_line(self):
        for line in self.filtered(lambda line: line.service_session_id and line.so_line):
            raise ValidationError(
                self.env._(
                    "%(line)s is a connection of session %(session)s, which makes its own charges: "
                    "it cannot be billed by the order line %(order_line)s as well.",
                    line=line.name,
                    session=line.service_session_id.name,
                    order_line=line.so_line.display_name,
                )
            )

    @api.constrains("service_session_id", "unit_amount")
    def _check_service_unit_amount(self):
        for line in self.filtered("service_session_id"):
            if line.unit_amount != line.service_seconds / 3600:
                raise ValidationError(
                    self.env._(
                        "The time of a connection of session %(session)s follows from its start "
                        "and stop: change these.",
                        session=line.service_session_id.name,
                    )
                )

    @api.constrains("service_session_id", "employee_id", "project_id", "task_id")
    def _check_service_timesheet(self):
        for line in self.filtered("service_session_id"):
            if not line.employee_id or not line.project_id or line.task_id:
                raise ValidationError(
                    self.env._(
                        "A connection of session %(session)s has a technician and a project, but "
                        "no task.",
                        session=line.service_session_id.name,
                    )
                )

    @api.model
    def _check_service_slots(self, slots):
        """Refuse connections that end before they start, or overlap on one workstation.

        ``slots``: values of SLOT_FIELDS with the ``id`` of the line, or None. Checked before the
        database does it, to say which sessions.
        """
        for slot in slots:
            self._check_service_order(slot)
        for slot, other in self._get_service_clashes(slots):
            raise ValidationError(self._describe_service_clash(slot, other))

    @api.model
    def _describe_service_clash(self, slot, other):
        session, other_session = slot["service_session_id"], other["service_session_id"]
        words = {
            "session": session.name,
            "technician": self.env["hr.employee"].sudo().browse(slot["employee_id"]).name,
            "workstation": slot["service_workstation"],
        }
        if session == other_session:
            return self.env._(
                "%(session)s: two connections of %(technician)s to “%(workstation)s” overlap in "
                "this session. Correct one of the two, or name another workstation.",
                **words,
            )
        return self.env._(
            "%(session)s: %(technician)s is connected to “%(workstation)s” already at that time, "
            "in session %(other)s. Correct one of the two, or name another workstation.",
            other=other_session.name,
            **words,
        )

    @api.model
    def _check_service_order(self, slot):
        session, start, stop = (
            slot[name] for name in ("service_session_id", "service_start", "service_stop")
        )
        if not start:
            raise ValidationError(
                self.env._(
                    "%(session)s: type in when the connection started.", session=session.name
                )
            )
        if start > fields.Datetime.now() + MAX_AHEAD:
            raise ValidationError(
                self.env._(
                    "%(session)s: a connection cannot start in the future, but this one starts at "
                    "%(start)s.",
                    session=session.name,
                    start=session._format_local(start),
                )
            )
        if stop and stop <= start:
            raise ValidationError(
                self.env._(
                    "%(session)s: a connection ends after its start, but this one starts at "
                    "%(start)s and stops at %(stop)s.",
                    session=session.name,
                    start=session._format_local(start),
                    stop=session._format_local(stop),
                )
            )
        if stop and stop - start > timedelta(seconds=MAX_SECONDS):
            raise ValidationError(
                self.env._(
                    "%(session)s: a connection cannot last more than 24 hours, but this one starts "
                    "at %(start)s and stops at %(stop)s. Type in when it really ended.",
                    session=session.name,
                    start=session._format_local(start),
                    stop=session._format_local(stop),
                )
            )

    @api.model
    def _check_service_end_typed(self, vals):
        """Ask for the end of a connection that began in the past; the timer begins now."""
        start = fields.Datetime.to_datetime(vals.get("service_start"))
        is_open = not vals.get("service_stop") and not vals.get("service_seconds")
        if start and is_open and start < fields.Datetime.now() - MAX_TYPED_AGO:
            session = self.env["service.session"].browse(vals["service_session_id"])
            raise ValidationError(
                self.env._(
                    "%(session)s: a connection that started at %(start)s needs its end. Type in "
                    "the end or the duration; for work that begins now, press Start.",
                    session=session.name,
                    start=session._format_local(start),
                )
            )

    @api.model
    def _get_service_clashes(self, slots):
        """Yield ``(slot, other slot)`` that share technician, customer, workstation and time."""
        slots = [slot for slot in slots if slot["service_workstation"]]
        if not slots:
            return
        known = {}
        for other in self._get_service_slots_nearby(slots) + slots:
            known.setdefault(self._get_service_place(other), []).append(other)
        for slot in slots:
            for other in known[self._get_service_place(slot)]:
                is_other = other is not slot and (not slot["id"] or other["id"] != slot["id"])
                if is_other and _overlap(slot, other):
                    yield slot, other

    @api.model
    def _get_service_slots_nearby(self, slots):
        """Return, by one query, the recorded slots that may clash with ``slots``."""
        stops = [slot["service_stop"] for slot in slots]
        domain = [
            ("id", "not in", [slot["id"] for slot in slots if slot["id"]]),
            ("service_session_id", "!=", False),
            ("employee_id", "in", list({slot["employee_id"] for slot in slots})),
            ("service_workstation", "in", list({slot["service_workstation"] for slot in slots})),
            *self._get_service_overlap_domain(
                min(slot["service_start"] for slot in slots), None if None in stops else max(stops)
            ),
        ]
        return [line._get_service_slot({}) for line in self.sudo().search(domain)]

    @api.model
    def _get_service_overlap_domain(self, start, stop):
        """Return the domain of the connections open at some time from ``start`` to ``stop``."""
        before = [("service_start", "<", stop)] if stop else []
        return [*before, "|", ("service_stop", "=", False), ("service_stop", ">", start)]

    @api.model
    def _get_service_place(self, slot):
        session = slot["service_session_id"]
        return slot["employee_id"], session.commercial_partner_id.id, slot["service_workstation"]

    def _get_service_slot(self, vals):
        """Return the values of SLOT_FIELDS that the line, if any, will have after ``vals``."""
        line = self.sudo()
        session = vals.get("service_session_id", line.service_session_id.id)
        to_datetime = fields.Datetime.to_datetime
        return {
            "id": line.id or None,
            "service_session_id": line.service_session_id.browse(session),
            "employee_id": vals.get("employee_id", line.employee_id.id),
            "service_workstation": vals.get("service_workstation", line.service_workstation) or "",
            "service_start": to_datetime(vals.get("service_start", line.service_start)) or None,
            "service_stop": to_datetime(vals.get("service_stop", line.service_stop)) or None,
        }

    def _get_service_parallel_lines(self):
        """Return ``{session: connections of its technicians elsewhere at the same time}``.

        One query, however many lines.
        """
        lines = self.filtered("service_start")
        if not lines:
            return {}
        stops = lines.mapped("service_stop")
        nearby = self.sudo().search(
            [
                ("service_partner_id", "!=", False),
                ("employee_id", "in", lines.employee_id.ids),
                *self._get_service_overlap_domain(
                    min(lines.mapped("service_start")), None if False in stops else max(stops)
                ),
            ]
        )
        by_employee = nearby.grouped("employee_id")
        parallel = {}
        for line in lines:
            others = by_employee.get(line.employee_id, nearby.browse())
            parallel[line.service_session_id] = parallel.get(
                line.service_session_id, nearby.browse()
            ) | others.filtered(lambda other, line=line: line._is_service_parallel(other))
        return parallel

    def _is_service_parallel(self, other):
        """Tell whether another session's connection goes on beside this one.

        At the same customer only where a name is missing: on two named workstations one works in
        parallel, and twice on the same one is refused.
        """
        self.ensure_one()
        is_elsewhere = other.service_partner_id != self.service_partner_id
        is_unnamed = not (self.service_workstation and other.service_workstation)
        is_other = is_elsewhere or (
            is_unnamed and other.service_session_id != self.service_session_id
        )
        return is_other and _overlap(self._get_service_slot({}), other._get_service_slot({}))

    # ----- Lock -----

    def _check_can_write(self, values):
        connections = self.filtered("service_session_id")
        if connections and LOCKED_FIELDS & values.keys():
            connections.service_session_id._check_not_billed()
        if connections and "timesheet_invoice_id" in values and not self.env.su:
            raise UserError(
                self.env._("The invoice of a connection follows from the charges of its session.")
            )
        if self.env.user._is_service_manager():
            return super(AccountAnalyticLine, self - connections)._check_can_write(values)
        return super()._check_can_write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_service_billed(self):
        self.service_session_id._check_not_billed()

    # ----- Records -----

    @api.model_create_multi
    def create(self, vals_list):
        self._complete_connections(vals_list)
        lines = super().create(vals_list)
        lines._follow_connections()
        return lines

    @api.model
    def _complete_connections(self, vals_list):
        """Give the connections of sessions all that a timesheet line needs, and check them."""
        connections = [vals for vals in vals_list if vals.get("service_session_id")]
        sessions = self.env["service.session"].browse(
            {vals["service_session_id"] for vals in connections}
        )
        by_id = {session.id: session for session in sessions}
        slots = []
        for vals in connections:
            self._check_service_end_typed(vals)
            vals.update(by_id[vals["service_session_id"]]._prepare_connection_vals(vals))
            slots.append(self.browse()._get_service_slot(vals))
        self._check_service_slots(slots)

    def _follow_connections(self):
        """Let the sessions follow their new connections."""
        self.service_session_id._on_connections_changed()

    def write(self, vals):
        if vals.get("service_seconds") and "service_stop" not in vals:
            return self._write_service_seconds(vals)
        vals = {name: value for name, value in vals.items() if name != "service_seconds"}
        if not SLOT_FIELDS & vals.keys():
            return super().write(vals)
        sessions = self.service_session_id
        self._check_can_write(vals)
        self._check_service_slots(
            [
                line._get_service_slot(vals)
                for line in self
                if line.service_session_id or vals.get("service_session_id")
            ]
        )
        result = super().write(vals)
        (sessions | self.service_session_id)._on_connections_changed()
        return result

    def _write_service_seconds(self, vals):
        """Move the stops of lines that have a start; the others are no connections."""
        seconds = timedelta(seconds=vals["service_seconds"])
        vals = {name: value for name, value in vals.items() if name != "service_seconds"}
        for line in self:
            start = line._get_service_slot(vals)["service_start"]
            line.write({**vals, "service_stop": start + seconds} if start else vals)
        return True

    def unlink(self):
        sessions = self.service_session_id
        result = super().unlink()
        sessions._on_connections_changed()
        return result

    def _sync_with_session(self):
        """Write what follows from the session and the time: hours, local date, project, account."""
        for line in self.filtered("service_session_id"):
            vals = line.service_session_id._prepare_timesheet_vals(
                line.service_start, line.service_seconds
            )
            changed = {
                name: value
                for name, value in vals.items()
                if line._fields[name].convert_to_write(line[name], line) != value
            }
            if changed:
                line.write(vals if "project_id" in changed else changed)

    # ----- Buttons -----

    def action_service_stop(self):
        """Stop the connections that run, now; who stops in the very second of the start used it."""
        now = fields.Datetime.now()
        running = self.filtered("service_is_running")
        begun_now = running.filtered(lambda line: line.service_start == now)
        begun_now.write({"service_stop": now + timedelta(seconds=1)})
        (running - begun_now).write({"service_stop": now})


def _overlap(slot, other):
    """Tell whether two slots have a second in common; without a stop, a slot goes on."""
    return (not other["service_stop"] or slot["service_start"] < other["service_stop"]) and (
        not slot["service_stop"] or other["service_start"] < slot["service_stop"]
    )
