from datetime import timedelta

from odoo import api, fields, models

from ...tools.periods import add_months
from ...tools.revision import month_start


class ServiceContract(models.Model):
    """When the prices of a contract are revised, and from which prices on (L17)."""

    _inherit = "service.contract"

    revision_rule_id = fields.Many2one(
        "service.revision.rule",
        string="Price Revision",
        compute="_compute_revision_rule_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="Empty: prices are not revised.",
        lock="open",
    )
    price_base_date = fields.Date(
        string="Prices as of",
        compute="_compute_price_base_date",
        store=True,
        copy=False,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The first revision comes twelve months later at the earliest.",
        lock="open",
    )
    index_base_month = fields.Date(
        string="Base Month of the Index",
        compute="_compute_index_base_month",
        store=True,
        copy=False,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Any day of the month whose value the first revision compares with. Later ones "
        "compare with the month that the last one used.",
        lock="open",
    )
    revision_ids = fields.One2many("service.price.revision", "contract_id")
    next_revision_date = fields.Date(
        string="Next Revision",
        compute="_compute_next_revision_date",
        store=True,
        help="First day of the next new prices.",
    )
    revision_prepare_date = fields.Date(compute="_compute_next_revision_date", store=True)
    revision_count = fields.Integer(compute="_compute_revision_count")

    _to_revise = models.Index("(revision_prepare_date, id) WHERE revision_prepare_date IS NOT NULL")

    @api.depends("family_id")
    def _compute_revision_rule_id(self):
        for contract in self:
            contract.revision_rule_id = contract.family_id.revision_rule_id

    @api.depends("date_start")
    def _compute_price_base_date(self):
        for contract in self:
            contract.price_base_date = contract.date_start

    @api.depends("price_base_date", "revision_rule_id")
    def _compute_index_base_month(self):
        for contract in self:
            rule, day = contract.revision_rule_id, contract.price_base_date
            contract.index_base_month = rule and day and rule._get_default_base_month(day)

    @api.depends(
        "state",
        "date_end",
        "price_base_date",
        "revision_rule_id.timing",
        "revision_rule_id.yearly_month",
        "revision_rule_id.yearly_day",
        "revision_rule_id.notice_days",
        "commitment_ids.date_end",
        "commitment_ids.is_refused",
        "revision_ids.state",
        "revision_ids.effective_date",
    )
    def _compute_next_revision_date(self):
        for contract in self:
            day = contract._get_next_revision_date()
            contract.next_revision_date = day
            notice = timedelta(days=contract.revision_rule_id.notice_days)
            contract.revision_prepare_date = day and day - notice

    def _compute_revision_count(self):
        counts = self._count_by_contract("service.price.revision")
        for contract in self:
            contract.revision_count = counts.get(contract, 0)

    # ----- When -----

    def _get_next_revision_date(self):
        """Return the first day of the next new prices, False when none is foreseen.

        At least twelve months after the prices' date and after the latest revision that was
        prepared, whatever became of it.
        """
        self.ensure_one()
        if self.state != "active" or not self.revision_rule_id or not self.price_base_date:
            return False
        prepared = self.revision_ids.filtered(lambda revision: revision.state != "undone")
        earliest = add_months(max([self.price_base_date, *prepared.mapped("effective_date")]), 12)
        day = self._get_revision_date_from(earliest)
        return False if day and self.date_end and day > self.date_end else day

    def _get_revision_date_from(self, day):
        """Return the first day on or after ``day`` that the rule names; a hook.

        :param date day:
        :return: date, or False where none is foreseen
        """
        rule = self.revision_rule_id
        if rule.timing == "yearly":
            return rule._get_yearly_date(day)
        if rule.timing != "renewal" or not self.commitment_ids:
            return False
        starts = self.commitment_ids.filtered(lambda term: term.number).mapped("date_start")
        last = self._get_last_term()
        if self._is_renewing(last):
            starts.append(last.date_end + timedelta(days=1))
        return min((start for start in starts if start >= day), default=False)

    def _get_due_revision_date(self, today):
        """Return the day to prepare: of several that an outage left behind, the latest."""
        self.ensure_one()
        found = self.next_revision_date
        while found and (later := self._get_revision_date_from(add_months(found, 12))):
            if later > today:
                break
            found = later
        return found

    # ----- From which prices -----

    def _get_last_revision(self):
        """Return the latest revision in force."""
        self.ensure_one()
        applied = self.revision_ids.filtered(lambda revision: revision.state == "applied")
        return applied.sorted("effective_date")[-1:]

    def _get_revision_base(self):
        """Return ``(day, month)`` that a revision compares with: the last one's, else as signed."""
        self.ensure_one()
        last = self._get_last_revision()
        month = last.index_month or self.index_base_month
        return last.effective_date or self.price_base_date, month and month_start(month)

    # ----- Preparing -----

    @api.model
    def _get_to_revise_domain(self, today):
        """Return the domain of the contracts whose revision is to be prepared; a hook.

        :param date today: the day of the daily job
        :return: list, a domain of ``service.contract``
        """
        return [("revision_prepare_date", "<=", today)]

    @api.model
    def _cron_prepare_revisions(self, batch_size=200):
        """Prepare the revisions that come due, and apply those that need nobody (L17)."""
        today = fields.Date.context_today(self)
        domain = self._get_to_revise_domain(today)
        self.env["service.batch.runner"]._run_in_batches(
            self,
            domain,
            lambda contracts: contracts._prepare_due_revisions(today),
            "revision",
            batch_size=batch_size,
        )

    def _prepare_due_revisions(self, today):
        """Propose the revision of each contract; apply it at once where the rule says so."""
        days = {contract: contract._get_due_revision_date(today) for contract in self}
        revisions = self.env["service.price.revision"]._propose(days)
        revisions.filtered("rule_id.is_automatic")._apply_or_refuse()
        revisions._report_open()
        return revisions

    @api.model
    def _get_renewal_steps(self, today):
        """Follow up the notices of new prices that came back, before the renewals."""
        revisions = self.env["service.price.revision"]
        step = (
            revisions,
            revisions._get_to_follow_up_domain(),
            lambda batch: batch._follow_up_failure(),
            "follow_up",
        )
        steps = super()._get_renewal_steps(today)
        return self.env["service.batch.runner"]._insert_step(steps, step, before="renewal")

    def action_open_revisions(self):
        self.ensure_one()
        self.check_access("read")
        return self._open(
            "service_contract.service_price_revision_action", [("contract_id", "=", self.id)]
        )
