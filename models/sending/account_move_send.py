from odoo import api, models
from odoo.exceptions import UserError

# Of the mails that carry our invoices: what becomes of them is looked at.
HEADER = "X-Service-Invoice"


class DelayedError(UserError):
    """What a platform asks to be tried again."""

    is_transient = True


class AccountMoveSend(models.AbstractModel):
    """Whichever door an invoice of ours goes out by, it is noted where it stands."""

    _inherit = "account.move.send"

    @api.model
    def _generate_and_send_invoices(self, moves, from_cron=False, **kwargs):
        """Odoo's own job takes no lock: what somebody else is sending is left to them."""
        free = moves._lock_sending(is_waiting=from_cron)
        if moves and not free:
            return self.env["ir.attachment"]
        return super()._generate_and_send_invoices(free, from_cron=from_cron, **kwargs)

    @api.model
    def _hook_if_errors(self, moves_data, allow_raising=True):
        """Tell a failure that may pass from one that does not."""
        if self.env.context.get("service_sending"):
            for data in moves_data.values():
                if isinstance(data["error"], dict) and data["error"].get("retry"):
                    raise DelayedError(self._format_error_text(data["error"]))
        return super()._hook_if_errors(moves_data, allow_raising=allow_raising)

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        """Note what was sent: what people have written on an invoice before is not its mail."""
        last = self.env["mail.message"].sudo().search([], order="id desc", limit=1)
        result = super()._hook_if_success(moves_data, from_cron=from_cron)
        for move, data in moves_data.items():
            if move._is_followed():
                move._note_channels(set(data["sending_methods"]), last.id or 0)
        return result

    @api.model
    def _send_mail(self, move, mail_template, **kwargs):
        if move._is_followed():
            kwargs["mail_headers"] = {**(kwargs.get("mail_headers") or {}), HEADER: str(move.id)}
        return super()._send_mail(move, mail_template, **kwargs)
