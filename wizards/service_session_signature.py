import base64
from datetime import datetime, time, timezone

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceSessionSignature(models.TransientModel):
    """Record a paper sheet signed by the customer: it validates the session at once (S30)."""

    _name = "service.session.signature"
    _description = "Paper Signature"

    session_id = fields.Many2one("service.session", required=True, ondelete="cascade")
    date = fields.Date(
        string="Signed on", required=True, compute="_compute_date", store=True, readonly=False
    )
    scan = fields.Binary(attachment=False, help="A picture or scan of the signed sheet, if any.")
    scan_name = fields.Char()

    @api.depends("session_id")
    def _compute_date(self):
        for wizard in self:
            wizard.date = wizard.session_id and wizard.session_id._get_local_today()

    def action_sign(self):
        self.ensure_one()
        session = self.session_id
        self._check_date()
        session._set_sheet_validated("paper", self._get_instant())
        attachments = [(self.scan_name or "scan", self.with_context(bin_size=False)._get_scan())]
        session.message_post(
            body=self.env._("Signed on paper."), attachments=attachments if self.scan else []
        )

    def _check_date(self):
        session = self.session_id
        if not session.date <= self.date <= session._get_local_today():
            raise UserError(
                self.env._(
                    "%(session)s: the sheet was signed between the day of the session and today.",
                    session=session.name,
                )
            )

    def _get_instant(self):
        """Return now, or noon of an earlier day where the customer is, as naive UTC."""
        session = self.session_id
        if self.date == session._get_local_today():
            return fields.Datetime.now()
        zone = pytz.timezone(session.tz or session.company_id._get_service_timezone())
        noon = zone.localize(datetime.combine(self.date, time(12)))
        return noon.astimezone(timezone.utc).replace(tzinfo=None)

    def _get_scan(self):
        return self.scan and base64.b64decode(self.scan)
