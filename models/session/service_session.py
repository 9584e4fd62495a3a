from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

from odoo.addons.base.models.res_partner import _tz_get

from ...tools import clocks
from ...tools.sessions import union
from ..common.readable_lines import ReadableLines

CHANNELS = [("remote", "Remote"), ("on_site", "On site"), ("phone", "Phone")]
STATES = [
    ("draft", "Still Open"),
    ("running", "Running"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("draft", "running")
MAX_SECONDS = 24 * 3600
CUSTOMER_MAIL = "service_contract.mt_customer_mail"


class ServiceSession(models.Model):
    """An intervention for a customer, with or without a contract; who calls accepts (S26).

    Its connections are timesheet lines (``account.analytic.line``). Instants are in UTC, dates
    are local dates in the session's time zone.
    """

    _name = "service.session"
    _description = "Session"
    _inherit = [
        "service.numbered.mixin",
        "service.state.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _check_company_auto = True
    _order = "date desc, id desc"

    _transitions = {
        "state": {
            "running": ("draft",),
            "draft": ("running", "done", "cancelled"),
            "done": OPEN_STATES,
            "cancelled": ("draft", "running", "done"),
        }
    }

    name = fields.Char(string="Session", lock="once")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        lock="closed",
        reprices=True,
    )
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        lock="workflow",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        tracking=True,
        help="Empty only while nobody knows who sent a request.",
        lock="closed",
        reprices=True,
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        store=True,
        index=True,
        precompute=True,
    )
    contract_id = fields.Many2one(
        "service.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
        tracking=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id), "
        "('state', 'in', ('active', 'ended'))]",
        lock="closed",
        reprices=True,
    )
    is_off_contract = fields.Boolean(
        string="Outside of any Contract",
        tracking=True,
        help="Priced by the level of customers without a contract, whatever they have signed.",
        lock="closed",
        reprices=True,
    )
    contract_warning = fields.Text(compute="_compute_contract_warning", compute_sudo=True)
    level_id = fields.Many2one(
        "service.level",
        compute="_compute_level_id",
        store=True,
        readonly=False,
        check_company=True,
        help="Of the contract; without a contract, how the session is priced.",
        lock="closed",
        reprices=True,
    )
    work_type_id = fields.Many2one(
        "service.work.type", check_company=True, tracking=True, lock="closed", reprices=True
    )
    channel = fields.Selection(
        CHANNELS, default="remote", required=True, tracking=True, lock="closed", reprices=True
    )
    requested_at = fields.Datetime(default=fields.Datetime.now, lock="closed")
    request = fields.Text(help="The work that the customer asks for.", lock="open")
    request_line = fields.Char(string="Request in Brief", compute="_compute_request_line")
    report = fields.Html(help="What the customer reads on the intervention sheet.", lock="open")
    internal_note = fields.Html(help="Never shown to the customer.")
    user_id = fields.Many2one(
        "res.users",
        string="Technician",
        default=lambda self: self.env.user._of_service_company(self.env.company),
        tracking=True,
        check_company=True,
        lock="closed",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        compute="_compute_tz",
        store=True,
        readonly=False,
        help="The session's dates are local dates in the customer's time zone.",
        lock="closed",
        reprices=True,
    )
    line_ids = ReadableLines("account.analytic.line", "service_session_id", string="Connections")
    connection_ids = fields.One2many(
        "service.session.connection", "service_session_id", string="All Connections", readonly=True
    )
    colleague_connection_ids = fields.Many2many(
        "service.session.connection",
        string="Connections of Colleagues",
        compute="_compute_colleague_connection_ids",
        help="Those whose timesheets the reader may not see: their times, without their cost.",
    )
    start = fields.Datetime(compute="_compute_times", store=True)
    stop = fields.Datetime(compute="_compute_times", store=True)
    date = fields.Date(
        compute="_compute_date",
        store=True,
        index=True,
        help="Local date of the first connection: the tariff and the prices are those of this day.",
    )
    connected_seconds = fields.Integer(
        string="Connected Time",
        compute="_compute_times",
        store=True,
        help="Time with at least one connection open; a connection that still runs is not counted.",
    )
    running_since = fields.Datetime(compute="_compute_running_since", compute_sudo=True)
    is_my_timer_running = fields.Boolean(compute="_compute_running_since", compute_sudo=True)
    overlap_warning = fields.Text(compute="_compute_overlap_warning", compute_sudo=True)
    suspension_warning = fields.Text(compute="_compute_suspension_warning", compute_sudo=True)
    research_seconds = fields.Integer(
        string="Research Time",
        tracking=True,
        help="Billable time without a connection.",
        lock="closed",
        reprices=True,
    )
    research_date = fields.Date(
        string="Day of the Research",
        help="Where a session has no connection; empty: the day of the request.",
        lock="closed",
        reprices=True,
    )
    request_date = fields.Date(
        string="Day of the Request",
        readonly=True,
        copy=False,
        help="As it was when the session was closed.",
        lock="workflow",
    )
    replaced_by_id = fields.Many2one(
        "service.session",
        string="Replaced by on-site visit",
        copy=False,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id), "
        "('channel', '=', 'on_site'), ('id', '!=', id), ('state', '!=', 'cancelled')]",
        help="Remote work was not possible: only the on-site visit is billed.",
        reprices=True,
    )
    replaces_ids = fields.One2many("service.session", "replaced_by_id")
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False, lock="workflow")
    can_start = fields.Boolean(compute="_compute_can")
    can_close = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for session in self:
            is_new = session.name in (False, "/")
            session.display_name = self.env._("New Session") if is_new else session.name

    @api.depends("request")
    def _compute_request_line(self):
        for session in self:
            session.request_line = session._get_request_line()

    # ----- Time -----

    @api.depends("line_ids.service_start", "line_ids.service_stop")
    def _compute_times(self):
        for session in self:
            lines = session.line_ids.filtered("service_start")
            closed = lines.filtered("service_stop")
            session.start = min(lines.mapped("service_start"), default=False)
            session.stop = max(closed.mapped("service_stop"), default=False)
            intervals = union(line._get_service_interval() for line in closed)
            session.connected_seconds = sum(interval.seconds for interval in intervals)

    @api.depends("start", "tz", "research_seconds", "research_date", "request_date", "requested_at")
    def _compute_date(self):
        """Take the day of the first connection; research may be all that there is (S23)."""
        for session in self:
            if session.start:
                session.date = session._to_local(session.start).date()
            elif session.research_seconds:
                noted = session.research_date or session.request_date
                session.date = noted or session._get_request_day()
            else:
                session.date = False

    def _get_request_day(self):
        """Return the local date of the request."""
        self.ensure_one()
        return self._to_local(self.requested_at or fields.Datetime.now()).date()

    @api.depends("line_ids.service_start", "line_ids.service_stop", "line_ids.user_id")
    @api.depends_context("uid")
    def _compute_running_since(self):
        for session in self:
            running = session.line_ids.filtered("service_is_running")
            session.running_since = min(running.mapped("service_start"), default=False)
            session.is_my_timer_running = self.env.user in running.user_id

    @api.depends("line_ids.service_start", "line_ids.service_stop", "line_ids.employee_id")
    @api.depends_context("uid")
    def _compute_colleague_connection_ids(self):
        for session in self:
            every, own = session._origin.sudo().line_ids, session._origin.sudo(False).line_ids
            rows = session.connection_ids.browse(set(every.ids) - set(own.ids))
            session.colleague_connection_ids = rows.sorted("service_start")

    def _to_local(self, instant):
        """Return a naive UTC instant as an aware one in the session's time zone."""
        self.ensure_one()
        return clocks.localize(instant, self._get_timezone())

    def _get_noon(self):
        """Return noon of the session's local date as a naive UTC instant.

        Prices and rates are those of the date; noon keeps price rules of whole days on their day
        in every time zone.
        """
        self.ensure_one()
        return clocks.naive_instant_of(self.date, clocks.NOON, self._get_timezone())

    def _get_timezone(self):
        """Return the IANA name of the zone of the session's dates."""
        self.ensure_one()
        return self.tz or self.company_id._get_service_timezone()

    @api.depends("contract_id", "partner_id", "company_id")
    def _compute_tz(self):
        for session in self:
            session.tz = session.contract_id.tz or session._get_customer_timezone()

    def _get_customer_timezone(self):
        self.ensure_one()
        return self.partner_id._get_service_timezone(self.company_id or self.env.company)

    # ----- Warnings -----

    @api.depends("state", "line_ids.service_start", "line_ids.service_stop", "line_ids.employee_id")
    @api.depends_context("lang")
    def _compute_overlap_warning(self):
        open_sessions = self.filtered(lambda session: session.state in OPEN_STATES)
        parallel = open_sessions.line_ids._origin._get_service_parallel_lines()
        for session in self:
            others = parallel.get(session._origin, self.env["account.analytic.line"])
            session.overlap_warning = "\n".join(
                self.env._(
                    "%(technician)s is also connected at %(customer)s at that time (%(session)s).",
                    technician=technician.name,
                    customer=other.commercial_partner_id.name,
                    session=other.name,
                )
                for technician, other in others.grouped(
                    lambda line: (line.employee_id, line.service_session_id)
                )
            )

    # ----- Checks -----

    def _check_duration(self):
        """Refuse a session of more than 24 hours from its first start to its last stop."""
        for session in self:
            if problem := session._get_duration_problem():
                raise ValidationError(problem)

    def _get_duration_problem(self):
        """Return in words that the session is longer than a day, empty when it is not."""
        self.ensure_one()
        ends = self.start and self.stop
        if not ends or self.stop - self.start <= timedelta(seconds=MAX_SECONDS):
            return False
        return self.env._(
            "%(session)s lasts more than 24 hours, from %(start)s to %(stop)s. Type in "
            "when it really ended, or make another session.",
            session=self.name,
            start=self._format_local(self.start),
            stop=self._format_local(self.stop),
        )

    def _check_changeable(self):
        """Refuse to change what is settled elsewhere, such as on an invoice; a hook."""
        return self

    # ----- Replaced by an on-site visit (S08) -----

    def _get_replaced(self):
        """Return the closed sessions that a visit replaces: they were closed unchecked."""
        return self.filtered(lambda session: session.state == "done" and session.replaced_by_id)

    @api.constrains("replaced_by_id", "partner_id", "channel")
    def _check_replaced_by(self):
        for session in self.filtered("replaced_by_id"):
            visit = session.replaced_by_id
            is_same = visit.commercial_partner_id == session.commercial_partner_id
            if not is_same or visit.channel != "on_site" or session.channel == "on_site":
                raise ValidationError(
                    self.env._(
                        "%(session)s: only an on-site visit at the same customer can replace a "
                        "remote session; %(visit)s is none.",
                        session=session.name,
                        visit=visit.name,
                    )
                )
            if visit.state == "cancelled":
                raise ValidationError(
                    self.env._(
                        "%(visit)s is cancelled and bills nothing: it cannot replace %(session)s.",
                        session=session.name,
                        visit=visit.name,
                    )
                )
        for visit in self.filtered("replaces_ids"):
            if visit.channel != "on_site":
                raise ValidationError(
                    self.env._(
                        "%(visit)s replaces %(session)s: it stays an on-site visit.",
                        visit=visit.name,
                        session=visit.replaces_ids[0].name,
                    )
                )

    # ----- Records -----

    def write(self, vals):
        """Let the connections follow, and check what a visit replaces no more (S08)."""
        replaced = self._get_replaced() if "replaced_by_id" in vals else self.browse()
        result = super().write(vals)
        if self._get_marked("reprices") & vals.keys():
            (replaced - self._get_replaced())._check_closing()
            self.sudo().line_ids._sync_with_session()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for session in self.sudo():
            if session._is_used():
                raise UserError(
                    self.env._(
                        "%(session)s has connections, charges or replaces another session, and is "
                        "kept. Cancel it instead.",
                        session=session.name,
                    )
                )

    def _is_used(self):
        """Tell whether something hangs on the session, which therefore is kept; a hook."""
        self.ensure_one()
        return bool(self.sudo().line_ids or self.replaces_ids)

    # ----- Mails to the customer -----

    def _as_customer_mail(self):
        """Return the session, by sudo, so that what it posts is sent to whom it is for.

        Also to the customer who is logged in, whom Odoo takes for the author.
        """
        return self.sudo().with_context(mail_notify_author=True)

    def _prepare_customer_mail_vals(self):
        """Return what all messages to the customer have in common: they are no internal notes.

        Nor are the answers to them. Where no colleague sends it, the company is the author.
        """
        self.ensure_one()
        by_company = {"author_id": self.company_id.sudo().partner_id.id}
        return {
            "subtype_xmlid": CUSTOMER_MAIL,
            **({} if self.env.user._is_internal() else by_company),
        }

    # ----- Words -----

    def _format_local(self, instant):
        """Return an instant as local date and time to the second, in the reader's format."""
        local = self._to_local(instant)
        return f"{format_date(self.env, local.date())} {local:%H:%M:%S}"

    def _format_clock(self, instant):
        """Return the local time of an instant; research without a connection has none."""
        return f"{self._to_local(instant):%H:%M:%S}" if instant else ""

    def _get_ordered_connections(self):
        """Return all connections as prices are explained: by their start, then by workstation."""
        return self.sudo().line_ids.sorted(
            lambda line: (line.service_start, line.service_workstation or "")
        )

    def _get_request_line(self):
        """Return the first line of what was asked for, empty where nothing was."""
        self.ensure_one()
        return (self.request or "").strip().split("\n")[0]

    @api.model
    def _join_names(self, names):
        return ", ".join(dict.fromkeys(name for name in names if name))
