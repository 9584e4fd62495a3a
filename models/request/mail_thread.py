import re

from odoo import api, models

from ..sheet.service_session_sending import SIGNED_LINK

# Between the choice of a mail's routes and its way on them; then in the context.
ORIGIN = "service_mail_origin"
SENDER = "service_mail_sender"


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """Let no machine answer a session; what is about one that is open joins it."""
        routes = super().message_route(message, message_dict, *args, **kwargs)
        if not any(route[0] == "service.session" for route in routes):
            return routes
        return self.env["service.session"]._choose_mail_routes(message, message_dict, routes)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Tell sessions who wrote: a person, or a machine; and whether that is proved."""
        if any(route[0] == "service.session" for route in routes):
            message_dict = self._without_signed_links(message_dict)
        known = {name: message_dict.pop(name, None) for name in (ORIGIN, SENDER)}
        if any(known.values()):
            self = self.with_context(**known)
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _without_signed_links(self, message_dict):
        """Return a mail without the signed links of the sheets that it quotes (S30).

        Who quotes a sheet's mail gives back what only its customer may have.
        """
        body = message_dict.get("body") or ""
        kept = re.sub(SIGNED_LINK, r"/service/sheets/\1/0", str(body))
        return {**message_dict, "body": type(body)(kept)}
