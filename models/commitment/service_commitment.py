from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import terms

FROZEN_FIELDS = {
    "contract_id",
    "number",
    "kind",
    "date_start",
    "date_end",
    "refusal_deadline",
    "notice_opens",
    "notice_closes",
}
NOTICE_FLAWS = [
    ("missing", "The customer was not informed"),
    ("early", "The customer was informed too early"),
    ("late", "The customer was informed too late"),
    ("undelivered", "The notice did not reach the customer"),
    ("impossible", "The term was too short to inform in time"),
]
INFORMED_REGIMES = ("consumer", "non_professional")


class ServiceCommitment(models.Model):
    """One commitment period (a *term*) of a contract: the initial one, or a tacit renewal.

    Both dates are inclusive. A term never changes once it is recorded (invariant 5): what happens
    later is another record.
    """

    _name = "service.commitment"
    _description = "Commitment Period"
    _inherit = ["service.notice.mixin"]
    _check_company_auto = True
    _order = "contract_id, number"

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True, index=True
    )
    number = fields.Integer(required=True, default=0, help="0 is the initial commitment.")
    kind = fields.Selection([("initial", "Initial"), ("tacit", "Tacit renewal")], required=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="Last Day", required=True, index=True)
    refusal_deadline = fields.Date(
        string="Last Day to Refuse",
        required=True,
        help="The renewal can be refused up to this day: the day before the notice begins.",
    )
    notice_opens = fields.Date(string="Inform from")
    notice_closes = fields.Date(string="Inform until")
    is_window_shortened = fields.Boolean(
        string="Short Window", help="The term is shorter than the legal window to inform."
    )
    notice_sent_on = fields.Date()
    price_change_percent = fields.Float(string="Price Revision", digits=(6, 3))
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
    is_refused = fields.Boolean(readonly=True)
    months = fields.Integer(
        string="Duration", readonly=True, help="Months of a commitment begun anew by an amendment."
    )
    amendment_id = fields.Many2one(
        "service.amendment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What began this commitment.",
    )
    replaced_from = fields.Date(
        readonly=True,
        help="From this day on another commitment holds. The dates of this one stay as signed.",
    )
    is_free_exit = fields.Boolean(
        string="Free Exit at any Time",
        readonly=True,
        help="The customer may leave this renewed term at any time: the legal notice is missing.",
    )
    notice_flaw = fields.Selection(NOTICE_FLAWS, string="Reason of the Free Exit", readonly=True)

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

    def write(self, vals):
        if FROZEN_FIELDS & vals.keys() and any(term.contract_id.state != "draft" for term in self):
            raise UserError(
                self.env._(
                    "%(term)s: a recorded commitment period does not change. Refuse it or record "
                    "another one.",
                    term=self[:1].display_name,
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        for term in self:
            is_taken_back = term.amendment_id.state == "cancelled" or term.is_refused
            if term.contract_id.state in ("active", "ended") and not is_taken_back:
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
                renewal.write({"is_free_exit": True, "notice_flaw": verdict})

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
