import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clocks


class ServiceSessionSignature(models.TransientModel):
    """Record a paper sheet signed by the customer: it validates the session at once (S30)."""

    _name = "service.session.signature"
    _description = "Paper Signature"
    _inherit = ["service.wizard.mixin"]

    session_id = fields.Many2one("service.session", required=True, ondelete="cascade")
    date = fields.Date(
        string="Signed on",
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
    )
    scan = fields.Binary(attachment=False, help="A picture or scan of the signed sheet, if any.")
    scan_name = fields.Char()

    @api.depends("session_id")
    def _compute_date(self):
        for wizard in self:
            wizard.date = wizard.session_id and wizard.session_id._get_local_today()

    def action_sign(self):
        self.ensure_one()
        self.session_id.check_access("write")
        session = self.session_id
        self._check_date()
        session._set_sheet_validated("paper", self._get_instant())
        session.message_post(body=self.env._("Signed on paper."), attachments=self._get_scan())

    def _check_date(self):
        session = self.session_id
        if not session._get_last_day() <= self.date <= session._get_local_today():
            raise UserError(
                self.env._(
                    "%(session)s: the sheet was signed between the end of the session and today.",
                    session=session.name,
                )
            )

    def _get_instant(self):
        """Return now, or noon of an earlier day where the customer is, as naive UTC."""
        session = self.session_id
        if self.date == session._get_local_today():
            return fields.Datetime.now()
        return clocks.naive_instant_of(self.date, clocks.NOON, session._get_timezone())

    def _get_scan(self):
        """Return the scan as an attachment of a message, none without it."""
        if not self.scan:
            return []
        scan = self.with_context(bin_size=False).scan
        return [(self.scan_name or "scan", base64.b64decode(scan))]
