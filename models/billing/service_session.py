from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..common.client_actions import CLOSE, notify


class ServiceSession(models.Model):
    """Billing one session at once, by a run of its own (S30, S34)."""

    _inherit = "service.session"

    def action_bill_now(self):
        """Bill the session now, without waiting for the next run, and open the draft."""
        self.ensure_one()
        self._check_may_bill()
        if self.sudo().billing_state != "ready":
            raise UserError(
                self.env._(
                    "%(session)s: there is nothing that may be billed now.", session=self.name
                )
            )
        run = self.env["service.billing.run"].sudo().create(self._prepare_run_vals())
        run.action_start()
        if problems := run.exception_ids.filtered(lambda row: row.state == "open"):
            raise UserError("\n".join(problems.mapped("detail")))
        return self._open_bill()

    def _check_may_bill(self):
        """Let accountants and service managers bill, whatever else they may do with runs."""
        user = self.env.user
        if not (user.has_group("account.group_account_invoice") or user._is_service_manager()):
            raise AccessError(self.env._("Only accountants and service managers bill sessions."))
        self.check_access("read")

    def _prepare_run_vals(self):
        """Return the values of a run that bills this session alone."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        return {
            "company_id": self.company_id.id,
            "cutoff_date": today,
            "session_cutoff_date": max(today, self.date),
            "invoice_date": today,
            "session_ids": [fields.Command.set(self.ids)],
        }

    def _open_bill(self):
        """Open the draft; who may not read invoices is told its place."""
        if self.env["account.move"].has_access("read"):
            return self.action_open_invoices()
        return notify(
            self.env._("The draft invoice is ready; accounting checks and posts it."), then=CLOSE
        )
