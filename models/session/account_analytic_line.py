from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.sessions import Connection

SLOT_FIELDS = {
    "service_session_id",
    "service_start",
    "service_stop",
    "service_workstation",
    "employee_id",
}
TIME_FIELDS = SLOT_FIELDS | {"service_seconds"}
GUARDED_FIELDS = TIME_FIELDS | {
    "unit_amount",
    "date",
    "project_id",
    "task_id",
    "so_line",
    "company_id",
}


def get_first_stop(start):
    """Return when a connection can stop first: who stops in the second of its start used it."""
    return start + timedelta(seconds=1)


class AccountAnalyticLine(models.Model):
    """A session's connection is a timesheet line: who, on which workstation, from when to when."""

    _name = "account.analytic.line"
    _inherit = ["account.analytic.line", "service.workflow.mixin"]

    service_session_id = fields.Many2one(
        "service.session",
        string="Session",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        check_company=True,
        lock="once",
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

    # ----- Lock -----

    def _check_can_write(self, values):
        connections = self.filtered("service_session_id")
        if not connections:
            return super()._check_can_write(values)
        if GUARDED_FIELDS & values.keys():
            connections.service_session_id._check_changeable()
        if "timesheet_invoice_id" in values and not self.env.su:
            raise UserError(
                self.env._("The invoice of a connection follows from the charges of its session.")
            )
        if self.env.user._is_service_manager():
            return super(AccountAnalyticLine, self - connections)._check_can_write(values)
        return super()._check_can_write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_service_billed(self):
        self.service_session_id._check_changeable()

    # ----- Records -----

    @api.model_create_multi
    def create(self, vals_list):
        if session_id := self.env.context.get("default_service_session_id"):
            vals_list = [{"service_session_id": session_id, **vals} for vals in vals_list]
        if not any(vals.get("service_session_id") for vals in vals_list):
            return super().create(vals_list)
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
        self._log_service_times({})
        self.service_session_id._on_connections_changed()

    def _get_company_kept(self):
        """A connection stays with its session; a plain timesheet goes where its project is."""
        return self.filtered("service_session_id")

    def write(self, vals):
        if not TIME_FIELDS & vals.keys():
            return super().write(vals)
        if vals.get("service_seconds") and "service_stop" not in vals:
            return self._write_service_seconds(vals)
        vals = {name: value for name, value in vals.items() if name != "service_seconds"}
        sessions = self.service_session_id
        if not SLOT_FIELDS & vals.keys() or not (sessions or vals.get("service_session_id")):
            return super().write(vals)
        self._check_can_write(vals)
        self._check_service_slots(
            [
                line._get_service_slot(vals)
                for line in self
                if line.service_session_id or vals.get("service_session_id")
            ]
        )
        before = self._get_service_times()
        result = super().write(vals)
        self._log_service_times(before)
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
        before = self._get_service_times() if sessions else {}
        result = super().unlink()
        if sessions:
            self.browse()._log_service_times(before)
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
        """Stop the connections that run, now."""
        self._stop_service(fields.Datetime.now())

    def _stop_service(self, instant):
        """Stop the connections that run."""
        running = self.filtered("service_is_running")
        begun_now = running.filtered(lambda line: get_first_stop(line.service_start) > instant)
        for line in begun_now:
            line.service_stop = get_first_stop(line.service_start)
        (running - begun_now).write({"service_stop": instant})
