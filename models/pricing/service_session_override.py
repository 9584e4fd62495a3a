from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_repr

from ..session.service_session import OPEN_STATES
from .price_book import PriceBook


class ServiceSession(models.Model):
    """A price that a manager sets instead of the computed one, with a reason."""

    _inherit = "service.session"

    is_price_overridden = fields.Boolean(
        string="Price Overridden", readonly=True, copy=False, tracking=True, lock="workflow"
    )
    override_amount = fields.Monetary(
        string="Price Set",
        readonly=True,
        copy=False,
        tracking=True,
        help="What is owed for the session, in the tax mode of its tariff.",
        lock="workflow",
    )
    override_reason_id = fields.Many2one(
        "service.reason",
        string="Reason of the Price",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        lock="workflow",
        check_company=True,
    )
    override_user_id = fields.Many2one(
        "res.users", string="Price Set by", readonly=True, copy=False, lock="workflow"
    )
    override_date = fields.Datetime(
        string="Price Set on", readonly=True, copy=False, lock="workflow"
    )

    def _set_override(self, amount, reason):
        """Owe ``amount`` for the sessions whatever their time; False takes the price back.

        In the currency and the tax mode of the tariff. Managers only; closed sessions are charged
        anew, those still open when they are closed.
        """
        self.check_access("write")
        if not self.env.user._is_service_manager():
            raise AccessError(self.env._("Only managers of service contracts may set a price."))
        if amount is not False and (amount < 0 or not reason):
            raise UserError(self.env._("A price set by hand is 0.00 or more and has a reason."))
        self._check_not_billed()
        self.sudo().write(self._prepare_override_vals(amount, reason))
        return self._charge_anew()

    def _prepare_override_vals(self, amount, reason):
        is_set = amount is not False
        return {
            "is_price_overridden": is_set,
            "override_amount": amount,
            "override_reason_id": reason.id if is_set else False,
            "override_user_id": self.env.uid if is_set else False,
            "override_date": fields.Datetime.now() if is_set else False,
        }

    def _get_override(self):
        """Return the price set by hand as Decimal, None where the computed one counts."""
        self.ensure_one()
        if not self.is_price_overridden:
            return None
        return Decimal(float_repr(self.override_amount, self.currency_id.decimal_places))

    def _prepare_override_explanation(self):
        """Return who set the price and why, nothing where the computed one counts."""
        if not self.is_price_overridden:
            return {}
        return {
            "override_by": self.override_user_id.name,
            "override_reason": self.override_reason_id.name,
        }

    def _get_price_to_override(self):
        """Return the Pricing of the session as it is now, and whether it is tax included."""
        self.ensure_one()
        book = PriceBook(self.env, self)
        is_open = self.state in OPEN_STATES
        pricing = self._get_pricing(book, fields.Datetime.now() if is_open else None)
        product = pricing.tariff.first_block_product_id
        return pricing, any(book.get_taxes(product, pricing.party).mapped("price_include"))

    def action_override_price(self):
        """Ask for the price and its reason."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set the Price"),
            "res_model": "service.session.override",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id},
        }

    def action_remove_override(self):
        self._set_override(False, self.env["service.reason"])
