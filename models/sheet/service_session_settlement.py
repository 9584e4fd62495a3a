from odoo import fields, models
from odoo.exceptions import AccessError

from ..charge.service_charge import OPEN_CHARGE_STATES
from ..common.brought_records import require
from .service_session_sheet import SETTLING

SETTLEMENTS = [
    ("confirm", "The price stands"),
    ("reduce", "Reduce the price"),
    ("waive", "Nothing is owed"),
]


class ServiceSession(models.Model):
    """How a manager settles what a customer contests (S30)."""

    _inherit = "service.session"

    settlement = fields.Selection(SETTLEMENTS, readonly=True, copy=False, lock="workflow")
    settlement_note = fields.Text(
        readonly=True,
        copy=False,
        help="What the customer was told about the decision.",
        lock="workflow",
    )
    settled_at = fields.Datetime(string="Settled on", readonly=True, copy=False, lock="workflow")
    settled_by_id = fields.Many2one(
        "res.users", string="Settled by", readonly=True, copy=False, lock="workflow"
    )

    def _settle_sheet(self, settlement, note, reason=None, amount=None):
        """Settle a contested session, and tell the customer; what is left is billable at once.

        ``amount``, in the tariff's own tax mode, is what is owed instead where it is reduced.
        """
        self.ensure_one()
        self._check_may_settle()
        session = self.with_context(service_settling=SETTLING)
        if settlement == "reduce":
            session._set_override(amount, reason)
        elif settlement == "waive":
            session._waive_charges(reason)
        session._set_sheet_settled(
            settlement=settlement,
            settlement_note=note,
            settled_at=fields.Datetime.now(),
            settled_by_id=self.env.user.id,
        )
        session._send_settlement()

    def _check_may_settle(self):
        if not (self.env.su or self.env.user._is_service_manager()):
            raise AccessError(self.env._("Only managers settle contested sessions."))

    def _waive_charges(self, reason):
        charges = self.sudo().charge_ids.filtered(lambda charge: charge.state in OPEN_CHARGE_STATES)
        charges._decide_waived(reason)
        self._give_back_drawn()

    def _send_settlement(self):
        """Mail the decision to the address that got the sheet; without one, it stays here."""
        session = self._as_customer_mail()
        if session._has_address():
            message = session.message_post_with_source(
                require(
                    self.env,
                    "service_contract.service_session_settlement_mail_template",
                    self.env._("The e-mail template of settled sheets"),
                ),
                **self._prepare_customer_mail_vals(),
            )
            message.is_internal = True

    def action_open_settlement(self):
        self.ensure_one()
        return self._open_sheet_wizard("service.session.settlement", self.env._("Settle"))

    def action_open_signature(self):
        self.ensure_one()
        return self._open_sheet_wizard("service.session.signature", self.env._("Signed on Site"))

    def action_open_contest(self):
        self.ensure_one()
        words = self._get_customers_words() if self.sheet_written_at else ""
        return self._open_sheet_wizard(
            "service.session.contest", self.env._("Contested"), default_text=words
        )

    def _open_sheet_wizard(self, model, name, **context):
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id, **context},
        }
