from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from odoo.fields import Domain

from ...tools import clocks
from ...tools.connection_log import SAME_ID_WITHIN, LogProblem, drop_overlaps, group_rows


class Plan:
    """What an import would make: groups of rows, one for each session, and the lines put aside.

    ``devices`` and ``employees`` say by key where a device belongs and who a user is.
    """

    def __init__(self, env, company, log, devices, employees, gap_minutes):
        self.env = env
        self.company = company
        self.devices = devices
        self.employees = employees
        self.problems = list(log.problems)
        self._zones = {}
        self._get_other_keys = self._make_other_keys(log)
        rows = self._drop_recorded(self._drop_unknown(log.rows))
        rows, overlaps = drop_overlaps(rows, self._get_place, self._get_recorded(rows))
        self.problems = sorted(self.problems + overlaps, key=lambda problem: problem.line)
        self.rows = rows
        self.groups = group_rows(rows, self._get_session_place, gap_minutes * 60)

    def get_device(self, row):
        """Return where the connection of a row belongs."""
        return self.devices[row.device_key]

    def get_employee(self, row):
        """Return the technician of a row."""
        return self.employees[row.user_key]

    def _put_aside(self, row, code, **values):
        self.problems.append(LogProblem(row.line, code, values, row.raw))

    def _drop_unknown(self, rows):
        """Put aside what nobody mapped, and what only its technician or a manager records."""
        own = None if self.env.user._is_service_manager() else self.env.user.sudo().employee_ids
        kept = []
        for row in rows:
            employee = self.employees.get(row.user_key)
            if not employee:
                self._put_aside(row, "unknown_user", value=row.user)
            elif own is not None and employee.id not in own.ids:
                self._put_aside(row, "not_yours", value=row.user)
            elif row.device_key not in self.devices:
                self._put_aside(row, "unknown_device", value=row.device or row.device_name)
            else:
                kept.append(row)
        return kept

    def _make_other_keys(self, log):
        """Return a function that says by what other keys a row may have been recorded.

        By its times as they are written, read in the zone of an earlier import; by the word for
        nothing that passed for a user once.
        """
        zone = ZoneInfo(log.tz)
        zones = self.env["service.connection.log"]._get_zones(self.company) - {log.tz}
        others = [ZoneInfo(name) for name in sorted(zones)]

        def get_other_keys(row):
            keys = [] if row.has_own_zone else [row.get_key_in(zone, other) for other in others]
            return [*filter(None, keys), *([row.former_key] if row.former_user else [])]

        return get_other_keys

    def _drop_recorded(self, rows):
        """Put aside the connections that an earlier import recorded."""
        others = {row.line: keys for row in rows if (keys := self._get_other_keys(row))}
        by_key, by_id = self._find_recorded(rows, others)
        kept = []
        for row in rows:
            if line := by_key.get(row.key):
                self._put_aside(row, "recorded", other=line.service_session_id.name or "")
            elif line := self._get_same_id(row, by_id):
                name = line.service_session_id.name or ""
                self._put_aside(row, "recorded_session", other=name, value=row.session)
            elif key := next(filter(by_key.get, others.get(row.line, ())), None):
                name = by_key[key].service_session_id.name or ""
                self._put_aside(row, "recorded_zone", other=name)
            else:
                kept.append(row)
        return kept

    def _find_recorded(self, rows, others):
        """Return the recorded connections by their key, and by the id that their file gave them."""
        keys = [row.key for row in rows]
        keys += [key for known in others.values() for key in known]
        domain = Domain("service_import_key", "in", keys)
        if ids := [row.identity for row in rows if row.identity]:
            domain |= Domain("service_import_session", "in", ids)
        lines = self.env["account.analytic.line"].sudo()
        names = ["service_import_key", "service_import_session", "service_import_start"]
        found = lines.search_fetch(
            Domain("company_id", "=", self.company.id) & domain, [*names, "service_session_id"]
        )
        by_key = {line.service_import_key: line for line in found if line.service_import_key}
        return by_key, found.grouped("service_import_session")

    def _get_same_id(self, row, by_id):
        """Return the recorded connection of the same id in its file, None without one.

        Whatever its times are now: they were read in another zone, or are told otherwise.
        """
        start = row.start.replace(tzinfo=None)
        for line in by_id.get(row.identity, ()) if row.identity else ():
            if abs(line.service_import_start - start) <= SAME_ID_WITHIN:
                return line
        return None

    def _get_place(self, row):
        device = self.get_device(row)
        partner = device.partner.commercial_partner_id
        return self.get_employee(row).id, partner.id, device.workstation

    def _get_recorded(self, rows):
        """Return the connections recorded already, by place, that rows may overlap."""
        places = {self._get_place(row) for row in rows}
        if not places:
            return {}
        lines = self.env["account.analytic.line"].sudo()
        first = min(row.start for row in rows).replace(tzinfo=None)
        last = max(row.stop for row in rows).replace(tzinfo=None)
        domain = [
            ("employee_id", "in", list({place[0] for place in places})),
            ("service_partner_id", "in", list({place[1] for place in places})),
            ("service_workstation", "!=", False),
            *lines._get_service_overlap_domain(first, last),
        ]
        recorded = {}
        for line in lines.search(domain):
            place = line.employee_id.id, line.service_partner_id.id, line.service_workstation
            recorded.setdefault(place, []).append(self._get_span(line))
        return recorded

    def _get_span(self, line):
        start = line.service_start.replace(tzinfo=timezone.utc)
        stop = line.service_stop or datetime.max
        return start, stop.replace(tzinfo=timezone.utc), line.service_session_id.name, 0

    def _get_session_place(self, row):
        """Return what the connections of one session share: technician, customer, local date."""
        partner = self.get_device(row).partner
        day = clocks.localize(row.start, self.get_zone(partner)).date()
        return self.get_employee(row), partner, day

    def get_zone(self, partner):
        """Return the IANA name of the time zone of a customer's dates."""
        if partner not in self._zones:
            self._zones[partner] = partner._get_service_timezone(self.company)
        return self._zones[partner]
