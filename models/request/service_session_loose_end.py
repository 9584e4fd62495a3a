from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..common.client_actions import get_window

LOOSE_ENDS = [
    ("timer", "Forgotten timer"),
    ("contested", "Contested"),
    ("written", "Customer wrote"),
    ("approval", "Approval waiting"),
    ("undelivered", "Sheet not delivered"),
    ("unsent", "Sheet not sent"),
    ("raised", "Higher price unanswered"),
    ("unclosed", "Not closed"),
]
FORGOTTEN_ACTIVITY = "service_contract.mail_activity_type_forgotten_timer"


class ServiceSession(models.Model):
    """What is left lying about: each session with its sentence and the button that settles it."""

    _inherit = "service.session"

    loose_end = fields.Selection(
        LOOSE_ENDS, compute="_compute_loose_end", search="_search_loose_end", compute_sudo=True
    )
    loose_end_note = fields.Char(
        string="What Is Left", compute="_compute_loose_end", compute_sudo=True
    )

    @api.depends(
        "state",
        "stop",
        "date",
        "research_seconds",
        "line_ids.service_start",
        "line_ids.service_stop",
        "charge_ids.hold_cause",
        "sheet_state",
        "sheet_failure",
        "sheet_written_at",
        "approval_state",
    )
    @api.depends_context("lang", "tz")
    def _compute_loose_end(self):
        domains = self._get_loose_end_domains()
        self.loose_end = self.loose_end_note = False
        for kind, domain in reversed(domains.items()):
            self.filtered_domain(domain).loose_end = kind
        unclosed = self.filtered(lambda session: session.loose_end == "unclosed")
        in_force = unclosed._get_contracts_in_force()
        for session in unclosed:
            session.loose_end_note = session._describe_unclosed(in_force[session.id or session])
        for session in self.filtered("loose_end") - unclosed:
            session.loose_end_note = getattr(session, f"_describe_{session.loose_end}")()

    @api.model
    def _search_loose_end(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._get_loose_end_domains()
        wanted = [domains[kind] for kind in value if kind in domains]
        if False in value:
            wanted.append(~Domain.OR(domains.values()))
        return Domain.OR(wanted)

    @api.model
    def _get_loose_end_domains(self):
        """Return ``{kind: domain}``, the most pressing first; a hook."""
        is_done, is_sent = Domain("state", "=", "done"), Domain("sheet_state", "=", "sent")
        return {
            "timer": self._get_forgotten_domain(),
            "contested": is_done & Domain("sheet_state", "=", "contested"),
            "written": is_done & is_sent & Domain("sheet_written_at", "!=", False),
            "approval": is_done & Domain("approval_state", "=", "waiting"),
            "undelivered": is_done & is_sent & Domain("sheet_failure", "!=", False),
            "unsent": is_done & self._get_waiting_domain("unsent"),
            "raised": is_done & self._get_waiting_domain("raised"),
            "unclosed": Domain("state", "=", "draft") & self._get_worked_domain(),
        }

    @api.model
    def _get_waiting_domain(self, cause):
        """Return the domain of the sessions whose charges wait for a cause."""
        waits = [("hold_cause", "=", cause), ("state", "=", "on_hold")]
        return Domain("charge_ids", "any", waits)

    @api.model
    def _get_worked_domain(self):
        """Return the domain of the sessions whose work, or research alone, ended before today."""
        research = Domain("start", "=", False) & Domain("research_seconds", ">", 0)
        return Domain("stop", "<", self._get_last_midnight()) | (
            research & Domain("date", "<", self._get_reader_today())
        )

    @api.model
    def _get_last_midnight(self):
        return self._get_tonight() - timedelta(days=1)

    @api.model
    def _get_forgotten_domain(self):
        """Return the domain of the sessions whose timer runs since yesterday, or for too long."""
        # Of colleagues, too; a scheduled job, which sees all, carries its domain in a list.
        operator = "any" if self.env.su else "any!"
        companies = self.env["res.company"].sudo().search([("service_forgotten_hours", ">", 0)])
        return Domain("state", "=", "running") & Domain.OR(
            Domain("company_id", "in", of_hours.ids)
            & Domain(
                "line_ids",
                operator,
                [
                    ("service_stop", "=", False),
                    ("service_start", "<", self._get_timer_limit(hours)),
                ],
            )
            for hours, of_hours in companies.grouped("service_forgotten_hours").items()
        )

    @api.model
    def _get_timer_limit(self, hours):
        """Return before which start a running timer is forgotten."""
        limit = fields.Datetime.now() - timedelta(hours=hours)
        return max(limit, self._get_last_midnight())

    # ----- In words -----

    def _describe_timer(self, user=None):
        """Return whose timer runs since when: a user's own, else the oldest."""
        running = self.sudo().line_ids.filtered("service_is_running").sorted("service_start")
        if user:
            running = running.filtered(lambda line: line.employee_id.user_id == user)
        running = running[:1]
        return self.env._(
            "The timer of %(technician)s has been running since %(start)s: type in when it "
            "really ended.",
            technician=running.employee_id.name,
            start=format_datetime(self.env, running.service_start),
        )

    def _describe_contested(self):
        return self.env._("The customer contests the sheet: confirm, reduce or waive.")

    def _describe_written(self):
        return self.env._(
            "The customer wrote on %(date)s: read it. Until then the sheet does not count as "
            "accepted.",
            date=format_datetime(self.env, self.sheet_written_at),
        )

    def _describe_raised(self):
        return self.env._(
            "More is owed than the customer agreed to: nothing is billed without a new answer."
        )

    def _describe_approval(self):
        return self.env._("Nothing is billed until a manager approves.")

    def _describe_undelivered(self):
        return self.env._(
            "The sheet did not arrive (%(failure)s): correct the address and send it again.",
            failure=self.sheet_failure,
        )

    def _describe_unsent(self):
        if not self.report:
            return self.env._("The sheet waits for its report, then for its sending.")
        return self.env._("The sheet is not sent: the days to contest do not run.")

    def _describe_unclosed(self, contracts):
        if warning := self._get_contract_warning(contracts):
            return warning
        if not self.work_type_id:
            return self.env._("Choose the work type and close the session: nothing is billed yet.")
        return self.env._("The work ended but the session is not closed: nothing is billed yet.")

    # ----- Buttons -----

    def action_open_session(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    @api.model
    def action_open_loose_ends(self):
        """Open the list of loose ends: technicians see their own first, managers all."""
        action = get_window(self.env, "service_contract.service_loose_end_action")
        if not self.env.user._is_service_manager():
            action["context"] = {"search_default_mine": 1}
        return action

    # ----- Forgotten timers -----

    @api.model
    def _cron_remind_timers(self):
        """Remind technicians once of each timer that they forgot."""
        self.env["service.batch.runner"]._run_in_batches(
            self,
            self._get_forgotten_domain(),
            lambda sessions: sessions._remind_technicians(),
            "timer",
            kind="session",
        )

    def _remind_technicians(self):
        for session in self:
            for user in session.sudo().line_ids.filtered("service_is_running").employee_id.user_id:
                session._remind_timer(user)

    def _remind_timer(self, user):
        if self.activity_search([FORGOTTEN_ACTIVITY], user_id=user.id):
            return
        session = self.with_context(lang=user.lang, tz=user.tz)
        session.activity_schedule(
            FORGOTTEN_ACTIVITY,
            user_id=user.id,
            note=session._describe_timer(user),
        )

    def _on_connections_changed(self):
        """Take back the reminder of a timer that runs no more."""
        result = super()._on_connections_changed()
        stopped = self.filtered(lambda session: session.state != "running")
        if stopped.sudo().activity_ids:
            stopped.sudo().activity_unlink([FORGOTTEN_ACTIVITY])
        return result
