from odoo import api, models


class AccountAnalyticLine(models.Model):
    """No connection begins without the customer's order, whoever records it (S24, S28)."""

    _inherit = "account.analytic.line"

    @api.model
    def _complete_connections(self, vals_list):
        """Ask sessions for their consents, once all else about the connections is well."""
        result = super()._complete_connections(vals_list)
        if self._bulk:
            return result
        sessions = self.env["service.session"]
        for vals in vals_list:
            if session_id := vals.get("service_session_id"):
                session = sessions.browse(session_id)
                session._check_consent(vals["service_start"], vals.get("service_workstation"))
        return result
