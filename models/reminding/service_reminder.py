from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.late_payment import days_late, spread_credit
from ..common.client_actions import notify, open_window

JOB = "remind"
OPEN = ("draft", "waiting", "print", "printed", "failed")


class Row(NamedTuple):
    """An invoice to remind of: its level, since when it is late, what is open and is added."""

    move: object
    level: object
    due_date: object
    days_late: int
    amount: float
    penalty: float
    recovery_fee: float


class ServiceReminder(models.Model):
    """One letter to who got the invoices: all that is late, at the level that each has come to.

    A formal notice to a firm claims what late payment adds by law (L07). A letter is prepared,
    looked at and sent; as it goes out, what was paid, contested or put off since is left out. An
    invoice stands in one letter at a time that has not gone out.
    """

    _name = "service.reminder"
    _description = "Reminder"
    _inherit = ["mail.thread", "mail.activity.mixin", "service.state.mixin", "service.notice.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _is_made_by_workflow = True
    _takes_user_defaults = False
    _derived_partners = frozenset({"partner_id"})
    _transitions = {
        "state": {
            "draft": (),
            "waiting": ("draft", "failed"),
            "print": ("waiting",),
            "printed": ("print", "printed"),
            "sent": ("waiting", "printed"),
            "failed": ("sent",),
            "cancelled": OPEN,
        }
    }

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        lock="workflow",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, lock="workflow")
    currency_id = fields.Many2one("res.currency", required=True, lock="workflow")
    user_id = fields.Many2one("res.users", string="Responsible", check_company=True, lock="draft")
    level_id = fields.Many2one(
        "service.reminder.level",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        lock="workflow",
    )
    state = fields.Selection(
        [
            ("draft", "To Check"),
            ("waiting", "To Send"),
            ("print", "To Print"),
            ("printed", "Printed, to Post"),
            ("failed", "Not Sent"),
            ("sent", "Sent"),
            ("cancelled", "Left Out"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        lock="workflow",
    )
    channel = fields.Selection(
        [("email", "By E-mail"), ("post", "By Post")],
        required=True,
        default="email",
        help="As the customer gets his invoices; by post where no e-mail address is known.",
        lock="draft",
    )
    sent_on = fields.Date(readonly=True, copy=False, lock="workflow")
    pay_by = fields.Date(string="To Be Paid by", readonly=True, copy=False, lock="workflow")
    line_ids = fields.One2many("service.reminder.line", "reminder_id", string="Invoices")
    amount = fields.Monetary(string="Amount Overdue", compute="_compute_amounts", store=True)
    penalty = fields.Monetary(string="Late Penalties", compute="_compute_amounts", store=True)
    recovery_fee = fields.Monetary(string="Recovery Fees", compute="_compute_amounts", store=True)
    amount_total = fields.Monetary(string="Total", compute="_compute_amounts", store=True)
    days_late = fields.Integer(compute="_compute_amounts", store=True, aggregator=None)

    @api.depends(
        "line_ids.amount", "line_ids.penalty", "line_ids.recovery_fee", "line_ids.days_late"
    )
    def _compute_amounts(self):
        for reminder in self:
            lines = reminder.line_ids
            reminder.amount = sum(lines.mapped("amount"))
            reminder.penalty = sum(lines.mapped("penalty"))
            reminder.recovery_fee = sum(lines.mapped("recovery_fee"))
            reminder.amount_total = reminder.amount + reminder.penalty + reminder.recovery_fee
            reminder.days_late = max(lines.mapped("days_late"), default=0)

    @api.depends("level_id", "partner_id")
    def _compute_display_name(self):
        for reminder in self:
            names = (reminder.level_id.name, reminder.partner_id.display_name)
            reminder.display_name = " – ".join(filter(None, names))

    # ----- Prepared -----

    def action_prepare(self):
        """Make the reminders of all that is late anew, in each company that the user works in."""
        self.check_access("write")
        made = self.browse()
        for company in self.env.companies:
            made += self._prepare_reminders(company)
        if not made:
            return notify(
                self.env._("Nobody is to be reminded today: “Overdue Invoices” says why."),
                kind="info",
            )
        return open_window(
            self.env, "service_contract.service_reminder_action", search_default_draft=1
        )

    @api.model
    def _cron_prepare(self):
        """Prepare the reminders of the companies that want it every day."""
        self.env["service.batch.runner"]._run_in_batches(
            self.env["res.company"],
            [("service_is_reminding", "=", True)],
            self._prepare_reminders_of,
            "reminders",
            kind="billing",
        )

    @api.model
    def _prepare_reminders_of(self, companies):
        for company in companies:
            self._prepare_reminders(company)

    @api.model
    def _prepare_reminders(self, company):
        """Make the drafts of a company anew, and return them: what nobody has sent is forgotten."""
        if not company.sudo().try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._("Somebody else is preparing reminders. Try again in a moment.")
            )
        own = self.browse().sudo().with_company(company)
        drafts = own.search([("company_id", "=", company.id), ("state", "=", "draft")])
        channels = {(letter.partner_id, letter.currency_id): letter.channel for letter in drafts}
        drafts.unlink()
        letters = defaultdict(list)
        for row in own._find_rows(company):
            letters[row.move.partner_id, row.move.currency_id].append(row)
        vals_list = [
            own._prepare_reminder_vals(rows, channels.get(key))
            for key, rows in letters.items()
            if own._is_worth_a_letter(rows)
        ]
        return own.create(vals_list).with_env(self.env)

    def _is_worth_a_letter(self, rows):
        """Tell whether what is late of a letter is not below the company's smallest amount."""
        move, total = rows[0].move, sum(row.amount for row in rows)
        company = move.company_id
        least = company.currency_id._convert(
            company.service_reminder_minimum, move.currency_id, company
        )
        return total > 0 and move.currency_id.compare_amounts(total, least) >= 0

    def _prepare_reminder_vals(self, rows, channel=None):
        """Return the letter of some invoices of one addressee; a hook.

        :param rows: list of ``Row``
        :param channel: what a person has chosen for the draft before
        """
        move = rows[0].move
        user = move.invoice_user_id if self.env.uid == SUPERUSER_ID else self.env.user
        return {
            "partner_id": move.partner_id.id,
            "company_id": move.company_id.id,
            "currency_id": move.currency_id.id,
            "user_id": user.id,
            "level_id": self._get_highest_level(rows).id,
            "channel": channel or self._find_channel(move),
            "line_ids": [Command.create(self._prepare_line_vals(row)) for row in rows],
        }

    def _prepare_line_vals(self, row):
        return {
            "move_id": row.move.id,
            "level_id": row.level.id,
            "due_date": row.due_date,
            "days_late": row.days_late,
            "amount": row.amount,
            "penalty": row.penalty,
            "recovery_fee": row.recovery_fee,
        }

    def _get_highest_level(self, rows):
        return max((row.level for row in rows), key=lambda level: (level.sequence, level.id))

    def _find_channel(self, move):
        """Return how the addressee of an invoice gets it: a letter goes the same way.

        What goes by a platform, which takes invoices alone, is an e-mail.
        """
        is_post = move._get_channels() == {"manual"} or not move.partner_id.email_normalized
        return "post" if is_post else "email"

    # ----- Of which invoices -----

    def _find_rows(self, company, customers=None):
        """Return the ``Row`` of each invoice of which its customer is to be reminded today.

        Of all customers, or of some. An invoice that stands in a letter which has not gone out,
        another one than ``self``, is none.
        """
        today = fields.Date.context_today(self)
        moves = self.env["account.move"].sudo()
        domain = Domain(moves._get_overdue_domain(company, today))
        if customers is not None:
            domain &= Domain("commercial_partner_id", "in", customers.ids)
        moves = moves.search(domain, order="invoice_date_due, id")
        moves = moves.filtered(lambda move: not move._get_reminder_obstacle())
        left = self._get_left_amounts(moves, company, today)
        taken, levels = self._get_taken(moves), company._get_reminder_levels()
        rows = []
        for move in moves - taken:
            level, day = move._get_next_reminder(levels, today)
            if level and day <= today and move.currency_id.compare_amounts(left[move], 0) > 0:
                rows.append(self._make_row(move, level, left[move], today))
        return rows

    def _get_taken(self, moves):
        """Return the invoices that stand in other letters that have not gone out."""
        lines = self.env["service.reminder.line"].sudo()
        domain = [("move_id", "in", moves.ids), ("is_pending", "=", True)]
        return lines.search([*domain, ("reminder_id", "not in", self.ids)]).move_id

    def _get_left_amounts(self, moves, company, today):
        """Return ``{invoice: amount}``: what is late, less what its customer has to his credit.

        What is due first is covered first, in the same currency: who has paid is not reminded
        because nobody has matched it yet.
        """
        late = {
            move: sum(move._get_overdue_parts(today).mapped("amount_residual_currency"))
            for move in moves
        }
        credits, left = self._get_credits(moves, company), {}
        groups = moves.grouped(lambda move: (move.commercial_partner_id, move.currency_id))
        for key, group in groups.items():
            amounts = [Decimal(str(late[move])) for move in group]
            spread = spread_credit(Decimal(str(credits.get(key, 0))), amounts)
            for move, amount in zip(group, spread, strict=True):
                left[move] = move.currency_id.round(float(amount))
        return left

    def _get_credits(self, moves, company):
        """Return ``{(customer, currency): amount}`` of what was paid or credited and is not used.

        Payments that stand in no account and pay no invoice are among it.
        """
        credits = defaultdict(float)
        for line in moves.line_ids._get_open_credits(company):
            key = line.partner_id.commercial_partner_id, line.currency_id
            credits[key] -= line.amount_residual_currency
        domain = self.env["service.debit.linter"]._get_loose_domain(
            moves.commercial_partner_id, company
        )
        for payment in self.env["account.payment"].sudo().search(domain):
            credits[payment.partner_id.commercial_partner_id, payment.currency_id] += payment.amount
        return credits

    def _make_row(self, move, level, amount, today):
        """Return the row of an invoice; only formal notices to firms claim more than is late."""
        parts = move._get_overdue_parts(today)
        due_date = min(parts.mapped("date_maturity"))
        penalty = fee = 0.0
        if level.is_formal and move._is_between_professionals():
            fee = move._get_recovery_fee(today)
            share = amount / sum(parts.mapped("amount_residual_currency"))
            penalty = move.currency_id.round(move._get_late_penalty(today) * share)
        days = days_late(due_date, today)
        return Row(move, level, due_date, days, amount, penalty, fee)

    # ----- Sent -----

    def action_send(self):
        """Have the background job send reminders, each by its channel."""
        self.check_access("write")
        letters = self.filtered(lambda letter: letter.state in ("draft", "failed"))
        if not letters:
            raise UserError(self.env._("None of these reminders waits to be sent."))
        letters._get_unsent_mails().cancel()
        letters._update_state("waiting", user_id=self.env.user.id, notice_message_id=False)
        letters._call_sender()
        return notify(
            self.env._("%(count)s reminders are being sent in the background.", count=len(letters)),
            kind="info",
        )

    def action_cancel(self):
        """Send none of these letters; what is late is reminded of when it is prepared again."""
        self.check_access("write")
        self._get_unsent_mails().cancel()
        self._update_state("cancelled")
        self.env["service.exception"]._settle(self, job="remind")

    def action_open_invoices(self):
        """Open the invoices of the letter."""
        self.ensure_one()
        self.check_access("read")
        domain = [("id", "in", self.line_ids.move_id.ids)]
        return open_window(self.env, "account.action_move_out_invoice_type", domain, create=False)
