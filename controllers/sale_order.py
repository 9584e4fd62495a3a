from odoo import http
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal


class ServiceOrderPortal(CustomerPortal):
    """Quotations in the portal."""

    @http.route()
    def portal_quote_decline(self, *args, **kwargs):
        """Let customers decline what they may not sign yet, too."""
        request.update_context(service_is_declining=True)
        return super().portal_quote_decline(*args, **kwargs)
