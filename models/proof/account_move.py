from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """How an invoice announced its debit, and the proof of what was debited of it (L12, L14)."""

    _inherit = "account.move"

    service_notice_channel = fields.Char(
        string="Announced by",
        readonly=True,
        copy=False,
        groups="base.group_user",
        lock="workflow",
    )
    service_notice_to = fields.Char(
        string="Announced to",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The addresses as they were when the invoice went out.",
        lock="workflow",
    )
    service_debit_risk = fields.Char(
        string="May Come Back",
        compute="_compute_service_debit_risk",
        groups="base.group_user",
    )

    # ----- How it was told -----

    def _note_channels(self, channels, last_message_id):
        """Keep by which channel, and to whom: customers change both later."""
        result = super()._note_channels(channels, last_message_id)
        move = self.sudo()
        if move.service_notice_source == "invoice":
            move._as_workflow().write(
                {
                    "service_notice_channel": ",".join(sorted(channels)),
                    "service_notice_to": move._get_told_addresses(channels),
                }
            )
        return result

    def _get_told_addresses(self, channels):
        """Return to whom an invoice goes by some channels, as one line of text; a hook."""
        found = []
        if "email" in channels:
            rows = self._get_customer_notifications()
            found = [row.res_partner_id.email or row.mail_email_address for row in rows]
        if "manual" in channels:
            address = self.partner_id._display_address(without_company=True)
            found += [self.partner_id.name, *address.split("\n")]
        return ", ".join(filter(None, (text and text.strip() for text in found)))

    def _forget_sending(self):
        result = super()._forget_sending()
        told = self.sudo().filtered("service_notice_channel")
        told._as_workflow().write({"service_notice_channel": False, "service_notice_to": False})
        return result

    # ----- Until when it may come back -----

    @api.depends("service_has_debit", "payment_state")
    @api.depends_context("lang")
    def _compute_service_debit_risk(self):
        for move in self:
            move.service_debit_risk = move._describe_risk()

    def _describe_risk(self):
        """Say until when the customer may have the debit of an invoice back, empty when over."""
        debit = self._get_holding_debit() if self.service_has_debit else None
        return debit.payment_ids[:1].payment_lot_id._describe_risk() if debit else ""

    # ----- Its proof -----

    def action_service_proof(self):
        """Give the proof of all debits of an invoice, parts and second ones among them (L14)."""
        self.check_access("read")
        debits = self.sudo().line_ids.payment_line_ids.payment_ids
        debits = debits.filtered(lambda payment: payment._is_debit_of_order())
        if not debits:
            raise UserError(
                self.env._(
                    "%(invoice)s: no debit order has a file with it yet: there is nothing to "
                    "prove.",
                    invoice=", ".join(self.mapped("display_name")),
                )
            )
        return debits.with_env(self.env).sorted("id").action_service_proof()
