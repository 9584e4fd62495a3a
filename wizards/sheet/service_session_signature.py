import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import clocks


class ServiceSessionSignature(models.TransientModel):
    """Record a sheet signed by the customer, on paper or on the technician's screen.

    It validates the session at once (S30). On screen, the customer reads here what is signed.
    """

    _name = "service.session.signature"
    _description = "Signature of a Sheet"
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
    signer = fields.Char(
        compute="_compute_signer",
        store=True,
        readonly=False,
        precompute=True,
        help="Who signs on screen: first and last name.",
    )
    signature = fields.Binary(
        string="Signature on Screen", attachment=False, help="Drawn by the customer, here and now."
    )
    currency_id = fields.Many2one(related="session_id.currency_id")
    amount_total = fields.Monetary(related="session_id.amount_total")
    price_explanation = fields.Html(related="session_id.price_explanation")

    @api.depends("session_id")
    def _compute_date(self):
        for wizard in self:
            wizard.date = wizard.session_id and wizard.session_id._get_local_today()

    @api.depends("session_id")
    def _compute_signer(self):
        for wizard in self:
            wizard.signer = wizard.session_id.contact_id.name

    def action_sign(self):
        self.ensure_one()
        self.session_id.check_access("write")
        if self.signature:
            self._sign_on_screen()
        else:
            self._check_date()
            self.session_id._set_sheet_validated("paper", self._get_instant())
            self.session_id.message_post(
                body=self.env._("Signed on paper."), attachments=self._get_scan()
            )

    def _sign_on_screen(self):
        """Validate the sheet by what the customer has drawn now; name and drawing are kept."""
        signer = (self.signer or "").strip()
        if not signer:
            raise UserError(self.env._("Type in who signs: first and last name."))
        self.session_id._set_sheet_validated("screen")
        drawing = base64.b64decode(self.with_context(bin_size=False).signature)
        self.session_id.message_post(
            body=self.env._("Signed on screen by %(name)s.", name=signer),
            attachments=[("signature.png", drawing), *self._get_scan()],
        )

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
