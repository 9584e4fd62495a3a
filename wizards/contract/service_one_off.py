from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.client_actions import CLOSE


class ServiceOneOff(models.TransientModel):
    """Asks what is to be billed once, beside what recurs, with the contract's next invoice."""

    _name = "service.one.off"
    _description = "Billed Once"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        domain="[('service_is_recurring', '=', False), ('sale_ok', '=', True), "
        "('company_id', 'in', (False, company_id))]",
    )
    name = fields.Text(
        string="Description",
        compute="_compute_product",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="What the customer reads on the invoice.",
    )
    quantity = fields.Float(default=1.0, digits="Product Unit", required=True)
    price_unit = fields.Float(
        string="Price",
        compute="_compute_product",
        store=True,
        readonly=False,
        precompute=True,
        digits="Product Price",
        required=True,
    )
    date = fields.Date(
        string="Day of Service",
        required=True,
        default=fields.Date.context_today,
        help="It is billed by the next run from that day on.",
    )
    reason = fields.Char(required=True, help="Why it is billed: for colleagues, with the charge.")
    charge_id = fields.Many2one("service.charge", readonly=True, ondelete="set null")

    @api.depends("product_id")
    def _compute_product(self):
        for wizard in self.filtered("product_id"):
            contract, product = wizard.contract_id, wizard.product_id
            translated = product.with_context(lang=contract.partner_id.lang)
            wizard.name = translated.get_product_multiline_description_sale()
            wizard.price_unit = contract.pricelist_id._get_product_price(
                product,
                wizard.quantity or 1.0,
                currency=contract.currency_id,
                date=wizard.date or fields.Date.context_today(self),
            )

    def action_confirm(self):
        """Charge it, once, and say in the contract who did and why."""
        self.ensure_one()
        self.contract_id.check_access("read")
        self.contract_id._check_may_bill_once()
        self._check_amount()
        if not self.charge_id:
            charge = self.env["service.charge"].sudo().create(self._prepare_charge_vals())
            note = self.env._("Reason: %(reason)s.", reason=self.reason)
            charge.with_env(self.env)._note_decision(self.env._("Billed once"), None, note)
            self.sudo().charge_id = charge
        return {**CLOSE}

    def _check_amount(self):
        """Leave what is given back to credit notes, and gestures to their own button (L08c)."""
        if self.quantity <= 0 or self.price_unit <= 0:
            raise UserError(
                self.env._(
                    "Quantity and price are more than zero. What was billed is given back by a "
                    "credit note; a gesture has its own button."
                )
            )
        if self.product_id.service_is_recurring:
            raise UserError(
                self.env._(
                    "“%(product)s” recurs: amend the contract.",
                    product=self.product_id.display_name,
                )
            )

    def _prepare_charge_vals(self):
        """Return the values of the charge; a hook."""
        vals = self.contract_id._prepare_once_vals(
            self.product_id, self.name, self.price_unit, self.date, self.quantity
        )
        return {
            **vals,
            "kind": "one_off",
            "explanation": {
                "schema": 1,
                "kind": "one_off",
                "quantity": f"{self.quantity:g}",
                "unit_price": str(self.price_unit),
                "reason": self.reason,
            },
        }
