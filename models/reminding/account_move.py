from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ...tools.late_payment import days_late, late_penalty
from ..sepa.service_charge import LIVING

OVERDUE = ("not_paid", "partial", "blocked")
PENDING = ("pending", "authorized")


class AccountMove(models.Model):
    """How often the customer was reminded of an invoice, and why he is not."""

    _inherit = "account.move"

    service_reminder_level_id = fields.Many2one(
        "service.reminder.level",
        string="Reminded",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        groups="base.group_user",
        lock="workflow",
    )
    service_reminded_on = fields.Date(
        string="Reminded on", readonly=True, copy=False, groups="base.group_user", lock="workflow"
    )
    service_reminder_line_ids = fields.One2many(
        "service.reminder.line",
        "move_id",
        string="In Reminders",
        readonly=True,
        groups="account.group_account_invoice",
    )
    service_reminder_from = fields.Date(
        string="Not Reminded before",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="For what the customer has promised to pay by a day, or pays in parts.",
    )
    service_reminder_status = fields.Char(
        string="Reminders",
        compute="_compute_service_reminder_status",
        compute_sudo=True,
        groups="base.group_user",
    )

    # ----- Which invoices -----

    @api.model
    def _get_overdue_domain(self, company, today):
        """Return the domain of what is late in a company, whoever billed it; a hook."""
        return [
            ("company_id", "=", company.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", OVERDUE),
            ("amount_residual", ">", 0),
            ("line_ids", "any", self._get_overdue_line_domain(today)),
        ]

    @api.model
    def _get_overdue_line_domain(self, today):
        return [
            ("account_id.account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
            ("date_maturity", "<", today),
        ]

    def _get_overdue_parts(self, today):
        """Return the receivable lines that are late: of an invoice in several parts, some."""
        return self.line_ids.filtered(
            lambda line: (
                line._is_open_receivable()
                and line.amount_residual_currency > 0
                and line.date_maturity
                and line.date_maturity < today
            )
        )

    def _get_next_reminder(self, levels, today):
        """Return ``(level, day)`` of the next reminder; no level where all have been sent.

        :param levels: those of the company, in their order
        """
        self.ensure_one()
        last, parts = self.service_reminder_level_id, self._get_overdue_parts(today)
        if last:
            levels = levels.filtered(
                lambda level: (level.sequence, level.id) > (last.sequence, last.id)
            )
        start = self.service_reminded_on or min(parts.mapped("date_maturity"), default=today)
        day = start + timedelta(days=levels[:1].delay_days)
        return levels[:1], max(filter(None, (day, self.service_reminder_from)))

    def action_prepare_reminders(self):
        """Prepare the reminders of all that is late, whichever invoices are chosen."""
        self.check_access("read")
        return self.env["service.reminder"].action_prepare()

    # ----- Who is not reminded -----

    def _get_reminder_obstacle(self):
        """Return in words why the customer is not to be reminded; empty where he is.

        Whatever the day and level.
        """
        self.ensure_one()
        checks = self._get_reminder_checks()
        return next(filter(None, (check(self) for check in checks)), "")

    @api.model
    def _get_reminder_checks(self):
        """Return the functions of an invoice that say in words why nobody reminds of it; a hook."""
        linter = self.env["service.debit.linter"]
        return [
            lambda move: move._get_dispute() and move._describe_disputed(),
            linter._describe_contested,
            lambda move: move._describe_declared(),
            lambda move: move._describe_unreached(),
            lambda move: move._describe_pending_payment(),
            lambda move: move._describe_debit_instead(),
        ]

    def _describe_disputed(self):
        return self.env._("%(invoice)s is disputed.", invoice=self.display_name)

    def _describe_declared(self):
        """Say that a debt is older than the insolvency proceedings: it is declared (L15c)."""
        if not self._is_before_insolvency():
            return ""
        customer = self.commercial_partner_id
        return self.env._(
            "%(invoice)s: insolvency proceedings of %(customer)s were opened on %(day)s. What was "
            "owed before is declared to the administrator.",
            invoice=self.display_name,
            customer=customer.display_name,
            day=format_date(self.env, customer.service_insolvent_on),
        )

    def _describe_unreached(self):
        """Say that an invoice of ours has not reached the customer: he cannot be late with it."""
        is_unsent = self.service_sending not in (False, "sent")
        is_kept = not self.service_sending and not self.is_move_sent and self._is_of_service()
        if not (is_unsent or is_kept):
            return ""
        return self.env._(
            "%(invoice)s has not gone out to the customer: send it first.",
            invoice=self.display_name,
        )

    def _describe_pending_payment(self):
        pending = self.sudo().transaction_ids.filtered(lambda one: one.state in PENDING)
        if not pending:
            return ""
        return self.env._(
            "%(invoice)s was paid online, the payment is under way.", invoice=self.display_name
        )

    def _describe_debit_instead(self):
        """Say that we take the money ourselves: pending, to come, or somebody has to decide.

        Whose mandate is dead pays otherwise, and is reminded; who is not debited for what is
        missing here, is not late.
        """
        if debit := self._get_holding_debit():
            return self._describe_debit_under_way(debit)
        if not self.mandate_required or self.service_debit_decision == "otherwise":
            return ""
        is_asked = self.service_debit_decision == "ask"
        if is_asked or any(line._is_debit_undecided() for line in self.line_ids):
            return self.env._("%(invoice)s: decide on its debit first.", invoice=self.display_name)
        return self._describe_debit() if self.sudo().mandate_id.state in LIVING else ""

    # ----- In one line -----

    @api.depends_context("lang")
    @api.depends(
        "state",
        "payment_state",
        "service_reminder_level_id",
        "service_reminded_on",
        "service_reminder_from",
        "service_debit_decision",
        "service_sending",
    )
    def _compute_service_reminder_status(self):
        today = fields.Date.context_today(self)
        for move in self:
            words = [move._describe_reminded()]
            if move._is_late(today):
                words.append(move._describe_next_reminder(today))
            move.service_reminder_status = " ".join(filter(None, words))

    def _is_late(self, today):
        """Tell whether the customer owes something that is late; nothing is looked up for others.

        That he has paid, and nobody has matched it, is not seen here.
        """
        self.ensure_one()
        is_open = self.move_type == "out_invoice" and self.state == "posted"
        is_open = is_open and self.payment_state in OVERDUE
        return is_open and bool(self._get_overdue_parts(today))

    def _describe_reminded(self):
        if not self.service_reminder_level_id:
            return ""
        return self.env._(
            "%(level)s on %(day)s.",
            level=self.service_reminder_level_id.name,
            day=format_date(self.env, self.service_reminded_on),
        )

    def _describe_next_reminder(self, today):
        """Return in words what comes next of what is late, or why nothing does."""
        if why := self._get_reminder_obstacle():
            return self.env._("Not reminded: %(why)s", why=why)
        level, day = self._get_next_reminder(self.company_id._get_reminder_levels(), today)
        if not level:
            return self._describe_last_reminder()
        return self.env._(
            "%(level)s from %(day)s on.", level=level.name, day=format_date(self.env, day)
        )

    def _describe_last_reminder(self):
        day = self._get_formal_deadline()
        if not day:
            return self.env._("All reminders were sent.")
        return self.env._(
            "All reminders were sent; the formal notice leaves until %(day)s to pay.",
            day=format_date(self.env, day),
        )

    def _get_formal_deadline(self):
        """Return until when a formal notice that has gone out leaves to pay; None without one."""
        self.ensure_one()
        if not self.service_reminder_level_id.is_formal:
            return None
        formal = self.sudo().service_reminder_line_ids.filtered(
            lambda line: line.reminder_id.state == "sent" and line.level_id.is_formal
        )
        return formal.sorted(lambda line: (line.sent_on, line.id))[-1:].reminder_id.pay_by or None

    # ----- What late payment adds -----

    def _get_late_penalty(self, today):
        """Return the penalty of what is late, by its days, in the invoice's currency (L07).

        On what is open now: what was paid late in the meantime is left out.
        """
        self.ensure_one()
        rate = Decimal(str(self.company_id.service_penalty_rate))
        total = sum(
            late_penalty(
                Decimal(str(part.amount_residual_currency)),
                rate,
                days_late(part.date_maturity, today),
            )
            for part in self._get_overdue_parts(today)
        )
        return self.currency_id.round(float(total))

    def _get_recovery_fee(self, today):
        """Return the fixed fee of an invoice that is paid late, in its own currency (L07)."""
        self.ensure_one()
        company = self.company_id
        fee = company.service_recovery_fee
        return company.currency_id._convert(fee, self.currency_id, company, today)

    # ----- What was sent -----

    def _note_reminders(self):
        """Take over which reminders, and formal notices, have gone out: what came back is none."""
        lines = self.env["service.reminder.line"].sudo()
        domain = Domain("move_id", "in", self.ids) & Domain("reminder_id.state", "=", "sent")
        sent = lines.search(domain, order="sent_on, id")
        last = {line.move_id: line for line in sent}
        formal = {line.move_id: line for line in reversed(sent) if line.level_id.is_formal}
        for move in self.sudo():
            line, was_formal = last.get(move, lines), move.service_reminder_level_id.is_formal
            move._as_workflow().write(
                {
                    "service_reminder_level_id": line.level_id.id,
                    "service_reminded_on": line.sent_on,
                }
            )
            if was_formal or move in formal:
                move._note_formal_letter(formal.get(move, lines).sent_on)
