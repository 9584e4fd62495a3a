import base64
from contextlib import contextmanager
from datetime import datetime, timezone

from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Command, Domain
from odoo.tools import escape_psql
from odoo.tools.misc import format_date

from odoo.addons.base.models.res_partner import _tz_get

from ...models.common.field_values import get_labels
from ...tools import clocks
from ...tools.clocks import format_duration
from ...tools.connection_log import LogError, read_log, write_csv
from ...tools.connection_profiles import PROFILES
from ...tools.connection_times import MAX_TEXT
from .service_connection_import_rows import Device
from .service_connection_plan import Plan

SHOWN = 200


class ServiceConnectionImport(models.TransientModel):
    """Imports the connection log of a remote control tool, after a preview that writes nothing."""

    _name = "service.connection.import"
    _description = "Import Connections"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "file_name"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [
            ("upload", "File"),
            ("columns", "Columns"),
            ("preview", "Preview"),
            ("done", "Imported"),
        ],
        default="upload",
    )
    file = fields.Binary(string="Connection Log", attachment=False)
    file_name = fields.Char()
    profile = fields.Selection(
        selection=lambda self: list(
            get_labels(self.env["service.connection.log"], "profile").items()
        ),
        string="Format",
        compute="_compute_profile",
        store=True,
        precompute=True,
        readonly=False,
        help="Found by the names of the columns.",
    )
    device = fields.Char(
        string="Computer of the File",
        help="Whose connections the file tells without naming it: its TeamViewer ID or its name.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone of the File",
        compute="_compute_tz",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="Of times without an offset. A time with its own offset keeps it.",
    )
    date_order = fields.Selection(
        [("dmy", "Day/Month/Year"), ("mdy", "Month/Day/Year")],
        compute="_compute_date_order",
        store=True,
        precompute=True,
        readonly=False,
        help="Of dates with slashes. Empty: found by the file's own dates.",
    )
    gap_minutes = fields.Integer(
        string="Same Session up to",
        default=lambda self: self.env.company.service_import_gap_minutes,
        help="Connections of one technician at one customer on one day make one session while no "
        "more than these minutes lie between them; with 0, each is a session of its own.",
    )
    summary = fields.Text(readonly=True)
    unmapped_count = fields.Integer(compute="_compute_unmapped_count")
    device_ids = fields.One2many("service.connection.import.device", "import_id")
    user_ids = fields.One2many("service.connection.import.user", "import_id")
    session_ids = fields.One2many("service.connection.import.session", "import_id")
    problem_ids = fields.One2many("service.connection.import.problem", "import_id")
    problem_file = fields.Binary(
        string="Report of the Lines Put Aside", readonly=True, attachment=False
    )
    problem_file_name = fields.Char(compute="_compute_problem_file_name")
    log_id = fields.Many2one("service.connection.log", readonly=True)

    @api.depends("file")
    def _compute_profile(self):
        """Find who knows the columns; else they may have been told once."""
        for wizard in self:
            found = wizard._guess_profile()
            wizard.profile = found or ("mapped" if wizard._find_format() else False)

    @api.depends("profile")
    def _compute_tz(self):
        """Propose what the tool documents, what was chosen for such files before, or the user's."""
        for wizard in self:
            documented = wizard.profile and PROFILES[wizard.profile].tz
            chosen = wizard.profile == "mapped" and wizard._find_format().tz
            company = wizard.company_id or self.env.company
            own = self.env.user.tz or company._get_service_timezone()
            wizard.tz = documented or chosen or own

    @api.depends("profile")
    def _compute_date_order(self):
        for wizard in self:
            chosen = wizard.profile == "mapped" and wizard._find_format().date_order
            wizard.date_order = chosen or False

    @api.depends("device_ids.partner_id", "device_ids.equipment_id", "user_ids.employee_id")
    def _compute_unmapped_count(self):
        for wizard in self:
            devices = wizard.device_ids.filtered(lambda device: not device._is_answered())
            users = wizard.user_ids.filtered(lambda user: not user._is_answered())
            wizard.unmapped_count = len(devices) + len(users)

    @api.depends("file_name")
    def _compute_problem_file_name(self):
        for wizard in self:
            wizard.problem_file_name = self.env._(
                "%(file)s - lines put aside.csv", file=wizard.file_name or ""
            )

    # ----- Buttons -----

    def action_preview(self):
        """Show what an import would make; nothing is recorded."""
        self.ensure_one()
        if self._ask_for_columns():
            return
        log = self._read()
        self._ask_for_unknown(log)
        self._show(self._make_plan(log))
        self.state = "preview"

    def action_import(self):
        """Remember the mappings, record what the preview shows, and report the rest."""
        self.ensure_one()
        log = self._read()
        self._drop_answered(log)
        with self._second_try():
            self._remember()
        plan = self._make_plan(log)
        with self._second_try():
            self.log_id = self._record(plan, log)
        self._show(plan)
        self.log_id.sudo().problem_file = plan.problems and self.problem_file
        self.state = "done"

    def action_restart(self):
        """Go back to the choice of the file."""
        self.column_ids.unlink()
        self.state = "upload"

    def action_open_sessions(self):
        return self.log_id.action_open_sessions()

    # ----- Reading -----

    def _read(self):
        """Return what the file says; refuse in words one that cannot be read."""
        if not self.file:
            raise UserError(self.env._("Choose the file first."))
        try:
            return read_log(
                self._open(),
                tz=self.tz,
                profile=self.profile,
                date_order=self.date_order or None,
                now=datetime.now(timezone.utc),
                columns=self._get_columns(),
                device=(self.device or "").strip(),
            )
        except LogError as error:
            raise UserError(self._get_file_texts()[error.code] % error.values) from error

    def _make_plan(self, log):
        devices = self._get_known_devices(log)
        for row in self.device_ids:
            if device := row._get_device():
                devices[row.key] = device
        employees = self._get_known_employees(log)
        employees.update({row.key: row.employee_id for row in self.user_ids if row.employee_id})
        return Plan(self.env, self.company_id, log, devices, employees, self.gap_minutes)

    def _get_known_devices(self, log):
        equipment = self.env["service.equipment"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("remote_tool_key", "in", list({row.device_key for row in log.rows})),
            ]
        )
        return {
            item.remote_tool_key: Device(item.partner_id, item.name, item) for item in equipment
        }

    def _get_known_employees(self, log):
        users = self.env["service.remote.user"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("name_key", "in", list({row.user_key for row in log.rows})),
            ]
        )
        return {user.name_key: user.employee_id for user in users}

    # ----- Mapping -----

    def _ask_for_unknown(self, log):
        """List the devices and users that nobody mapped yet, keeping what was answered."""
        unknown = self._get_unknown(log.rows, "device_key", self._get_known_devices(log))
        self._refresh_rows("device_ids", unknown, self._prepare_device_vals_list)
        unknown = self._get_unknown(log.rows, "user_key", self._get_known_employees(log))
        self._refresh_rows("user_ids", unknown, self._prepare_user_vals_list)

    @api.model
    def _get_unknown(self, rows, name, known):
        unknown = {}
        for row in rows:
            if (key := getattr(row, name)) not in known:
                unknown.setdefault(key, []).append(row)
        return unknown

    def _refresh_rows(self, name, unknown, prepare_vals_list):
        """Ask what is new of ``unknown`` (``{key: rows}``), and no more what is known now.

        The commonest first: once these are answered, the preview asks for the next ones.
        """
        existing = self[name]
        existing.filtered(lambda row: row.key not in unknown).unlink()
        asked = set(self[name].mapped("key"))
        waiting = len(self[name].filtered(lambda row: not row._is_answered()))
        new = [item for item in unknown.items() if item[0] not in asked]
        new = dict(sorted(new, key=lambda item: -len(item[1]))[: max(SHOWN - waiting, 0)])
        vals_list = prepare_vals_list([rows[0] for rows in new.values()])
        self[name] = [
            Command.create({"key": key, "line_count": len(rows), **vals})
            for (key, rows), vals in zip(new.items(), vals_list, strict=True)
        ]

    def _prepare_device_vals_list(self, rows):
        """Return the questions for devices; a customer of exactly the name given is proposed."""
        partners = self._find_customers({row.customer for row in rows if row.customer})
        return [
            {
                "name": row.device or row.device_name,
                "workstation": row.device_name or row.device,
                "customer": row.customer,
                "partner_id": partners.get(row.customer.casefold()),
            }
            for row in rows
        ]

    def _find_customers(self, names):
        """Return ``{name in small letters: id}`` of the customers alone in bearing one of names."""
        partners = self.env["res.partner"]
        is_named = Domain.OR(Domain("name", "=ilike", escape_psql(name)) for name in names)
        is_ours = Domain(partners._check_company_domain(self.company_id))
        found = partners.search(is_named & is_ours & Domain("parent_id", "=", False))
        by_name = found.grouped(lambda partner: partner.name.casefold())
        return {name: partner.id for name, partner in by_name.items() if len(partner) == 1}

    def _prepare_user_vals_list(self, rows):
        """Return the questions for users; an employee of just this name or login is proposed."""
        domain = [("company_id", "=", self.company_id.id)]
        if not self.env.user._is_service_manager():
            domain.append(("user_id", "=", self.env.uid))
        employees = {}
        for employee in self.env["hr.employee"].sudo().search(domain) if rows else ():
            names = (employee.name, employee.user_id.login)
            for name in {name.casefold() for name in names if name}:
                employees.setdefault(name, []).append(employee.id)
        return [
            {"name": row.user, "employee_id": ids[0] if len(ids) == 1 else False}
            for row in rows
            for ids in [employees.get(row.user_key, [])]
        ]

    def _drop_answered(self, log):
        """Drop the questions that somebody else answered since the preview."""
        self.device_ids._drop_answered(self._get_known_devices(log))
        self.user_ids._drop_answered(self._get_known_employees(log))

    def _remember(self):
        """Keep the answers: the next import needs none."""
        self._remember_columns()
        for row in self.device_ids.filtered(lambda row: row._get_device()):
            row._remember()
        self.env["service.remote.user"].create(
            [
                {
                    "name": row.name,
                    "employee_id": row.employee_id.id,
                    "company_id": self.company_id.id,
                }
                for row in self.user_ids.filtered("employee_id")
            ]
        )
        self.device_ids.filtered(lambda row: row._get_device()).unlink()
        self.user_ids.filtered("employee_id").unlink()

    # ----- Recording -----

    @contextmanager
    def _second_try(self):
        """Meet by a second try, which Odoo makes, what somebody else records at this moment."""
        try:
            yield
            self.env.flush_all()
        except (ExclusionViolation, UniqueViolation) as error:
            raise ConcurrencyError(str(error)) from error

    def _record(self, plan, log):
        """Make the sessions."""
        record = (
            self.env["service.connection.log"]
            ._as_workflow()
            .create(
                {
                    "name": self.file_name or self.env._("Connection log"),
                    "company_id": self.company_id.id,
                    "profile": log.profile.code,
                    "tz": log.tz,
                    "session_count": len(plan.groups),
                    "line_count": len(plan.rows),
                    "problem_count": len(plan.problems),
                }
            )
        )
        vals_list = [self._prepare_session_vals(plan, group, record) for group in plan.groups]
        sessions = self.env["service.session"].with_context(tracking_disable=True)
        sessions._create_with_connections(vals_list)
        return record.with_env(self.env)

    def _prepare_session_vals(self, plan, group, record):
        """Return the values of the session of a group of rows; it stays open for its technician."""
        employee = plan.get_employee(group[0]).sudo()
        return {
            "company_id": self.company_id.id,
            "partner_id": plan.get_device(group[0]).partner.id,
            "user_id": employee.user_id.id,
            "channel": "remote",
            "requested_at": group[0].start.replace(tzinfo=None),
            "connection_log_id": record.id,
            "line_ids": [Command.create(self._prepare_line_vals(plan, row)) for row in group],
        }

    def _prepare_line_vals(self, plan, row):
        """Return the values of the connection of a row."""
        note = row.note.split("\n")[0].strip()
        return {
            "employee_id": plan.get_employee(row).id,
            "service_start": row.start.replace(tzinfo=None),
            "service_stop": row.stop.replace(tzinfo=None),
            "service_workstation": plan.get_device(row).workstation,
            "service_equipment_id": plan.get_device(row).equipment.id,
            "service_import_key": row.key,
            **({"name": note} if note else {}),
            **(self._prepare_identity_vals(row) if row.identity else {}),
        }

    @api.model
    def _prepare_identity_vals(self, row):
        return {
            "service_import_session": row.identity,
            "service_import_start": row.start.replace(tzinfo=None),
        }

    # ----- Showing -----

    def _show(self, plan):
        """Fill in the preview: sessions, lines put aside, and the report of these."""
        self.summary = self._get_summary(plan)
        self.session_ids = [
            Command.clear(),
            *(
                Command.create(self._prepare_shown_vals(plan, group))
                for group in plan.groups[:SHOWN]
            ),
        ]
        lines = self._get_lines_put_aside(plan.problems)
        self.problem_ids = [
            Command.clear(),
            *(
                Command.create({"line": line, "reason": reason, "raw": raw[:MAX_TEXT]})
                for line, reason, raw in lines[:SHOWN]
            ),
        ]
        header = [self.env._("Line"), self.env._("Reason"), self.env._("Original line")]
        self.problem_file = base64.b64encode(write_csv(header, lines)) if lines else False

    def _get_lines_put_aside(self, problems):
        """Return ``(line number, reason, original line)`` of the lines put aside."""
        texts, columns = self._get_line_texts(), self._get_column_texts()
        return [
            (
                problem.line,
                texts[problem.code]
                % {**problem.values, "column": columns.get(problem.values.get("column"))},
                problem.raw,
            )
            for problem in problems
        ]

    def _get_summary(self, plan):
        seconds = sum(int((row.stop - row.start).total_seconds()) for row in plan.rows)
        own_zones = sum(row.has_own_zone for row in plan.rows)
        customers = {plan.get_device(row).partner for row in plan.rows}
        facts = [
            self.env._(
                "Connections: %(count)s (%(time)s)",
                count=len(plan.rows),
                time=format_duration(seconds),
            ),
            plan.groups and self.env._("Sessions: %(count)s", count=len(plan.groups)),
            customers and self.env._("Customers: %(count)s", count=len(customers)),
            plan.problems and self.env._("Lines put aside: %(count)s", count=len(plan.problems)),
            own_zones and self.env._("Lines with their own time zone: %(count)s", count=own_zones),
        ]
        summary = " · ".join(filter(None, facts))
        if max(len(plan.groups), len(plan.problems)) <= SHOWN:
            return summary
        cut = self.env._("The first %(shown)s of each are shown below.", shown=SHOWN)
        return f"{summary}\n{cut}"

    def _prepare_shown_vals(self, plan, group):
        partner = plan.get_device(group[0]).partner
        zone = plan.get_zone(partner)
        start, stop = (
            clocks.localize(moment, zone)
            for moment in (group[0].start, max(row.stop for row in group))
        )
        workstations = dict.fromkeys(plan.get_device(row).workstation for row in group)
        return {
            "partner_id": partner.id,
            "technician": plan.get_employee(group[0]).sudo().name,
            "day": format_date(self.env, start.date()),
            "hours": f"{start:%H:%M:%S} – {stop:%H:%M:%S}",
            "workstations": ", ".join(workstations),
            "line_count": len(group),
        }
