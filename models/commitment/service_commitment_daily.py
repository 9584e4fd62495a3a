from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..common.service_notice_mixin import ACTIVITY
from .service_commitment import INFORMED_REGIMES, MISSED_JOB, WAITING


class ServiceCommitment(models.Model):
    """What a day changes of the notices of renewal, and who is told of it."""

    _inherit = "service.commitment"

    missed_told = fields.Selection(
        [("overdue", "Window closed"), ("missed", "Missed")],
        string="Told as Missed",
        readonly=True,
        copy=False,
        lock="workflow",
        help="What the responsible person was told last of a notice that was not sent in time.",
    )

    # ----- Daily -----

    def _refresh_notices(self, today):
        """Bring the state of those that wait up to date: time passes without a write."""
        self.filtered_domain(self._get_to_refresh_domain(today)).modified(["notice_opens"])

    @api.model
    def _get_to_refresh_domain(self, today):
        """Return the domain of the waiting notices whose state another day may have changed."""
        return [
            ("notice_state", "in", WAITING),
            "|",
            "|",
            "&",
            ("notice_state", "=", "upcoming"),
            ("notice_opens", "<=", today),
            "&",
            ("notice_state", "=", "due"),
            ("notice_closes", "<", today),
            "&",
            ("notice_state", "=", "overdue"),
            ("refusal_deadline", "<", today),
        ]

    @api.model
    def _get_to_follow_up_domain(self):
        return [("notice_state", "=", "failed"), ("is_failure_told", "=", False)]

    def _follow_up_failure(self):
        """Judge the renewal anew whose notice did not arrive (L01)."""
        failed = super()._follow_up_failure()
        for term in failed:
            term._get_next_term()._judge_previous_notices()
        return failed

    def _get_notice_thread(self):
        return self.contract_id

    def _get_failure_summary(self):
        return self.env._("The notice of renewal did not reach the customer")

    def _get_failure_deadline(self):
        return max(self.notice_closes, self.contract_id._get_local_today())

    def _get_next_term(self):
        self.ensure_one()
        return self.contract_id.commitment_ids.filtered(lambda term: term.number == self.number + 1)

    # ----- Not sent in time -----

    @api.model
    def _get_missed_domain(self):
        """Return the domain of the notices not sent in time that nobody was told of yet; a hook."""
        is_closed = fields.Domain("notice_state", "=", "overdue")
        is_missed = fields.Domain("notice_state", "=", "missed")
        return (is_closed & fields.Domain("missed_told", "=", False)) | (
            is_missed & fields.Domain("missed_told", "!=", "missed")
        )

    def _tell_missed(self):
        """Tell who answers for a contract, once, of the notices that were not sent in time (L01).

        Also after an outage, when the day to send them has gone by unseen. Of terms too short for
        the law nobody is told: no day would have been in time.
        """
        told = self.filtered(lambda term: not term._get_notice_window().late)
        for terms in told.grouped("contract_id").values():
            terms._tell_missed_of_contract()
        for state, terms in self.grouped("notice_state").items():
            terms._as_workflow().missed_told = state

    def _tell_missed_of_contract(self):
        last = self.sorted("number")[-1]
        user = last._get_missed_user()
        last = last.with_context(lang=user.lang or self.env.lang)
        inbox = self.env["service.exception"]
        inbox._settle(last.contract_id.commitment_ids - last, "contract", MISSED_JOB)
        words = last._describe_missed()
        inbox._report(last, "contract", words, job=MISSED_JOB, user_id=user.id)
        if not any(self.mapped("missed_told")):
            last.contract_id.activity_schedule(
                ACTIVITY,
                summary=last.env._("The notice of renewal was not sent in time"),
                note=words,
                date_deadline=last.contract_id._get_local_today(),
                user_id=user.id,
            )

    def _get_missed_user(self):
        """Return who is responsible: the salesperson, else a manager of the company."""
        self.ensure_one()
        seller = self.user_id.filtered("active")._of_service_company(self.company_id)
        manager = self.company_id._choose_service_manager(seller)
        return seller or manager or self.env.user._of_service_company(self.company_id)

    def _describe_missed(self):
        """Say in words what was not sent, what follows from it by law, and what can be done."""
        self.ensure_one()
        text = self.env._(
            "%(customer)s was not informed by %(closes)s that %(contract)s renews itself on "
            "%(renewed)s.",
            customer=self.partner_id.display_name,
            closes=format_date(self.env, self.notice_closes),
            contract=self.contract_id.name,
            renewed=format_date(self.env, fields.Date.add(self.date_end, days=1)),
        )
        return " ".join(filter(None, (text, self._describe_free_exit(), self._describe_remedy())))

    def _describe_free_exit(self):
        """Say what the law gives a consumer or non-professional (L01); no word to others (L02)."""
        if self.regime not in INFORMED_REGIMES:
            return ""
        return self.env._(
            "From then on the customer may leave at any time, and what is paid in advance is given "
            "back (L215-1)."
        )

    def _describe_remedy(self):
        if self.notice_state != "overdue":
            return ""
        return self.env._(
            "The notice can still be sent until %(deadline)s, the last day to refuse.",
            deadline=format_date(self.env, self.refusal_deadline),
        )
