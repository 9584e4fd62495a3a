from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.response import due_at
from ..catalogue.coverage_book import CoverageBook
from ..session.service_session import OPEN_STATES


class ServiceSession(models.Model):
    """Until when a request has to be answered, and when it was (S14, S16)."""

    _inherit = "service.session"

    due_at = fields.Datetime(
        string="Answer Due",
        compute="_compute_due_at",
        store=True,
        index=True,
        tracking=True,
        help="From the level's response time; counted from the request. Extended only with a "
        "reason.",
    )
    is_contract_open = fields.Boolean(
        string="Customer or Contract to Choose",
        compute="_compute_is_contract_open",
        store=True,
        help="Until then nobody knows which level's time to answer was promised.",
    )
    first_due_at = fields.Datetime(
        string="Promised at First",
        compute="_compute_first_due_at",
        store=True,
        help="What the level promised, before any extension.",
    )
    called_back_at = fields.Datetime(copy=False, readonly=True, lock="workflow")
    answered_at = fields.Datetime(
        string="Answered on",
        compute="_compute_answered_at",
        store=True,
        help="When somebody called back or connected, whichever came first.",
    )
    is_answered_late = fields.Boolean(
        string="Answered Late",
        compute="_compute_is_answered_late",
        store=True,
        help="Later than the answer was due, extensions included.",
    )
    delay_ids = fields.One2many("service.response.delay", "session_id", string="Extensions")
    can_answer = fields.Boolean(compute="_compute_can_answer")

    @api.model_create_multi
    def create(self, vals_list):
        """Fix the due time at the request, before an answer can stop its clock.

        Sessions that are typed in with their connections never waited and get none.
        """
        sessions = super().create(vals_list)
        sessions.mapped("due_at")
        return sessions

    @api.depends("partner_id", "company_id", "contract_id", "is_off_contract")
    def _compute_is_contract_open(self):
        in_force = self._get_contracts_in_force()
        for session in self:
            contracts = in_force[session.id or session]
            session.is_contract_open = not session.partner_id or bool(
                session._get_contract_warning(contracts)
            )

    @api.depends("requested_at", "level_id", "contract_id", "channel", "tz", "is_contract_open")
    def _compute_due_at(self):
        book = CoverageBook(self.env, self.partner_id)
        for session in self:
            is_fixed = session.delay_ids or session.answered_at or session.state not in OPEN_STATES
            session.due_at = session.due_at if is_fixed else session._get_due_at(book)

    def _get_due_at(self, book):
        """Return when the answer is due as a naive UTC instant, False without a commitment; a hook.

        Before customer and contract are chosen nothing is promised: no contract gives it.
        Working hours are those that the level covers on the session's channel, on the customer's
        clock, with the public holidays and duties of the customer (S16).
        """
        self.ensure_one()
        level = self.sudo().level_id
        if self.is_contract_open or not level.response_minutes or not self.requested_at:
            return False
        due = due_at(
            self.requested_at.replace(tzinfo=timezone.utc),
            level.response_minutes,
            level.response_clock,
            self._get_coverage(book, level).on(self.channel),
        )
        return due and due.astimezone(timezone.utc).replace(tzinfo=None)

    @api.depends("due_at", "delay_ids.due_before")
    def _compute_first_due_at(self):
        for session in self:
            first = session.delay_ids.sorted("id")[:1]
            session.first_due_at = first.due_before or session.due_at

    @api.depends("start", "called_back_at")
    def _compute_answered_at(self):
        for session in self:
            answers = [instant for instant in (session.start, session.called_back_at) if instant]
            session.answered_at = min(answers, default=False)

    @api.depends("answered_at", "due_at")
    def _compute_is_answered_late(self):
        for session in self:
            due, answered = session.due_at, session.answered_at
            session.is_answered_late = bool(due and answered) and answered > due

    @api.depends("state", "answered_at")
    def _compute_can_answer(self):
        for session in self:
            session.can_answer = session.state == "draft" and not session.answered_at

    def action_answered(self):
        """Note that somebody called the customer back, now."""
        self.check_access("write")
        waiting = self.filtered("can_answer")
        waiting.sudo().called_back_at = fields.Datetime.now()
        for session in waiting:
            session.message_post(body=self.env._("The customer was called back."))

    def action_extend(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Extend the Time to Answer"),
            "res_model": "service.session.extend",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id},
        }

    def _extend_due(self, reason, due_at=False, note=False):
        """Promise the answer later, or note why it will be late; never earlier (S16)."""
        self.ensure_one()
        self.check_access("write")
        self._check_extension(reason, due_at)
        due_before, due_after = self.due_at, due_at or self.due_at
        self.env["service.response.delay"].sudo().create(
            {
                "session_id": self.id,
                "user_id": self.env.uid,
                "reason_id": reason.id,
                "note": note,
                "due_before": due_before,
                "due_after": due_after,
            }
        )
        self.sudo().due_at = due_after
        self.message_post(
            body=self.env._(
                "The time to answer was extended: %(reason)s. %(note)s",
                reason=reason.name,
                note=note or "",
            )
        )

    def _check_extension(self, reason, due_at):
        """Refuse an extension of nothing, one that shortens, or one that is not theirs to give."""
        if not self.due_at or not self.can_answer:
            raise UserError(
                self.env._("%(session)s has no answer due any more.", session=self.name)
            )
        if due_at and due_at < self.due_at:
            raise UserError(
                self.env._(
                    "%(session)s: the answer is due at %(due)s. An extension ends later, not "
                    "earlier.",
                    session=self.name,
                    due=self._format_local(self.due_at),
                )
            )
        is_manager = self.env.user._is_service_manager()
        if reason.is_approval_required and not is_manager:
            raise UserError(
                self.env._("“%(reason)s” is a reason for managers to give.", reason=reason.name)
            )
