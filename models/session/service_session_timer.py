from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.client_actions import notify
from ..common.field_values import get_label
from .account_analytic_line import get_first_stop
from .service_session import OPEN_STATES

MISTAKE_SECONDS = 60  # in which a timer can be taken back
REFUSALS_SHOWN = 5
AT_ONCE_SECONDS = 5  # between the request and the start of what begins with its timer


class ServiceSession(models.Model):
    """The timer of a session, its connections and its states."""

    _inherit = "service.session"

    # ----- States -----

    @api.depends("state", "is_my_timer_running")
    @api.depends_context("uid")
    def _compute_can(self):
        for session in self:
            is_open = session.state in OPEN_STATES
            session.can_start = is_open and not session.is_my_timer_running
            session.can_close = session._can_become("done")
            session.can_reopen = session.state in ("done", "cancelled")
            session.can_cancel = session._can_become("cancelled")

    def _set_running(self):
        """Mark sessions in which a connection runs."""
        return self._update_state("running")

    def _set_draft(self):
        """Open sessions (again): they follow their requests again."""
        return self._update_state("draft", request_date=False)

    def _set_done(self):
        """Close sessions: stop what runs, check it, keep what they were closed with (S02).

        The state goes to the database first: who closes the same session at the same moment is
        told that it is closed.
        """
        self._stop_connections()
        self._check_closing()
        self._note_closing()
        self._update_state("done", closed_at=fields.Datetime.now())
        # Of two who close at once the second waits here, and is told that it is done.
        self.flush_recordset(["state"])
        return self

    def _note_closing(self):
        """Keep what sessions are closed with; a hook.

        The day that the price is of: a request dated anew moves no closed session (S23).
        """
        for session in self.sudo():
            session.request_date = session._get_request_day()

    def _set_cancelled(self):
        """Cancel sessions; their connections stay as time spent."""
        self._check_replaces_none()
        self._stop_connections()
        return self._update_state("cancelled")

    def _check_closing(self):
        """Refuse to close what lacks something; all that it lacks is said at once."""
        in_force = self._get_contracts_in_force()
        for session in self.filtered(lambda session: not session.replaced_by_id):
            if not session.contract_id and not session.is_off_contract:
                session._take_contract(in_force[session.id])
        problems = [
            problem
            for session in self
            for problem in session._get_closing_problems(in_force[session.id])
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _get_closing_problems(self, contracts):
        """Return in words all that keeps the session from being closed; a hook.

        Over 24 hours, and a contract that is not chosen or not in force. ``contracts``: those in
        force on the session's day.
        """
        self.ensure_one()
        contract_problem = not self.replaced_by_id and self._get_contract_warning(contracts)
        return [problem for problem in (self._get_duration_problem(), contract_problem) if problem]

    def _take_contract(self, contracts):
        """Take the contract that came into force since the session was opened (S09)."""
        if contract := self._choose_contract(contracts):
            self.contract_id = contract

    def _check_contract(self, in_force):
        """Refuse a contract that is not chosen, or not in force on the day of the session."""
        for session in self.filtered(lambda session: not session.replaced_by_id):
            if warning := session._get_contract_warning(in_force[session.id]):
                raise UserError(warning)

    def _check_replaces_none(self):
        for visit in self.filtered("replaces_ids"):
            raise UserError(
                self.env._(
                    "%(visit)s is billed instead of %(session)s: remove it there first.",
                    visit=visit.name,
                    session=", ".join(visit.replaces_ids.mapped("name")),
                )
            )

    def action_done(self):
        """Close sessions; of several, those that lack something stay open, and it is said why."""
        if len(self) > 1:
            return self._close_each()
        self._set_done()

    def _close_each(self):
        """Close the sessions of a list, one that lacks something hindering no other."""
        refused = {}
        sessions = self.filtered("can_close")
        for session in sessions:
            try:
                with self.env.cr.savepoint():
                    session._set_done()
            except UserError as error:
                refused[session] = str(error)
        if refused or not sessions:
            return self._notify_refused(len(sessions) - len(refused), list(refused.values()))
        return notify(self.env._("Closed: %(count)s.", count=len(sessions)))

    def _notify_refused(self, count, problems):
        """Return the action that says what keeps sessions of a list from being closed."""
        shown = problems[:REFUSALS_SHOWN]
        if len(problems) > len(shown):
            shown.append(self.env._("%(count)s more.", count=len(problems) - len(shown)))
        return notify(
            "\n".join(shown),
            kind="warning",
            title=self.env._(
                "Closed: %(count)s, still open: %(rest)s", count=count, rest=len(problems)
            ),
            sticky=True,
            className="text-prewrap",
        )

    def action_reopen(self):
        self.check_access("write")
        self._set_draft()

    def action_cancel(self):
        self.check_access("write")
        self._set_cancelled()

    # ----- Timer -----

    def action_start(self):
        """Start a connection of the user now, on the workstation used last."""
        self.check_access("write")
        self._start_connections(
            lambda session: (
                session.sudo().line_ids.sorted("id")[-1:].service_workstation
                or session._get_new_workstation()
            )
        )

    def action_start_workstation(self):
        """Start a connection of the user now, on one more workstation (S06)."""
        self._start_connections(lambda session: session._get_new_workstation())

    def action_stop(self):
        """Stop the user's own connections that run."""
        self._get_own_connections().action_service_stop()

    def _stop_own_at(self, instant):
        """Stop the user's own connections that ran at an instant, as of then.

        A click that reaches the server late counts from when it was made; what was begun since
        goes on.
        """
        latest = instant + timedelta(seconds=AT_ONCE_SECONDS)
        for line in self._get_own_connections():
            if line.service_start <= latest:
                line._stop_service(instant)

    def _get_own_connections(self):
        return self.line_ids.filtered(
            lambda line: line.service_is_running and line.user_id == self.env.user
        )

    def _discard_timers(self):
        """Take back the user's own connections that were begun within the minute, by mistake.

        A session that has nothing else is cancelled; one that was asked for before waits again.
        """
        self.ensure_one()
        earliest = fields.Datetime.now() - timedelta(seconds=MISTAKE_SECONDS)
        lines = self._get_own_connections().filtered(lambda line: line.service_start >= earliest)
        if not lines:
            raise UserError(
                self.env._(
                    "%(session)s: a timer can be discarded in its first minute only. Stop it; and "
                    "cancel the session if it was a mistake.",
                    session=self.name,
                )
            )
        started = min(lines.mapped("service_start"))
        lines.unlink()
        if not self._is_used() and not self.research_seconds and self._is_begun_at_once(started):
            self._set_cancelled()

    def _is_begun_at_once(self, started):
        """Tell whether a session was made for its timer, and asked for by nobody before."""
        self.ensure_one()
        if not self.requested_at:
            return False
        return started - self.requested_at <= timedelta(seconds=AT_ONCE_SECONDS)

    def _start_connections(self, get_workstation):
        now = fields.Datetime.now()
        self.env["account.analytic.line"].create(
            [
                {
                    "service_session_id": session.id,
                    "employee_id": session._get_employee(self.env.user).id,
                    "service_workstation": get_workstation(session),
                    "service_start": session._get_free_second(now),
                }
                for session in self
            ]
        )
        # Who starts what is nobody's takes it on.
        self.filtered(lambda session: not session.user_id).user_id = self.env.user

    def _get_free_second(self, now):
        """Return now, or the second after: a connection of no length was given one to stop in."""
        self.ensure_one()
        latest = get_first_stop(now)
        own = self.line_ids.filtered(lambda line: line.user_id == self.env.user)
        stops = (line.service_stop for line in own if line.service_stop)
        return max([now, *(stop for stop in stops if stop <= latest)])

    def _stop_connections(self):
        """Stop every connection that runs, also those of other technicians."""
        self.check_access("write")
        self.sudo().line_ids.action_service_stop()

    def _get_new_workstation(self):
        """Return a workstation's name that no connection of the session bears yet."""
        self.ensure_one()
        names = set(self.sudo().line_ids.mapped("service_workstation"))
        numbers = range(1, len(names) + 2)
        candidates = (self.env._("Workstation %(number)s", number=number) for number in numbers)
        return next(name for name in candidates if name not in names)

    # ----- Connections -----

    def _on_connections_changed(self):
        """Follow the connections: running while one runs, never once it is closed; a hook.

        Their start may have chosen another contract, hence another project, account or clock.
        """
        self.invalidate_recordset(["line_ids"])
        sessions = self.sudo().browse(self.ids)
        sessions.line_ids._sync_with_session()
        for session in sessions:
            is_running = any(session.line_ids.mapped("service_is_running"))
            if session.state == "draft" and is_running:
                session._set_running()
            elif session.state == "running" and not is_running:
                session._update_state("draft")
            elif session.state in ("done", "cancelled") and is_running:
                session._raise_not_open()
        self._check_duration()

    def _raise_not_open(self):
        raise UserError(
            self.env._(
                "%(session)s is “%(state)s”: reopen it before you connect again.",
                session=self.name,
                state=get_label(self, "state"),
            )
        )

    def _prepare_connection_vals(self, vals):
        """Return ``vals`` of a connection with all that a timesheet line needs.

        ``service_stop`` may be given as ``service_seconds`` after ``service_start``.
        """
        self.ensure_one()
        self._check_takes_connections()
        start = fields.Datetime.to_datetime(vals.get("service_start"))
        stop = fields.Datetime.to_datetime(vals.get("service_stop"))
        if start and not stop and vals.get("service_seconds"):
            stop = start + timedelta(seconds=vals["service_seconds"])
        seconds = int((stop - start).total_seconds()) if start and stop else 0
        employee = vals.get("employee_id") or self._get_default_employee().id
        return {
            **vals,
            **self._prepare_timesheet_vals(start, seconds),
            "name": vals.get("name") or self._get_connection_name(),
            "company_id": self.company_id.id,
            "employee_id": employee,
            "service_start": start,
            "service_stop": stop,
            "service_seconds": seconds,
        }

    def _check_takes_connections(self):
        """Refuse connections of sessions that are cancelled or settled elsewhere."""
        self.ensure_one()
        if self.state == "cancelled":
            self._raise_not_open()
        self._check_changeable()

    def _prepare_timesheet_vals(self, start, seconds):
        """Return what of a timesheet line follows from its session, start and seconds."""
        self.ensure_one()
        return {
            **self._prepare_place_vals(),
            "unit_amount": seconds / 3600,
            "date": start and self._to_local(start).date(),
        }

    def _prepare_place_vals(self):
        """Return the project and the analytic accounts of the session's connections."""
        project = self._get_project()
        account = self.sudo().contract_id.analytic_account_id
        plans = self.env["account.analytic.line"]._get_plan_fnames()
        return {
            "project_id": project.id,
            **{name: project[name].id for name in plans},
            **({account.root_plan_id._column_name(): account.id} if account else {}),
        }

    def _get_connection_name(self):
        self.ensure_one()
        request = self._get_request_line()[:120]
        return request or self.env._("Session %(session)s", session=self.name)

    def _get_project(self):
        """Return the project whose timesheets are the session's connections."""
        session = self.sudo()
        project = session.contract_id.project_id or session.company_id.service_project_id
        if not project:
            raise UserError(
                self.env._(
                    "%(company)s has no service project to record sessions on: a manager chooses "
                    "it in Settings, Service Contracts.",
                    company=session.company_id.name,
                )
            )
        return project

    def _get_employee(self, user):
        """Return the employee of a user in the session's company."""
        employee = user.sudo().with_company(self.company_id).employee_id
        if not employee:
            raise UserError(
                self.env._(
                    "%(user)s has no employee in %(company)s and cannot record time there: create "
                    "the employee first, with this user.",
                    user=user.name,
                    company=self.company_id.name,
                )
            )
        return employee

    def _get_default_employee(self):
        """Return the technician of a connection typed in without one."""
        own = self.env.user.sudo().with_company(self.company_id).employee_id
        return own or self._get_employee(self.user_id or self.env.user)

    # ----- Buttons -----

    def action_open_contract(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "service.contract",
            "view_mode": "form",
            "res_id": self.contract_id.id,
        }
