from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import clocks
from ..common.field_values import get_labels
from ..session.service_session import OPEN_STATES

SOURCES = [("hand", "By hand"), ("mail", "E-mail"), ("portal", "Portal")]
URGENCIES = [
    ("overdue", "Overdue"),
    ("unclear", "To Sort"),
    ("today", "Due Today"),
    ("later", "Due Later"),
    ("none", "No Commitment"),
    ("answered", "Answered"),
]


class ServiceSession(models.Model):
    """A session without a connection is a request: who asks, how urgent, who takes it."""

    _inherit = "service.session"

    request_source = fields.Selection(
        SOURCES,
        string="Received by",
        default="hand",
        required=True,
        readonly=True,
        copy=False,
        lock="workflow",
    )
    priority = fields.Selection(
        lambda self: list(get_labels(self.env["service.level"], "priority").items()),
        compute="_compute_priority",
        inverse="_inverse_priority",
        store=True,
        help="That of the level, unless somebody raised it.",
        lock="closed",
    )
    is_assigned = fields.Boolean(compute="_compute_is_assigned", store=True)
    raised_priority = fields.Char(copy=False, lock="workflow")
    urgency = fields.Selection(
        URGENCIES,
        compute="_compute_urgency",
        search="_search_urgency",
        group_expand=True,
        help="How soon an open request has to be answered, at this moment.",
    )
    is_overdue = fields.Boolean(compute="_compute_urgency", search="_search_is_overdue")

    _customer_known = models.Constraint(
        "CHECK (partner_id IS NOT NULL OR state IN ('draft', 'cancelled'))",
        "Choose the customer before the work begins.",
    )

    # ----- Priority -----

    @api.depends("level_id.priority")
    def _compute_priority(self):
        for session in self:
            session.priority = max(session.level_id.priority or "0", session.raised_priority or "0")

    def _inverse_priority(self):
        """Keep what somebody raised; nobody goes below what the level promises (S14)."""
        for session in self:
            promised = session.level_id.priority or "0"
            if (session.priority or "0") < promised:
                raise ValidationError(
                    self.env._(
                        "%(session)s: level “%(level)s” promises this priority; it can be raised "
                        "but not lowered.",
                        session=session.name,
                        level=session.level_id.name,
                    )
                )
            raised = session.priority if session.priority > promised else False
            session._as_workflow().raised_priority = raised

    # ----- Urgency -----

    @api.depends("due_at", "answered_at", "state", "is_contract_open")
    def _compute_urgency(self):
        domains = self._get_urgency_domains()
        self.urgency = False
        for urgency, domain in domains.items():
            self.filtered_domain(domain).urgency = urgency
        for session in self:
            session.is_overdue = session.urgency == "overdue"

    @api.model
    def _get_urgency_domains(self):
        """Return ``{urgency: domain}``; today ends at midnight of the reader's clock."""
        now, tonight = fields.Datetime.now(), self._get_tonight()
        is_open = Domain("state", "in", OPEN_STATES)
        is_waiting = is_open & Domain("answered_at", "=", False)
        is_unpromised = is_waiting & Domain("due_at", "=", False)
        return {
            "overdue": is_waiting & Domain("due_at", "<", now),
            "unclear": is_unpromised & Domain("is_contract_open", "=", True),
            "today": is_waiting & Domain("due_at", ">=", now) & Domain("due_at", "<", tonight),
            "later": is_waiting & Domain("due_at", ">=", tonight) & Domain("due_at", ">=", now),
            "none": is_unpromised & Domain("is_contract_open", "=", False),
            "answered": is_open & Domain("answered_at", "!=", False),
        }

    @api.model
    def _get_tonight(self):
        """Return the next midnight of the reader's clock as a naive UTC instant."""
        return clocks.naive_instant_of(
            self._get_reader_today() + timedelta(days=1), 0, self._get_reader_timezone()
        )

    @api.model
    def _get_reader_today(self):
        return clocks.localize(fields.Datetime.now(), self._get_reader_timezone()).date()

    @api.model
    def _get_reader_timezone(self):
        return self.env.user.tz or self.env.company._get_service_timezone()

    @api.model
    def _search_urgency(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._get_urgency_domains()
        wanted = [domains[urgency] for urgency in value if urgency in domains]
        if False in value:
            wanted.append(Domain("state", "not in", OPEN_STATES))
        return Domain.OR(wanted)

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = self._get_urgency_domains()["overdue"]
        wanted = [overdue if is_overdue else ~overdue for is_overdue in value]
        return Domain.OR(wanted)

    def _read_group_groupby(self, alias, groupby_spec, query):
        if groupby_spec != "urgency":
            return super()._read_group_groupby(alias, groupby_spec, query)
        state, answered_at, due_at, is_contract_open = (
            self._field_to_sql(alias, name, query)
            for name in ("state", "answered_at", "due_at", "is_contract_open")
        )
        return SQL(
            "CASE WHEN %(state)s NOT IN %(open)s THEN NULL"
            " WHEN %(answered_at)s IS NOT NULL THEN 'answered'"
            " WHEN %(due_at)s IS NULL AND %(is_contract_open)s THEN 'unclear'"
            " WHEN %(due_at)s IS NULL THEN 'none'"
            " WHEN %(due_at)s < %(now)s THEN 'overdue'"
            " WHEN %(due_at)s < %(tonight)s THEN 'today' ELSE 'later' END",
            state=state,
            answered_at=answered_at,
            due_at=due_at,
            is_contract_open=is_contract_open,
            open=OPEN_STATES,
            now=fields.Datetime.now(),
            tonight=self._get_tonight(),
        )

    # ----- Who takes it -----

    @api.depends("user_id")
    def _compute_is_assigned(self):
        for session in self:
            session.is_assigned = bool(session.user_id)

    def action_assign_to_me(self):
        self.user_id = self.env.user

    # ----- Customer -----

    def _set_running(self):
        self._check_customer_known()
        return super()._set_running()

    def _set_done(self):
        self._check_customer_known()
        return super()._set_done()

    def _check_takes_connections(self):
        self._check_customer_known()
        return super()._check_takes_connections()

    def _check_customer_known(self):
        """Refuse to work for nobody: an unknown sender's request waits for its customer."""
        for session in self.filtered(lambda session: not session.partner_id):
            raise UserError(
                self.env._(
                    "%(session)s: choose the customer first. The request came from %(sender)s.",
                    session=session.name,
                    sender=session.sender_email or self.env._("an unknown sender"),
                )
            )
