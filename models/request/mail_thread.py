from odoo import api, models

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
        known = {name: message_dict.pop(name, None) for name in (ORIGIN, SENDER)}
        if any(known.values()):
            self = self.with_context(**known)
        return super()._message_route_process(message, message_dict, routes)
