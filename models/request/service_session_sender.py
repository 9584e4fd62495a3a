from odoo import api, fields, models
from odoo.tools import email_normalize

from ...tools import mail_sender
from .mail_thread import SENDER

SERVERS = "service_contract.mail_servers"
SENDER_CHECKS = [
    (mail_sender.VERIFIED, "Verified"),
    (mail_sender.UNKNOWN, "Not Verified"),
    (mail_sender.FAILED, "Refused"),
]


class ServiceSession(models.Model):
    """Whether a request by e-mail comes from whom it says, as far as that can be known.

    Anybody can write any sender. What the company's own receiving server found out stands in the
    mail's header; without its name in the settings nothing is known.
    """

    _inherit = "service.session"

    sender_check = fields.Selection(
        SENDER_CHECKS,
        string="Sender Verified",
        readonly=True,
        copy=False,
        help="What the receiving server says of who sent the mail (DMARC, DKIM, SPF). Verified: "
        "it comes from the sender's domain. Refused: it does not. Not verified: nothing proves it.",
        lock="workflow",
    )

    # ----- What the receiving server says -----

    @api.model
    def _check_sender(self, message, address):
        """Return what the receiving server says of an e-mail's sender.

        :param email.message.Message message: the mail as it was received
        """
        servers = self.env["ir.config_parameter"].sudo().get_param(SERVERS) or ""
        return mail_sender.check_sender(
            message.items(), email_normalize(address) or "", servers.split(",")
        )

    def _is_sender_refused(self):
        """Tell whether the receiving server says that somebody else wrote in the sender's name."""
        return self.sender_check == mail_sender.FAILED

    def _note_unverified(self, msg_dict):
        """Say beside an answer that its sender is refused, or less sure than the request's was."""
        check = self.env.context.get(SENDER)
        for session in self:
            was_verified = session.sender_check == mail_sender.VERIFIED
            is_less = check == mail_sender.UNKNOWN and was_verified
            if check == mail_sender.FAILED or is_less:
                session._message_log(body=session._get_unverified_words(msg_dict))

    def _get_unverified_words(self, msg_dict):
        return self.env._(
            "Nothing proves that the answer of %(sender)s comes from this address: ask before you "
            "act on it.",
            sender=msg_dict.get("email_from") or "",
        )

    # ----- Our own addresses -----

    @api.model
    def _is_own_address(self, email):
        """Tell whether an address is that of a company of ours, or of one of its inboxes."""
        address = email_normalize(email)
        if not address:
            return False
        companies = self.env["res.company"].sudo().search([("partner_id.email", "!=", False)])
        own = set(companies.partner_id.mapped("email_normalized"))
        for domain in self.env["mail.alias.domain"].sudo().search([("name", "!=", False)]):
            own |= {domain.catchall_email, domain.bounce_email, domain.default_from_email}
        aliases = self.env["mail.alias"].sudo()
        return address in own or bool(
            aliases.search_count([("alias_full_name", "=", address)], limit=1)
        )
