from odoo import api, fields, models
from odoo.exceptions import UserError

NAMES = ("source", "on", "day", "amount", "message_id", "channel", "to")
TOLD = frozenset(f"service_told_{name}" for name in NAMES)


class AccountPaymentLine(models.Model):
    """What the customer had been told of a debit when its order was confirmed (L12, L14).

    Invoices are sent again, customers change their addresses: what carried this debit stays.
    """

    _inherit = "account.payment.line"

    service_told_source = fields.Selection(
        [
            ("invoice", "By the Invoice"),
            ("schedule", "By a Schedule"),
            ("before", "Sent Before It Was Recorded"),
        ],
        string="Debit Announced",
        readonly=True,
        copy=False,
    )
    service_told_on = fields.Date(string="Announced on", readonly=True, copy=False)
    service_told_day = fields.Date(string="Announced for", readonly=True, copy=False)
    service_told_amount = fields.Monetary(
        string="Announced Amount", currency_field="currency_id", readonly=True, copy=False
    )
    service_told_message_id = fields.Many2one(
        "mail.message",
        string="Announced with",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    service_told_channel = fields.Char(string="Announced by", readonly=True, copy=False)
    service_told_to = fields.Char(string="Announced to", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        """What had been told is noted by the order alone, whatever a client or a copy gives."""
        return super().create(
            [
                {name: value for name, value in vals.items() if name not in TOLD}
                for vals in vals_list
            ]
        )

    def write(self, vals):
        """What carries a debit is noted when its order is confirmed: no client writes it."""
        if not TOLD.isdisjoint(vals) and not self.env["account.payment.order"]._is_own_call():
            raise UserError(
                self.env._("What a customer was told of a debit is noted by its order alone.")
            )
        return super().write(vals)

    def _prepare_write_draft2open(self):
        vals = super()._prepare_write_draft2open()
        if self._is_by_mandate():
            vals.update(self._prepare_told_vals())
        return vals

    def _prepare_told_vals(self):
        """Return what the customer had been told, as it is now."""
        values = dict.fromkeys(NAMES, False)
        move = self.sudo().move_line_id.move_id
        if move and move._is_scheduled():
            values.update(self._get_told_by_schedule(move.service_schedule_line_id))
        elif move.service_notice_source:
            values.update(self._get_told_by_invoice(move))
        return {f"service_told_{name}": value for name, value in values.items()}

    def _get_told_by_schedule(self, day):
        schedule = day.schedule_id
        message = schedule.notice_message_id
        return {
            "source": "schedule",
            "on": schedule.told_on,
            "day": day.day,
            "amount": day.amount,
            "message_id": message.id,
            "channel": "email" if message else "manual",
            "to": schedule.partner_id.email if message else False,
        }

    def _get_told_by_invoice(self, move):
        return {
            "source": move.service_notice_source,
            "on": move.service_notice_told_on,
            "day": move.service_notice_day,
            "amount": move.service_notice_amount,
            "message_id": move.service_sending_message_id.id,
            "channel": move.service_notice_channel,
            "to": move.service_notice_to,
        }

    def action_service_proof(self):
        """Give the proof of the debits of chosen lines (L14)."""
        self.check_access("read")
        return self.payment_ids.sorted("id").action_service_proof()
