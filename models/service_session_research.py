from odoo import api, fields, models


class ServiceSession(models.Model):
    """Billable time without a connection; it may be all that a session has (S23)."""

    _inherit = "service.session"

    research_date = fields.Date(
        string="Day of the Research",
        help="Where a session has no connection; empty: the day of the request.",
    )

    @api.depends("start", "tz", "research_seconds", "research_date", "requested_at")
    def _compute_date(self):
        result = super()._compute_date()
        for session in self:
            if not session.start and session.research_seconds:
                session.date = session.research_date or session._get_request_day()
        return result

    def _set_done(self):
        """Note the day that the price is of: a request dated anew moves no closed session."""
        for session in self.sudo():
            if session.research_seconds and not session.start:
                session.research_date = session.date
        return super()._set_done()

    def _get_request_day(self):
        """Return the local date of the request."""
        self.ensure_one()
        return self._to_local(self.requested_at or fields.Datetime.now()).date()

    def _get_contract_day(self):
        if not self.start and self.research_seconds and self.date:
            return self.date
        return super()._get_contract_day()
