from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Put the signed link of a sheet into the copy of its customer alone (S30)."""
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        if self.model != "service.session" or not self.res_id:
            return emails
        session = self.env["service.session"].sudo().browse(self.res_id).exists()
        for email in emails if session else []:
            if session._is_sheet_recipient(email["email_to_normalized"]):
                for name in ("body", "body_alternative"):
                    email[name] = session._sign_sheet_links(email[name])
        return emails

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Tell the sessions whether the mail with their intervention sheet left (S30)."""
        sheets = self.filtered(lambda mail: mail.model == "service.session")
        messages = sheets.mail_message_id
        result = super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        if messages:
            sessions = self.env["service.session"].sudo()
            sessions = sessions.search([("sheet_message_id", "in", messages.ids)])
            if failure_type:
                sessions._on_sheet_failed(failure_reason)
            else:
                sessions._on_sheet_gone()
        return result
