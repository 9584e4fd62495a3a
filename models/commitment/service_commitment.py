from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools import terms
from ..common.brought_records import require
from ..common.client_actions import notify
from ..common.field_values import get_label
from ..contract.service_contract import IN_FORCE

NOTICE_FLAWS = [
    ("missing", "The customer was not informed"),
    ("early", "The customer was informed too early"),
    ("late", "The customer was informed too late"),
    ("undelivered", "The notice did not reach the customer"),
    ("impossible", "The term was too short to inform in time"),
]
INFORMED_REGIMES = ("consumer", "non_professional")
TEMPLATE = "service_contract.renewal_notice_mail_template"
REPORT = "service_contract.renewal_notice_report"
WAITING = ("upcoming", "due", "overdue")
MISSED_JOB = "missed_notice"
SENDABLE = ("due", "overdue", "failed")
COLORS = {"upcoming": 4, "due": 2, "overdue": 3, "failed": 1, "missed": 1, "sent": 10}


class ServiceCommitment(models.Model):
    """One commitment period (a *term*) of a contract: the initial one, or a tacit renewal.

    Both dates are inclusive. A term never changes once it is recorded (invariant 5): what happens
    later is another record.
    """

    _name = "service.commitment"
    _description = "Commitment Period"
    _inherit = ["service.notice.mixin", "service.workflow.mixin"]
    _check_company_auto = True
    _order = "contract_id, number"
    _is_made_by_workflow = True

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="sealed",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True, index=True
    )
    number = fields.Integer(
        required=True, default=0, help="0 is the initial commitment.", lock="sealed"
    )
    kind = fields.Selection(
        [("initial", "Initial"), ("tacit", "Tacit renewal")], required=True, lock="sealed"
    )
    date_start = fields.Date(string="From", required=True, lock="sealed")
    date_end = fields.Date(string="Last Day", required=True, index=True, lock="sealed")
    refusal_deadline = fields.Date(
        string="Last Day to Refuse",
        required=True,
        help="The renewal can be refused up to this day: the day before the notice begins.",
        lock="sealed",
    )
    notice_opens = fields.Date(string="Inform from", lock="sealed")
    notice_closes = fields.Date(string="Inform until", lock="sealed")
    is_window_shortened = fields.Boolean(
        string="Short Window",
        help="The term is shorter than the legal window to inform.",
        lock="workflow",
    )
    notice_sent_on = fields.Date(readonly=True, lock="workflow")
    price_change_percent = fields.Float("Price Revision", (6, 3), lock="workflow", aggregator=None)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("current", "Current"),
            ("past", "Past"),
            ("refused", "Refused"),
            ("replaced", "Replaced"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    is_refused = fields.Boolean(readonly=True, lock="workflow")
    months = fields.Integer(
        string="Duration",
        readonly=True,
        help="Months of a commitment begun anew by an amendment.",
        lock="workflow",
    )
    amendment_id = fields.Many2one(
        "service.amendment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What began this commitment.",
        lock="workflow",
        check_company=True,
    )
    replaced_from = fields.Date(
        readonly=True,
        help="From this day on another commitment holds. The dates of this one stay as signed.",
        lock="workflow",
    )
    is_free_exit = fields.Boolean(
        string="Free Exit at any Time",
        readonly=True,
        help="The customer may leave this renewed term at any time: the legal notice is missing.",
        lock="workflow",
    )
    notice_flaw = fields.Selection(
        NOTICE_FLAWS, string="Reason of the Free Exit", readonly=True, lock="workflow"
    )
    notice_state = fields.Selection(
        [
            ("not_needed", "None needed"),
            ("upcoming", "Upcoming"),
            ("due", "To send"),
            ("overdue", "Window closed"),
            ("failed", "Not delivered"),
            ("sent", "Sent"),
            ("missed", "Missed"),
        ],
        string="Renewal Notice",
        compute="_compute_notice_state",
        store=True,
        index=True,
        group_expand="_expand_notice_states",
        help="Consumers and non-professionals are informed between three months and one month "
        "before the last day to refuse.",
    )
    notice_way = fields.Selection(
        [("mail", "E-mail"), ("post", "Letter")], string="Sent by", readonly=True, lock="workflow"
    )
    notice_letter_ids = fields.Many2many(
        "ir.attachment",
        string="Letter as Sent",
        related="notice_message_id.attachment_ids",
        compute_sudo=True,
    )
    window_note = fields.Char(compute="_compute_window_note")
    user_id = fields.Many2one(related="contract_id.user_id", store=True, index=True)
    regime = fields.Selection(related="contract_id.regime")
    color = fields.Integer(related="contract_id.family_id.color")
    notice_color = fields.Integer(compute="_compute_notice_color")

    _number_unique = models.UniqueIndex(
        "(contract_id, number)", "This contract has a commitment period of this number already."
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A commitment period ends on or after its first day."
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int8range(contract_id, contract_id, '[]') WITH &&, "
        "daterange(date_start, GREATEST(date_start, LEAST(date_end + 1, replaced_from)), '[)') "
        "WITH &&)",
        "The commitment periods of a contract cannot overlap.",
    )

    @api.depends("date_start", "date_end", "is_refused", "replaced_from")
    def _compute_state(self):
        for term in self:
            today = term.contract_id._get_local_today()
            if term.is_refused:
                term.state = "refused"
            elif term.replaced_from and term.replaced_from <= today:
                term.state = "replaced"
            elif term.date_start > today:
                term.state = "planned"
            else:
                term.state = "current" if term.date_end >= today else "past"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        is_replaced = fields.Domain("replaced_from", "<=", today)
        going_on = fields.Domain("is_refused", "=", False) & (
            fields.Domain("replaced_from", "=", False) | fields.Domain("replaced_from", ">", today)
        )
        begun = fields.Domain("date_start", "<=", today)
        domains = {
            "refused": fields.Domain("is_refused", "=", True),
            "replaced": fields.Domain("is_refused", "=", False) & is_replaced,
            "planned": going_on & fields.Domain("date_start", ">", today),
            "current": going_on & begun & fields.Domain("date_end", ">=", today),
            "past": going_on & fields.Domain("date_end", "<", today),
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)

    def _get_held_until(self):
        """Return the last day that a term holds: its own, unless another one replaced it."""
        self.ensure_one()
        if not self.replaced_from:
            return self.date_end
        return min(self.date_end, self.replaced_from - timedelta(days=1))

    @api.depends("contract_id.name", "number", "partner_id.name")
    @api.depends_context("show_customer")
    def _compute_display_name(self):
        """Name a term by its contract, in calendars and queues by its customer first."""
        for term in self:
            name = f"{term.contract_id.name} · {term.number + 1}"
            is_customer_first = self.env.context.get("show_customer")
            term.display_name = f"{term.partner_id.name} · {name}" if is_customer_first else name

    def _is_sealed(self):
        """A term never changes once it is recorded (invariant 5)."""
        self.ensure_one()
        return self.contract_id.state != "draft"

    def _raise_sealed(self, names):
        raise UserError(
            self.env._(
                "%(term)s: a recorded commitment period does not change. Refuse it or record "
                "another one.",
                term=self.display_name,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        for term in self:
            is_taken_back = term.amendment_id.state == "cancelled" or term.is_refused
            if term.contract_id.state in IN_FORCE and not is_taken_back:
                raise UserError(
                    self.env._(
                        "%(term)s: the commitment periods of an active contract are kept.",
                        term=term.display_name,
                    )
                )

    @api.model
    def _prepare_commitment_vals(self, contract, number, anchor=None):
        """Return the values of a contract's commitment period by its number, from its anchor (S35).

        Durations and notice are the contract's, as signed or amended; errors of the calendar core
        (L05) come as they are. ``anchor`` is what ``_get_commitment_anchor`` returns, unless given.
        """
        start, months, first = anchor or contract._get_commitment_anchor()
        stages = contract._get_renewal_stages(months, first)
        period = terms.staged_term(start, stages, number)
        deadline = terms.refusal_deadline(period.last_day, terms.find_stage(stages, number).notice)
        window = terms.notice_window(deadline, period.start)
        return {
            "contract_id": contract.id,
            "number": number,
            "kind": "tacit" if number > first else "initial",
            "date_start": period.start,
            "date_end": period.last_day,
            "refusal_deadline": deadline,
            "notice_opens": window.opens,
            "notice_closes": window.closes,
            "is_window_shortened": window.shortened,
        }

    def _judge_previous_notices(self):
        """Mark the renewals of which the customer was not legally informed as free to leave (L01).

        The notice belongs to the term before. The law protects consumers and non-professionals;
        with professionals the contract rules (L02).
        """
        contracts = self.contract_id
        contracts.commitment_ids.fetch(["number", "notice_sent_on"])
        for renewal in self.filtered(lambda term: term.contract_id.regime in INFORMED_REGIMES):
            previous = renewal.contract_id.commitment_ids.filtered(
                lambda term, number=renewal.number: term.number == number - 1
            )
            verdict = previous._judge_notice()
            if verdict != "in_time":
                renewal._as_workflow().write({"is_free_exit": True, "notice_flaw": verdict})

    def _judge_notice(self):
        """Return the calendar core's verdict on the notice sent during this term."""
        self.ensure_one()
        is_delivered = not self._is_notice_failed()
        sent_on = self.notice_sent_on or None
        return terms.judge_notice(self._get_notice_window(), sent_on, is_delivered)

    def _get_notice_window(self):
        """Return the calendar core's window of this term's notice."""
        self.ensure_one()
        return terms.notice_window(self.refusal_deadline, self.date_start)

    # ----- The notice of a renewal (L01, L02) -----

    @api.depends(
        "notice_opens",
        "notice_closes",
        "refusal_deadline",
        "is_refused",
        "replaced_from",
        "notice_sent_on",
        "notice_message_id.notification_ids.notification_status",
        "contract_id.regime",
        "contract_id.state",
        "contract_id.date_end",
        "contract_id.family_id.is_notice_to_professionals",
    )
    def _compute_notice_state(self):
        for term in self:
            term.notice_state = term._get_notice_state(term.contract_id._get_local_today())

    def _get_notice_state(self, today):
        """Return where the notice of this term stands on a date."""
        self.ensure_one()
        if self.notice_sent_on:
            return "failed" if self._is_notice_failed() else "sent"
        if not self._is_notice_needed():
            return "not_needed"
        if today > self.refusal_deadline:
            return "missed"
        if today > self.notice_closes:
            return "overdue"
        return "due" if today >= self.notice_opens else "upcoming"

    def _is_notice_needed(self):
        """Tell whether the law (L01, L02) or the family asks for a notice of this renewal."""
        self.ensure_one()
        contract = self.contract_id
        is_ending = contract.date_end and contract.date_end <= self.date_end
        is_stopped = self.is_refused or self.replaced_from or is_ending
        is_going_on = contract.state == "active" and not is_stopped
        is_informed = (
            contract.regime in INFORMED_REGIMES or contract.family_id.is_notice_to_professionals
        )
        return is_going_on and is_informed

    @api.depends("notice_state")
    def _compute_notice_color(self):
        for term in self:
            term.notice_color = COLORS.get(term.notice_state, 0)

    @api.depends("notice_state", "refusal_deadline", "date_start")
    @api.depends_context("lang")
    def _compute_window_note(self):
        for term in self:
            term.window_note = term.notice_state != "not_needed" and term._describe_window()

    def _describe_window(self):
        """Say in words where a term leaves less than the legal window; empty where it does not."""
        self.ensure_one()
        window = self._get_notice_window()
        if window.late:
            return self.env._(
                "The term leaves no day on which the law could be kept: whatever is sent on "
                "%(opens)s, a consumer or non-professional may leave the renewed term at any time.",
                opens=format_date(self.env, window.opens),
            )
        if not window.shortened:
            return ""
        return self.env._(
            "The term is shorter than the legal window, which therefore opens with the term, on "
            "%(opens)s, and closes on %(closes)s.",
            opens=format_date(self.env, window.opens),
            closes=format_date(self.env, window.closes),
        )

    @api.model
    def _expand_notice_states(self, _states, _domain):
        """Return the columns that a queue always shows: those that somebody works through."""
        return list(SENDABLE)

    # ----- Sending -----

    def action_preview_notice(self):
        """Print the letter as it would be sent."""
        report = require(self.env, REPORT, self.env._("The letter of renewal"))
        return report.report_action(self.contract_id)

    def action_send_notice(self):
        """Send the notices by e-mail; those that cannot be sent are put aside with their reason."""
        self.contract_id.check_access("write")
        sent = self.env["service.batch.runner"]._run_isolated(
            self, lambda terms: terms._send_notices(), kind="contract", job="notice"
        )
        return self._tell_sent(len(sent), len(self) - len(sent))

    def _send_notices(self):
        """Send one dedicated e-mail with the letter for each term; the message is the proof (L01).

        UserError where there is nothing to send, too early, too late or without an address.
        """
        template = require(
            self.env, TEMPLATE, self.env._("The e-mail template of notices of renewal")
        )
        for term in self:
            term._check_notice_sendable()
            message = term.contract_id.message_post_with_source(
                template, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
            term._set_notice_sent("mail", message)

    def action_notice_posted(self):
        """Record that the letter goes by post; it is kept with the contract as proof."""
        report = self.env["ir.actions.report"]
        for term in self:
            term._check_notice_window()
            content, _format = report._render_qweb_pdf(REPORT, term.contract_id.ids)
            message = term.contract_id.message_post(
                body=self.env._("The notice of renewal was sent by post."),
                attachments=[(f"{term._get_notice_file_name()}.pdf", content)],
            )
            term._set_notice_sent("post", message)

    def _set_notice_sent(self, way, message):
        self.sudo()._as_workflow().write(
            {
                "notice_sent_on": self.contract_id._get_local_today(),
                "notice_message_id": message.id,
                "notice_way": way,
                "is_failure_told": False,
            }
        )
        self.env["service.exception"]._settle(self, "contract", MISSED_JOB)

    def _get_notice_file_name(self):
        self.ensure_one()
        name = self.env._("Renewal notice %(contract)s", contract=self.contract_id.name)
        return name.replace("/", "-")

    def _check_notice_sendable(self):
        self._check_notice_window()
        self._check_notice_address()

    def _check_notice_window(self):
        """Refuse in words a notice that is not needed, too early, sent already or too late."""
        self.ensure_one()
        today = self.contract_id._get_local_today()
        state = self._get_notice_state(today)
        if state in SENDABLE and today <= self.refusal_deadline:
            return
        raise UserError(
            self.env._(
                "%(contract)s: the notice is “%(state)s”. It can be sent from %(opens)s to "
                "%(closes)s; the last day to refuse is %(deadline)s.",
                contract=self.contract_id.name,
                state=get_label(self, "notice_state", state),
                opens=format_date(self.env, self.notice_opens),
                closes=format_date(self.env, self.notice_closes),
                deadline=format_date(self.env, self.refusal_deadline),
            )
        )

    def _tell_sent(self, sent, aside):
        """Return the message that says how many notices left: a server refuses only later."""
        text = self.env._(
            "Handed to the mail server: %(count)s. What does not arrive turns to “Not delivered”.",
            count=sent,
        )
        if aside:
            text += " " + self.env._("Put aside, see To Settle: %(count)s.", count=aside)
        return notify(text, "warning" if aside else "info")
