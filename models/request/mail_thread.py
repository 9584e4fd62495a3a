from odoo import api, models

AUTOMATIC_PRECEDENCES = ("auto_reply", "bulk", "junk", "list")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """Let no machine make a request or answer one: automatic messages lead nowhere there."""
        routes = super().message_route(message, message_dict, *args, **kwargs)
        others = [route for route in routes if route[0] != "service.session"]
        if len(others) == len(routes):
            return routes
        return others if self.env["service.session"]._is_automatic_mail(message) else routes
