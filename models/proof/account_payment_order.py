from collections import namedtuple
from datetime import datetime, time

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import html2plaintext
from odoo.tools.misc import format_date, format_datetime

Step = namedtuple("Step", "at when who what")
LAST = time(23, 59, 59)


class AccountPaymentOrder(models.Model):
    """Who did what with a debit order, from its first line to the money (L14)."""

    _inherit = "account.payment.order"

    service_steps = fields.Html(
        string="Who Did What",
        compute="_compute_service_steps",
        compute_sudo=True,
        sanitize=False,
    )

    @api.depends("state", "service_file_ids", "payment_lot_ids.service_credit_date")
    @api.depends_context("lang", "tz")
    def _compute_service_steps(self):
        for order in self:
            steps = order._get_service_steps() if order.id and order._is_debit() else []
            order.service_steps = _write_table(steps)

    def _get_service_steps(self):
        """Return who did what with an order, from the first to the last: ``[Step]``; a hook."""
        self.ensure_one()
        order = self.sudo()
        made = order._as_step(order.create_date, order.create_uid, self.env._("Made the order"))
        steps = [
            *order._get_thread_steps(),
            *order._get_file_steps(),
            *order._get_bank_steps(),
            *order._get_return_steps(),
        ]
        return [made, *sorted(steps, key=lambda step: step.at)]

    def _as_step(self, at, who, what):
        """Return one step; of a day without an hour, the day alone is said.

        :param who: ``res.users`` or ``res.partner``
        """
        if isinstance(at, datetime):
            when = format_datetime(self.env, at, dt_format="short")
        else:
            when, at = format_date(self.env, at), datetime.combine(at, LAST)
        return Step(at, when, who.name or "", what)

    def _get_thread_steps(self):
        """Return what the thread tells: states that were reached, files that were taken."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "in", ("notification", "comment")),
            ]
        )
        return [
            self._as_step(message.date, message.author_id, words)
            for message in messages
            if (words := self._describe_message(message))
        ]

    def _describe_message(self, message):
        changes = (
            self.env._(
                "State: %(old)s → %(new)s", old=value.old_value_char, new=value.new_value_char
            )
            for value in message.tracking_value_ids
            if value.field_id.name == "state"
        )
        words = [html2plaintext(message.body).strip() if message.body else "", *changes]
        return " ".join(filter(None, words))

    def _get_file_steps(self):
        return [
            self._as_step(
                file.create_date,
                file.create_uid,
                self.env._(
                    "Made the file %(file)s: %(count)s debits, %(amount)s",
                    file=file.name,
                    count=file.number,
                    amount=file.currency_id.format(file.amount),
                ),
            )
            for file in self.service_file_ids
        ]

    def _get_bank_steps(self):
        """Return who said that the file is at the bank, and who saw its credits."""
        steps = []
        if self.date_uploaded:
            words = self.env._("Said that the file is at the bank")
            steps.append(self._as_step(self.date_uploaded, self.service_uploaded_by_id, words))
        for lot in self.payment_lot_ids.filtered("service_credit_date"):
            line = lot.service_credit_line_id
            words = self.env._(
                "Booked the bank's credit of %(lot)s, of %(day)s",
                lot=lot.name,
                day=format_date(self.env, lot.service_credit_date),
            )
            at = line.create_date or lot.service_credit_date
            steps.append(self._as_step(at, line.create_uid, words))
        return steps

    def _get_return_steps(self):
        returned = self.env["payment.return.line"].union(
            *self.payment_ids._get_debit_returns().values()
        )
        return [
            self._as_step(
                line.return_id.move_id.create_date or line.return_id.date,
                line.return_id.move_id.create_uid,
                self.env._(
                    "Booked the return of %(debit)s: %(reason)s",
                    debit=", ".join(line.move_line_ids.payment_id.mapped("memo")),
                    reason=line._describe_reason() or self.env._("no reason given"),
                ),
            )
            for line in returned
        ]


def _write_table(steps):
    """Return steps as the rows of a table."""
    row = Markup(
        "<tr><td class='text-nowrap pe-3'>%s</td><td class='text-nowrap pe-3'>%s</td>"
        "<td style='white-space: pre-line;'>%s</td></tr>"
    )
    rows = Markup().join(row % (step.when, step.who, step.what) for step in steps)
    return rows and Markup("<table class='table table-sm'>%s</table>") % rows
