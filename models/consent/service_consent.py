from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import hmac

from ...tools import consent_codes
from ..company.res_partner import TAX_SHOWN_REGIMES

SCOPE_CODE = "service_contract.consent.code"
GRACE = timedelta(minutes=30)  # to read and answer the page, once the code has opened it
TRIES_PER_NETWORK, TRIES_PER_CODE, TRY_SECONDS = 10, 5, 15 * 60
ALARM_TRIES, ALARM_SECONDS = 20, 24 * 3600  # for each first digit
TRACE = ("ip_address", "user_agent", "browser", "operating_system")
CONSUMER_YEARS, CONSUMER_AMOUNT = 10, 120  # Code de la consommation L213-1, D213-2
UNUSED_DAYS = 30
WAYS = [
    ("code", "On the page"),
    ("phone", "By telephone"),
    ("call", "By calling"),
    ("agreement", "By agreement on unattended access"),
]
STATES = [("waiting", "Waiting"), ("given", "Given"), ("void", "Void")]
STANDINGS = [*STATES, ("expired", "Expired")]


class ServiceConsent(models.Model):
    """The customer's order for a session and its evidence (S24–S28).

    The code itself is kept nowhere, only its keyed HMAC: a plain hash of so few codes could be
    turned back. What the customer read and accepted is kept in words.
    """

    _name = "service.consent"
    _description = "Session Consent"
    _inherit = ["service.state.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "session_id"
    _is_made_by_workflow = True
    _takes_user_defaults = False
    _derived_partners = frozenset({"partner_id"})

    _transitions = {"state": {"given": ("waiting",), "void": ("waiting",)}}

    session_id = fields.Many2one(
        "service.session", required=True, ondelete="cascade", index=True, lock="workflow"
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Given by", required=True, check_company=True, lock="workflow"
    )
    user_id = fields.Many2one("res.users", string="Technician", lock="workflow")
    way = fields.Selection(WAYS, default="code", required=True, lock="workflow")
    state = fields.Selection(STATES, default="waiting", required=True, lock="workflow")
    standing = fields.Selection(STANDINGS, string="Consent", compute="_compute_standing")
    code_hmac = fields.Char(
        groups="base.group_system", help="Keyed HMAC of the 8-digit code.", lock="workflow"
    )
    asked_at = fields.Datetime(string="Asked on", lock="workflow")
    opened_at = fields.Datetime(string="Page Opened on", lock="workflow")
    expires_at = fields.Datetime(string="Code Valid until", lock="workflow")
    accepted_at = fields.Datetime(string="Given on", index=True, lock="workflow")
    ordered_workstation = fields.Char(string="Workstation", lock="workflow")
    requested_work = fields.Text(lock="workflow")
    price_kind = fields.Selection(
        [
            ("covered", "Covered"),
            ("prepaid", "Drawn from time that is left"),
            ("tariff", "By tariff"),
        ],
        string="Price Conditions",
        lock="workflow",
    )
    conditions_id = fields.Many2one(
        "service.conditions", ondelete="restrict", check_company=True, lock="workflow"
    )
    conditions_digest = fields.Char(
        string="SHA-256 of the Conditions",
        help="Of the text of the conditions, as the customer could read it.",
        lock="workflow",
    )
    accepted_text = fields.Text(
        string="What was Accepted",
        help="All that the customer accepted, in words.",
        lock="workflow",
    )
    accepted_digest = fields.Char(string="SHA-256 of It", lock="workflow")
    reservations = fields.Text(
        help="The customer's own words: they limit what is done, not what it costs.",
        lock="workflow",
    )
    reason = fields.Char(string="Why by Telephone", lock="workflow")
    access_id = fields.Many2one(
        "service.unattended.access",
        string="Agreement",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
        lock="workflow",
    )
    is_start_requested = fields.Boolean(
        string="Immediate Start Requested",
        help="A consumer asked expressly for the work to begin at once (L221-25).",
        lock="workflow",
    )
    is_loss_acknowledged = fields.Boolean(
        string="Loss of Withdrawal Acknowledged",
        help="A consumer knows that the right to withdraw ends once the work is done (L221-28).",
        lock="workflow",
    )
    button = fields.Char(string="Words on the Button", lock="workflow")
    lang = fields.Char(string="Language", lock="workflow")
    ip_address = fields.Char(
        string="Internet Address",
        groups="service_contract.service_contract_group_manager",
        lock="workflow",
    )
    user_agent = fields.Char(
        string="Browser in its own Words",
        groups="service_contract.service_contract_group_manager",
        lock="workflow",
    )
    browser = fields.Char(lock="workflow")
    operating_system = fields.Char(lock="workflow")
    purged_on = fields.Date(
        help="When Internet address and browser were removed: their time was over.",
        lock="workflow",
    )

    _code_once = models.UniqueIndex(
        "(code_hmac) WHERE state = 'waiting'", "Another session has this code: ask for a new one."
    )
    _given_complete = models.Constraint(
        "CHECK (state != 'given' OR accepted_at IS NOT NULL)", "A consent is given at a time."
    )

    @api.depends("state", "expires_at", "opened_at")
    def _compute_standing(self):
        for consent in self:
            is_over = consent.state == "waiting" and not consent._is_open()
            consent.standing = "expired" if is_over else consent.state

    # ----- States -----

    def _set_given(self, **vals):
        """Take the customer's word; of two at the same moment the database lets one through."""
        self._update_state("given", accepted_at=fields.Datetime.now(), **vals)
        self.flush_recordset()
        self.session_id._on_consent_given()
        return self

    def _set_void(self):
        """Let codes open nothing more."""
        return self._update_state("void")

    # ----- Code -----

    @api.model
    def _make_code(self):
        """Return ``(code, its HMAC)`` of a code that opens no other session."""
        while True:
            code = consent_codes.make_code()
            key = self._sign_code(code)
            if not self.sudo().search_count([("code_hmac", "=", key), ("state", "=", "waiting")]):
                return code, key

    @api.model
    def _sign_code(self, code):
        return hmac(self.env(su=True), SCOPE_CODE, code)

    def _is_open(self):
        """Tell whether the code, or the page that it opened, may still be used."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self.state != "waiting" or not self.asked_at or self.asked_at > now:
            return False
        until = max(self.expires_at, self.opened_at + GRACE if self.opened_at else self.expires_at)
        return now < until

    @api.model
    def _open_by_code(self, text, address):
        """Return the consent that a typed code opens, none for a wrong or late one (S24).

        Tries are limited by network and by code. All wrong ones together raise an alarm that
        keeps nobody out.
        """
        attempts = self.env["service.attempt"]
        network = attempts._get_network_key(address)
        code = consent_codes.read_code(text)
        if not attempts._allow("consent", network, TRIES_PER_NETWORK, TRY_SECONDS) or not code:
            return self.browse()
        key = self._sign_code(code)
        if not attempts._allow("consent_code", key, TRIES_PER_CODE, TRY_SECONDS):
            return self.browse()
        consent = self.sudo().search([("code_hmac", "=", key), ("state", "=", "waiting")])
        if consent and consent._may_be_opened():
            consent._as_workflow().opened_at = fields.Datetime.now()
            return consent
        self._count_wrong(code)
        return self.browse()

    @api.model
    def _count_wrong(self, code):
        """Count wrong codes of all networks, apart by their first digit, and raise the alarm.

        Apart, since who counts the same thing at the same moment has to wait for the other.
        """
        attempts = self.env["service.attempt"]
        if attempts._allow("consent_wrong", code[:1], ALARM_TRIES, ALARM_SECONDS):
            return
        if attempts._allow("consent_alarm", "told", 1, ALARM_SECONDS):
            self._raise_alarm()

    def _covers(self, start, hours, first_start):
        """Tell whether the order covers a connection that begins at an instant (S28).

        ``hours``: how long it holds; none, and it covers the first connection since alone, which
        began at ``first_start``, if any did.
        """
        self.ensure_one()
        if self.way == "code" and start < self.accepted_at.replace(microsecond=0):
            return False
        if not hours:
            return not first_start or first_start == start
        return start <= self.accepted_at + hours

    def _may_be_opened(self):
        """Tell whether the code itself is still valid, whether or not it opened the page before."""
        return self._is_open() and fields.Datetime.now() < self.expires_at

    @api.model
    def _raise_alarm(self):
        """Tell the companies whose codes are waiting, once a day, that somebody is guessing."""
        waiting = self.sudo().search([("state", "=", "waiting")], order="id desc", limit=100)
        for consents in waiting.grouped("company_id").values():
            words = self.env._(
                "Somebody types many wrong consent codes. Tries are limited, and no code was "
                "guessed; look at the addresses in the server's log."
            )
            session = consents[:1].session_id
            self.env["service.exception"]._report(session, "session", words, "consent_alarm")

    # ----- How long it is kept (L18, L18b) -----

    @api.model
    def _get_to_purge_domain(self):
        """Return the domain of the consents whose trace may be over by their company's years."""
        now = fields.Datetime.now()
        companies = self.env["res.company"].sudo().search([("service_consent_years", ">", 0)])
        return Domain("purged_on", "=", False) & Domain.OR(
            Domain("company_id", "in", of_years.ids)
            & Domain("accepted_at", "<", now - relativedelta(years=years))
            for years, of_years in companies.grouped("service_consent_years").items()
        )

    @api.model
    def _cron_purge(self):
        """Remove Internet addresses and browsers whose years are over."""
        self.env["service.batch.runner"]._run_in_batches(
            self,
            self._get_to_purge_domain(),
            lambda consents: consents._purge(),
            "consent",
            kind="session",
        )

    def _purge(self):
        """Remove the trace of the consents that are old enough; what was accepted stays."""
        now = fields.Datetime.now()
        due = self.filtered(
            lambda consent: consent.accepted_at < now - relativedelta(years=consent._get_years())
        )
        due._as_workflow().write({**dict.fromkeys(TRACE), "purged_on": fields.Date.today()})

    def _get_years(self):
        """Return for how many years a consent is kept: those of consumers from 120 € on for 10."""
        self.ensure_one()
        years, session = self.company_id.service_consent_years, self.session_id
        is_large = session.amount_total >= CONSUMER_AMOUNT
        is_consumer = session._get_regime() in TAX_SHOWN_REGIMES
        return max(years, CONSUMER_YEARS) if is_large and is_consumer else years

    @api.autovacuum
    def _gc_codes(self):
        """Forget codes that nobody used: they prove nothing."""
        limit = fields.Datetime.now() - timedelta(days=UNUSED_DAYS)
        self.sudo().search([("state", "!=", "given"), ("asked_at", "<", limit)]).unlink()
