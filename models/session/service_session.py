from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

from odoo.addons.base.models.res_partner import _tz_get

from ...tools import clocks
from ...tools.sessions import union

CHANNELS = [("remote", "Remote"), ("on_site", "On site"), ("phone", "Phone")]
STATES = [("draft", "Open"), ("running", "Running"), ("done", "Done"), ("cancelled", "Cancelled")]
OPEN_STATES = ("draft", "running")
MAX_SECONDS = 24 * 3600
PRICED_FIELDS = {
    "partner_id",
    "company_id",
    "contract_id",
    "is_off_contract",
    "level_id",
    "work_type_id",
    "channel",
    "tz",
    "replaced_by_id",
    "scope_reason_id",
    "equipment_ids",
    "research_seconds",
    "research_date",
    "is_exceptional",
    "rework_of_id",
    "is_unfounded",
    "complaint_acceptance",
}


class ServiceSession(models.Model):
    """An intervention for a customer, with or without a contract.

    Its connections are timesheet lines (``account.analytic.line``). Instants are in UTC, dates
    are local dates in the session's time zone.
    """

    _name = "service.session"
    _description = "Session"
    _inherit = ["service.numbered.mixin", "mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"

    name = fields.Char(string="Session")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        STATES, default="draft", required=True, copy=False, index=True, tracking=True
    )
    sheet_state = fields.Selection(
        [
            ("draft", "Not sent"),
            ("sent", "Sent"),
            ("validated", "Validated"),
            ("contested", "Contested"),
            ("settled", "Settled"),
        ],
        string="Intervention Sheet",
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        tracking=True,
        help="Empty only while nobody knows who sent a request.",
    )
    contact_id = fields.Many2one(
        "res.partner", string="Caller", domain="[('id', 'child_of', partner_id)]"
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, precompute=True
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
    )
    is_off_contract = fields.Boolean(
        string="Outside of any Contract",
        tracking=True,
        help="Priced by the level of customers without a contract, whatever they have signed.",
    )
    contract_warning = fields.Text(compute="_compute_contract_warning", compute_sudo=True)
    level_id = fields.Many2one(
        "service.level",
        compute="_compute_level_id",
        store=True,
        readonly=False,
        check_company=True,
        help="Of the contract; without a contract, how the session is priced.",
    )
    work_type_id = fields.Many2one("service.work.type", check_company=True, tracking=True)
    channel = fields.Selection(CHANNELS, default="remote", required=True, tracking=True)
    requested_at = fields.Datetime(default=fields.Datetime.now)
    request = fields.Text(help="The work that the customer asks for.")
    report = fields.Html(help="What the customer reads on the intervention sheet.")
    internal_note = fields.Html(help="Never shown to the customer.")
    user_id = fields.Many2one(
        "res.users", string="Technician", default=lambda self: self.env.user, tracking=True
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        compute="_compute_tz",
        store=True,
        readonly=False,
        help="The session's dates are local dates in the customer's time zone.",
    )
    line_ids = fields.One2many("account.analytic.line", "service_session_id", string="Connections")
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
    research_seconds = fields.Integer(
        string="Research Time", help="Billable time without a connection."
    )
    tariff_id = fields.Many2one("service.tariff", readonly=True, copy=False, ondelete="restrict")
    measured_seconds = fields.Integer(string="Measured Time", readonly=True, copy=False)
    billed_minutes = fields.Integer(readonly=True, copy=False)
    is_included = fields.Boolean(
        string="Included", readonly=True, copy=False, help="Covered by the contract: billed 0.00."
    )
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    consent_ids = fields.One2many("service.consent", "session_id")
    charge_ids = fields.One2many("service.charge", "session_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_amounts", store=True)
    amount_untaxed = fields.Monetary(string="Excluding Tax", compute="_compute_amounts", store=True)
    amount_total = fields.Monetary(string="Including Tax", compute="_compute_amounts", store=True)
    price_explanation = fields.Html(
        compute="_compute_price_explanation", compute_sudo=True, string="Why this Price"
    )
    billing_state = fields.Selection(
        [
            ("nothing", "Nothing to bill"),
            ("included", "Included"),
            ("on_hold", "On hold"),
            ("ready", "To bill"),
            ("invoiced", "Invoiced"),
            ("credited", "Credited: to decide"),
            ("waived", "Waived"),
        ],
        string="Billing",
        compute="_compute_billing_state",
        store=True,
        index=True,
    )
    is_billed = fields.Boolean(compute="_compute_is_billed", compute_sudo=True)
    invoice_count = fields.Integer(compute="_compute_is_billed", compute_sudo=True)
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

    @api.depends("start", "tz")
    def _compute_date(self):
        for session in self:
            session.date = session.start and session._to_local(session.start).date()

    @api.depends("line_ids.service_start", "line_ids.service_stop", "line_ids.user_id")
    @api.depends_context("uid")
    def _compute_running_since(self):
        for session in self:
            running = session.line_ids.filtered("service_is_running")
            session.running_since = min(running.mapped("service_start"), default=False)
            session.is_my_timer_running = self.env.user in running.user_id

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

    # ----- Contract and level -----

    @api.depends("partner_id", "company_id", "start", "is_off_contract")
    def _compute_contract_id(self):
        in_force = self._get_contracts_in_force()
        for session in self:
            contracts = in_force[session.id or session]
            if session.is_off_contract:
                session.contract_id = False
            elif session.contract_id not in contracts:
                session.contract_id = session._choose_contract(contracts)

    def _get_contracts_in_force(self):
        """Return ``{session id (itself when new): contracts}`` in force on local dates (S09).

        A session without a connection counts as one of now. One query for all sessions.
        """
        Contract = self.env["service.contract"].sudo()
        contracts = Contract.search(
            [
                ("company_id", "in", self.company_id.ids),
                ("commercial_partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("state", "in", ("active", "ended")),
            ]
        )
        groups = contracts.grouped(lambda item: (item.commercial_partner_id, item.company_id))
        found, known = {}, {}
        for session in self:
            key = (session.partner_id, session.company_id, session._get_contract_day())
            if key not in known:
                own = groups.get((key[0].commercial_partner_id.sudo(), key[1].sudo()), Contract)
                known[key] = own.filtered_domain(Contract._get_in_force_domain(*key))
            found[session.id or session] = known[key]
        return found

    def _get_contract_day(self):
        """Return the local date on which the customer's contracts count (S09).

        The time zone is the contract's once there is one: until then, the customer's.
        """
        self.ensure_one()
        instant = self.start or fields.Datetime.now()
        zone = self.contract_id.tz or self._get_customer_timezone()
        return clocks.localize(instant, zone).date()

    def _choose_contract(self, contracts):
        """Return the only contract that can price this session, none where there are several.

        Contracts of the session's own site go before those of the customer's other sites.
        """
        self.ensure_one()
        contracts = contracts.filtered(lambda contract: self._is_level_pricing(contract.level_id))
        own = contracts.filtered(
            lambda contract: self.partner_id in (contract.partner_shipping_id, contract.partner_id)
        )
        contracts = own or contracts
        return contracts if len(contracts) == 1 else contracts.browse()

    @api.model
    def _is_level_pricing(self, level):
        """Tell whether sessions can be priced by a level: it has tariffs, or includes work."""
        return bool(level.tariff_ids) or (bool(level) and level.kind != "per_intervention")

    @api.depends("contract_id", "partner_id", "company_id", "start", "is_off_contract", "state")
    @api.depends_context("lang")
    def _compute_contract_warning(self):
        in_force = self._get_contracts_in_force()
        for session in self:
            is_open = session.state in OPEN_STATES and bool(session.partner_id)
            session.contract_warning = is_open and session._get_contract_warning(
                in_force[session.id or session]
            )

    def _get_contract_warning(self, contracts):
        """Return in words what is wrong with the session's contract, empty when nothing is."""
        self.ensure_one()
        day = format_date(self.env, self._get_contract_day())
        if self.contract_id and self.contract_id not in contracts:
            return self.env._(
                "%(session)s: contract %(contract)s is not in force on %(day)s. Choose another "
                "one, or tick “Outside of any Contract”.",
                session=self.display_name,
                contract=self.contract_id.name,
                day=day,
            )
        pricing = contracts.filtered(lambda contract: self._is_level_pricing(contract.level_id))
        if not self.contract_id and not self.is_off_contract and len(pricing) > 1:
            return self.env._(
                "%(session)s: %(customer)s has several contracts in force on %(day)s: "
                "%(contracts)s. Choose one, or tick “Outside of any Contract”.",
                session=self.display_name,
                customer=self.partner_id.display_name,
                day=day,
                contracts=", ".join(
                    f"{contract.name} ({contract.level_id.name})" for contract in pricing
                ),
            )
        return False

    @api.depends("contract_id", "company_id")
    def _compute_level_id(self):
        for session in self:
            level = session.contract_id._get_level_on(session._get_contract_day())
            session.level_id = level or session.company_id.service_default_level_id

    # ----- Money -----

    @api.depends(
        "charge_ids.amount_untaxed",
        "charge_ids.amount_total",
        "charge_ids.state",
        "contract_id",
        "company_id",
    )
    def _compute_amounts(self):
        for session in self:
            charges = session.charge_ids.filtered(
                lambda charge: charge.state in ("on_hold", "ready", "invoiced")
            )
            session.currency_id = (
                session.charge_ids[:1].currency_id
                or session.contract_id.currency_id
                or session.company_id.currency_id
            )
            session.amount_untaxed = sum(charges.mapped("amount_untaxed"))
            session.amount_total = sum(charges.mapped("amount_total"))

    @api.depends("charge_ids.state")
    def _compute_billing_state(self):
        order = ("invoiced", "on_hold", "ready", "credited", "included", "waived")
        for session in self:
            states = set(session.charge_ids.mapped("state"))
            session.billing_state = next((state for state in order if state in states), "nothing")

    @api.depends("charge_ids.state", "charge_ids.invoice_id")
    def _compute_is_billed(self):
        for session in self:
            billed = session.charge_ids.filtered(lambda charge: charge.state == "invoiced")
            session.is_billed = bool(billed)
            session.invoice_count = len(billed.invoice_id)

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
            ends = session.start and session.stop
            if ends and session.stop - session.start > timedelta(seconds=MAX_SECONDS):
                raise ValidationError(
                    self.env._(
                        "%(session)s lasts more than 24 hours, from %(start)s to %(stop)s. Type in "
                        "when it really ended, or make another session.",
                        session=session.name,
                        start=session._format_local(session.start),
                        stop=session._format_local(session.stop),
                    )
                )

    def _format_local(self, instant):
        """Return an instant as local date and time to the second, in the reader's format."""
        local = self._to_local(instant)
        return f"{format_date(self.env, local.date())} {local:%H:%M:%S}"

    def _check_not_billed(self):
        for session in self.sudo():
            if session.is_billed:
                raise UserError(
                    self.env._(
                        "%(session)s is billed on %(invoice)s: delete that draft or credit the "
                        "invoice first.",
                        session=session.name,
                        invoice=", ".join(
                            invoice.display_name for invoice in session.charge_ids.invoice_id
                        ),
                    )
                )
        return self

    # ----- Records -----

    def write(self, vals):
        is_repriced = bool(PRICED_FIELDS & vals.keys())
        if is_repriced:
            self._check_not_billed()
        replaced = self._get_replaced() if "replaced_by_id" in vals else self.browse()
        result = super().write(vals)
        if is_repriced:
            (replaced - self._get_replaced())._check_closing()
            self.sudo().line_ids._sync_with_session()
            self._charge_anew()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for session in self.sudo():
            if session.line_ids or session.charge_ids or session.replaces_ids:
                raise UserError(
                    self.env._(
                        "%(session)s has connections, charges or replaces another session, and is "
                        "kept. Cancel it instead.",
                        session=session.name,
                    )
                )
