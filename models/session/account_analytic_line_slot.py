from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .service_session import MAX_SECONDS

MAX_TYPED_AGO = timedelta(minutes=10)
MAX_AHEAD = timedelta(minutes=10)


class AccountAnalyticLine(models.Model):
    """When and where a technician is connected: in order, and once at a time on a workstation."""

    _inherit = "account.analytic.line"

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


def _overlap(slot, other):
    """Tell whether two slots have a second in common; without a stop, a slot goes on."""
    return (not other["service_stop"] or slot["service_start"] < other["service_stop"]) and (
        not slot["service_stop"] or other["service_start"] < slot["service_stop"]
    )
