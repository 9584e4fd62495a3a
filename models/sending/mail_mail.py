from odoo import models

from .account_move_send import HEADER


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, *args, **kwargs):
        """Tell our invoices what became of the mail that carries them."""
        messages = self.filtered(lambda mail: HEADER in str(mail.headers or "")).mail_message_id
        result = super()._postprocess_sent_message(*args, **kwargs)
        if messages:
            moves = self.env["account.move"].sudo()
            moves.search([("service_sending_message_id", "in", messages.ids)])._follow_mail()
        return result
