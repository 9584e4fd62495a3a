from odoo import api, fields, models


class ServiceSession(models.Model):
    """Billable time without a connection; it may be all that a session has (S23)."""

    _inherit = "service.session"

    research_date = fields.Date(
        string="Day of the Research",
        help="Where a session has no connection; empty: the day of the request.",
    )

    request_date = fields.Date(
        string="Day of the Request",
        readonly=True,
        copy=False,
        help="As it was when the session was closed.",
    )

    @api.depends("start", "tz", "research_seconds", "research_date", "request_date", "requested_at")
    def _compute_date(self):
        result = super()._compute_date()
        for session in self:
            if not session.start and session.research_seconds:
                noted = session.research_date or session.request_date
                session.date = noted or session._get_request_day()
        return result

    def _set_done(self):
        """Note the day that the price is of: a request dated anew moves no closed session."""
        for session in self.sudo():
            session.request_date = session._get_request_day()
        return super()._set_done()

    def _set_draft(self):
        """Follow the request again."""
        result = super()._set_draft()
        self.sudo().request_date = False
        return result

    def _get_request_day(self):
        """Return the local date of the request."""
        self.ensure_one()
        return self._to_local(self.requested_at or fields.Datetime.now()).date()

    def _get_contract_day(self):
        if not self.start and self.research_seconds and self.date:
            return self.date
        return super()._get_contract_day()
