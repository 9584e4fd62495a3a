from odoo import api, models
from odoo.exceptions import AccessError

WORDS = frozenset(
    {
        "author_id",
        "body",
        "date",
        "email_from",
        "message_type",
        "model",
        "res_id",
        "subject",
        "subtype_id",
        "tracking_value_ids",
    }
)


class MailMessage(models.Model):
    """What the chatter of our records tells stays: who decided what, and what a customer wrote.

    Everybody may still change the words of their own comments.
    """

    _inherit = "mail.message"

    def write(self, vals):
        if not self.env.su and not WORDS.isdisjoint(vals):
            self._check_trace_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_trace(self):
        if not self.env.su:
            self._check_trace_kept()

    def _check_trace_kept(self):
        for message in self.sudo():
            if message._is_service_trace() and not message._is_comment_of(self.env.user):
                raise AccessError(
                    self.env._(
                        "What the history of %(record)s tells stays as it is.",
                        record=message.record_name or message.model,
                    )
                )

    def _is_service_trace(self):
        self.ensure_one()
        return (self.model or "").startswith("service.")

    def _is_comment_of(self, user):
        self.ensure_one()
        return self.message_type == "comment" and self.author_id == user.partner_id
