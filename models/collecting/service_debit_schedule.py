from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_amount, format_date

from ...tools.periods import add_months
from ..common.brought_records import require
from ..common.client_actions import notify

TEMPLATE = "service_contract.service_debit_schedule_mail_template"
# Thirty years of months: more is a slip of the keyboard.
MOST = 360


class ServiceDebitSchedule(models.Model):
    """Fixed amounts and days that a customer agreed to on his mandate, announced at once (L12).

    What an invoice takes of an announced day needs no notice of its own: as much as that day
    leaves, or less, and never more.
    """

    _name = "service.debit.schedule"
    _description = "Schedule of Debits"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "service.state.mixin",
        "service.notice.mixin",
    ]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "mandate_id"
    _transitions = {
        "state": {
            "draft": (),
            "announced": ("draft",),
            "ended": ("draft", "announced"),
        }
    }

    mandate_id = fields.Many2one(
        "account.banking.mandate",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('state', 'in', ('draft', 'valid'))]",
        lock="once",
    )
    company_id = fields.Many2one(related="mandate_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="mandate_id.partner_id", string="Customer", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        check_company=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("announced", "Announced"), ("ended", "Ended")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        lock="workflow",
    )
    told_on = fields.Date(
        string="Announced on", readonly=True, copy=False, tracking=True, lock="workflow"
    )
    line_ids = fields.One2many(
        "service.debit.schedule.line", "schedule_id", string="Days", copy=True
    )
    amount_total = fields.Monetary(string="Total", compute="_compute_amount_total")

    first_day = fields.Date(default=fields.Date.context_today, lock="draft")
    amount = fields.Monetary(string="Amount of Each", lock="draft")
    count = fields.Integer(string="How Many", default=12, lock="draft", aggregator=None)
    interval_months = fields.Integer(
        string="Months between", default=1, lock="draft", aggregator=None
    )

    _interval_positive = models.Constraint(
        "CHECK(interval_months > 0 AND count > 0)",
        "A schedule has one day at least, and a month at least between two.",
    )

    @api.depends("line_ids.amount")
    def _compute_amount_total(self):
        for schedule in self:
            schedule.amount_total = sum(schedule.line_ids.mapped("amount"))

    def _is_in_draft(self):
        return self.state == "draft"

    def unlink(self):
        """Keep what was announced: it proves debits.

        Before anything goes: the thread's messages, of which one is the proof, would be first.
        """
        self._check_deletable()
        return super().unlink()

    def _check_deletable(self):
        if self.filtered(lambda schedule: schedule.state != "draft"):
            raise UserError(self.env._("What was announced is kept: end it instead."))

    # ----- Its days -----

    def action_fill(self):
        """Make the days anew: each reckoned from the first, so that the 31st comes back."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("draft")
        if self.amount <= 0 or not self.first_day or self.count > MOST:
            raise UserError(
                self.env._(
                    "Give the first day, an amount above zero and %(most)s days at most.",
                    most=MOST,
                )
            )
        days = (
            add_months(self.first_day, index * self.interval_months) for index in range(self.count)
        )
        self.line_ids = [
            Command.clear(),
            *(Command.create({"day": day, "amount": self.amount}) for day in days),
        ]

    # ----- Announced -----

    def action_announce(self):
        """Send the schedule to the customer, which announces all its debits."""
        self.ensure_one()
        self._check_announceable()
        self._check_notice_address()
        template = require(self.env, TEMPLATE, self.env._("The e-mail template of schedules"))
        message = self.message_post_with_source(
            template, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._set_announced(notice_message_id=message.id, is_failure_told=False)
        return notify(self.env._("The schedule was sent to %(who)s.", who=self.partner_id.name))

    def action_told(self):
        """Note that the customer got the schedule by letter, or has signed it."""
        self.ensure_one()
        self._check_announceable()
        self._set_announced(notice_message_id=False)

    def _check_announceable(self):
        self.check_access("write")
        if self.state != "draft" and not self._is_notice_failed():
            self._check_state("draft")
        if self.mandate_id.state != "valid":
            raise UserError(
                self.env._(
                    "%(mandate)s is not valid: nothing can be announced under it.",
                    mandate=self.mandate_id.display_name,
                )
            )
        if not self.line_ids:
            raise UserError(self.env._("The schedule has no days yet."))

    def _set_announced(self, **vals):
        """Announce it from today on: open invoices take what it leaves them."""
        today = fields.Date.context_today(self)
        vals = {"told_on": today, **vals}
        if self.state == "announced":
            self._as_workflow().write(vals)
        else:
            self._update_state("announced", **vals)
        moves = self.env["account.move"].sudo()
        moves.search(
            [
                ("mandate_id", "=", self.mandate_id.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
            ]
        )._take_scheduled()

    def action_end(self):
        """Announce no more by it: what its days leave is announced by the invoices again."""
        self.check_access("write")
        self._update_state("ended")

    def _is_carrying(self):
        """Tell whether the schedule announces debits: it has not come back."""
        self.ensure_one()
        return self.state == "announced" and not self._is_notice_failed()

    def _get_notice_thread(self):
        return self

    # ----- What the customer reads -----

    def _describe_lines(self):
        """Return ``[(day, amount)]`` in the customer's words."""
        own = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return [
            (format_date(own.env, line.day), format_amount(own.env, line.amount, self.currency_id))
            for line in self.line_ids
        ]

    def _get_creditor_identifier(self):
        company = self.company_id.sudo()
        return company.sepa_creditor_identifier or ""
