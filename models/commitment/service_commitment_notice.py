from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..common.client_actions import notify
from .service_commitment import INFORMED_REGIMES

TEMPLATE = "service_contract.renewal_notice_mail_template"
REPORT = "service_contract.renewal_notice_report"
WAITING = ("upcoming", "due", "overdue")
SENDABLE = ("due", "overdue", "failed")
COLORS = {"upcoming": 4, "due": 2, "overdue": 3, "failed": 1, "missed": 1, "sent": 10}


class ServiceCommitment(models.Model):
    """The notice that tells a customer of a tacit renewal, and its proof (L01, L02)."""

    _inherit = "service.commitment"

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
        [("mail", "E-mail"), ("post", "Letter")], string="Sent by", readonly=True
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
        return self.env.ref(REPORT).report_action(self.contract_id)

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
        template = self.env.ref(TEMPLATE)
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
        self.sudo().write(
            {
                "notice_sent_on": self.contract_id._get_local_today(),
                "notice_message_id": message.id,
                "notice_way": way,
                "is_failure_told": False,
            }
        )

    def _get_notice_file_name(self):
        self.ensure_one()
        return self.env._("Renewal notice %(contract)s", contract=self.contract_id.name).replace(
            "/", "-"
        )

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
        labels = dict(self._fields["notice_state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(contract)s: the notice is “%(state)s”. It can be sent from %(opens)s to "
                "%(closes)s; the last day to refuse is %(deadline)s.",
                contract=self.contract_id.name,
                state=labels[state],
                opens=format_date(self.env, self.notice_opens),
                closes=format_date(self.env, self.notice_closes),
                deadline=format_date(self.env, self.refusal_deadline),
            )
        )

    def _tell_sent(self, sent, aside):
        """Return the message that says how many notices were sent, and the list anew."""
        text = self.env._("Notices sent: %(count)s.", count=sent)
        if aside:
            text += " " + self.env._("Put aside, see To Settle: %(count)s.", count=aside)
        return notify(text, "warning" if aside else "success")

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

    def _get_failure_summary(self):
        return self.env._("The notice of renewal did not reach the customer")

    def _get_failure_deadline(self):
        return max(self.notice_closes, self.contract_id._get_local_today())

    def _get_notice_thread(self):
        return self.contract_id

    def _get_next_term(self):
        self.ensure_one()
        return self.contract_id.commitment_ids.filtered(lambda term: term.number == self.number + 1)
