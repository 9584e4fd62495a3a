from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools import terms
from ..common.table_statistics import create_in_lots

COMMITMENT_FIELDS = ("initial_months", "tacit_months", "notice_count", "notice_unit")


class ServiceContract(models.Model):
    """How a commitment goes on: durations as signed, tacit renewal by the daily job (S35, L05)."""

    _inherit = "service.contract"

    initial_months = fields.Integer(
        string="Initial Commitment",
        compute="_compute_commitment_terms",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Months, as signed; 0 for no commitment.",
        lock="sealed",
        aggregator=None,
    )
    tacit_months = fields.Integer(
        string="Tacit Renewal",
        compute="_compute_commitment_terms",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Months of each renewal, as signed.",
        lock="sealed",
        aggregator=None,
    )
    notice_count = fields.Integer(
        string="Notice",
        compute="_compute_commitment_terms",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Notice to give before the end of a commitment period, as signed.",
        lock="sealed",
        aggregator=None,
    )
    notice_unit = fields.Selection(
        [("day", "Days"), ("month", "Months")],
        compute="_compute_commitment_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        lock="sealed",
    )
    renewal_duration = fields.Char(compute="_compute_commitment_words")
    commitment_summary = fields.Char(string="Commitment", compute="_compute_commitment_words")
    renewal_date = fields.Date(
        string="Renewed on",
        compute="_compute_renewal_date",
        store=True,
        help="The day after the last day to refuse: the renewal is certain then and is recorded.",
    )

    _tacit_required = models.Constraint(
        "CHECK (COALESCE(initial_months, 0) = 0 OR COALESCE(tacit_months, 0) > 0)",
        "A contract with a commitment needs the duration of its tacit renewal: without it the "
        "renewed contract would be indefinite.",
    )
    _commitment_positive = models.Constraint(
        "CHECK (initial_months >= 0 AND tacit_months >= 0 AND notice_count >= 0)",
        "Commitment, renewal and notice are zero or more.",
    )
    _to_renew = models.Index("(renewal_date, id) WHERE renewal_date IS NOT NULL")

    @api.depends("family_id")
    def _compute_commitment_terms(self):
        for contract in self:
            for name in COMMITMENT_FIELDS:
                contract[name] = contract.family_id[name]
            contract.notice_unit = contract.notice_unit or "month"

    @api.depends(*COMMITMENT_FIELDS)
    @api.depends_context("lang")
    def _compute_commitment_words(self):
        families = self.env["service.family"]
        for contract in self:
            contract.renewal_duration = families._describe_duration(contract.tacit_months, "month")
            contract.commitment_summary = families._describe_commitment(
                *(contract[name] for name in COMMITMENT_FIELDS)
            )

    @api.depends(
        "state",
        "date_end",
        "commitment_ids.number",
        "commitment_ids.date_end",
        "commitment_ids.refusal_deadline",
        "commitment_ids.is_refused",
    )
    def _compute_renewal_date(self):
        for contract in self:
            term = contract._get_last_term()
            contract.renewal_date = contract._is_renewing(
                term
            ) and term.refusal_deadline + timedelta(days=1)

    def _get_last_term(self):
        """Return the latest commitment period, a refused one included."""
        self.ensure_one()
        return self.commitment_ids.sorted("number")[-1:]

    def _is_renewing(self, term):
        """Tell whether the contract goes on after its latest term: not refused, no last day."""
        self.ensure_one()
        if self.state != "active" or not term:
            return False
        is_ending = self.date_end and self.date_end <= term.date_end
        return not (term.is_refused or is_ending)

    def _get_certain_end(self):
        """Return the day after the latest commitment period that would be renewed, if any."""
        term = self._get_last_term()
        return term.date_end + timedelta(days=1) if self._is_renewing(term) else None

    # ----- Tacit renewal -----

    @api.model
    def _get_to_renew_domain(self, today):
        """Return the domain of the contracts whose renewal may be certain on a date; a hook.

        Only active contracts that go on have such a date.
        """
        return [("renewal_date", "<=", today)]

    @api.model
    def _cron_renew(self, batch_size=200):
        """Record the tacit renewals that became certain, also those an outage left behind.

        The notices due and those that came back are brought up to date before; who answers for a
        notice that was not sent in time is told after.
        """
        steps = self._get_renewal_steps(fields.Date.today())
        self.env["service.batch.runner"]._run_steps(steps, batch_size)

    @api.model
    def _get_renewal_steps(self, today):
        """Return the steps of the renewals, in order; a hook.

        Where the customer's day has begun before ours, the notices are those of tomorrow.

        :return: list of tuple ``(model, domain, work, job)``: ``work`` takes the records of a
            batch, ``job`` names the step
        """
        terms = self.env["service.commitment"]
        tomorrow = today + timedelta(days=1)
        return [
            (
                terms,
                terms._get_to_refresh_domain(tomorrow),
                lambda batch: batch._refresh_notices(tomorrow),
                "refresh",
            ),
            (
                terms,
                terms._get_to_follow_up_domain(),
                lambda batch: batch._follow_up_failure(),
                "follow_up",
            ),
            (self, self._get_to_renew_domain(today), lambda batch: batch._renew(), "renewal"),
            (
                terms,
                terms._get_missed_domain(),
                lambda batch: batch._tell_missed(),
                "missed",
            ),
        ]

    def _renew(self):
        """Record every renewal whose last day to refuse has passed at the customer's, and log it.

        A contract that was refused or has a last day within its latest term is left alone. The
        contracts are locked first: where somebody has just recorded the same renewal, the database
        has this tried again and does not refuse it.
        """
        self.lock_for_update(allow_referencing=True)
        commitments = self.env["service.commitment"].sudo()
        renewed = create_in_lots(
            commitments,
            [
                commitments._prepare_commitment_vals(contract, number)
                for contract in self
                if contract.renewal_date
                for number in contract._get_due_terms()
            ],
        )
        renewed._judge_previous_notices()
        renewed.contract_id._log_renewals(renewed)
        return renewed

    def _get_due_terms(self):
        self.ensure_one()
        anchor, months, first = self._get_commitment_anchor()
        stages = self._get_renewal_stages(months, first)
        return terms.terms_due(
            anchor, stages, self._get_last_term().number, self._get_local_today()
        )

    def _get_renewal_stages(self, months, first):
        """Return how a commitment of some months is renewed after its term number ``first``."""
        self.ensure_one()
        return terms.build_stages(first, months, self._get_renewal_rules(first))

    def _get_renewal_stage(self, number):
        """Return what decides the length and the notice of a term of the present commitment."""
        _start, months, first = self._get_commitment_anchor()
        return terms.find_stage(self._get_renewal_stages(months, first), number)

    def _get_renewal_rules(self, first=0):
        """Return ``[(number of the first term, months, notice)]`` of the renewals; a hook.

        The first rule is that of term number ``first``.
        """
        self.ensure_one()
        notice = terms.Notice(self.notice_count, self.notice_unit)
        return [(first, self.tacit_months, notice)]

    def _get_commitment_anchor(self):
        """Return ``(first day, months, number)`` of the commitment that terms are counted from.

        The one signed first, or the latest that an amendment began anew.
        """
        self.ensure_one()
        begun = self.commitment_ids.filtered("amendment_id").sorted("number")[-1:]
        if begun:
            return begun.date_start, begun.months, begun.number
        return self.date_start, self.initial_months, 0

    def _log_renewals(self, renewed):
        by_contract = renewed.grouped("contract_id")
        self._message_log_batch(
            {
                contract.id: contract._describe_renewed_terms(by_contract[contract])
                for contract in self
            }
        )

    def _describe_renewed_terms(self, renewed):
        """Return in words, in the company's language, what was renewed."""
        self.ensure_one()
        env = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang).env
        return env._(
            "Renewed tacitly from %(start)s to %(end)s.",
            start=format_date(env, min(renewed.mapped("date_start"))),
            end=format_date(env, max(renewed.mapped("date_end"))),
        )
