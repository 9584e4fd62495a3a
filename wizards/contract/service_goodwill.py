from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.client_actions import CLOSE


class ServiceGoodwill(models.TransientModel):
    """Asks how much less is billed, for charges or with a contract's next invoice, and why."""

    _name = "service.goodwill"
    _description = "Goodwill"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    charge_ids = fields.Many2many("service.charge", string="Charges", readonly=True, lock="once")
    contract_id = fields.Many2one(
        "service.contract", readonly=True, ondelete="cascade", lock="once"
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_company_id")
    is_percent = fields.Boolean(string="As a Percentage")
    percent = fields.Float(digits="Discount", aggregator=None)
    amount = fields.Monetary(
        help="In the tax mode of the product. What the next invoice cannot take off waits for the "
        "one after it."
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', offered_product_ids)]",
        help="What it is taken off: its taxes count.",
    )
    offered_product_ids = fields.Many2many("product.product", compute="_compute_offered")
    reason_id = fields.Many2one(
        "service.reason",
        required=True,
        domain="[('usage', '=', 'waive'), ('company_id', 'in', (False, company_id))]",
    )
    note = fields.Char(help="Stands in the chatter, beside the reason.")

    @api.depends("charge_ids", "contract_id")
    def _compute_company_id(self):
        for wizard in self:
            companies = wizard.contract_id.company_id or wizard.charge_ids.company_id
            wizard.company_id = companies if len(companies) == 1 else False
            wizard.currency_id = (wizard.contract_id or wizard.charge_ids).currency_id[:1]

    @api.depends("contract_id")
    def _compute_offered(self):
        for wizard in self:
            wizard.offered_product_ids = wizard.contract_id.line_ids.product_id

    @api.depends("contract_id")
    def _compute_product_id(self):
        for wizard in self:
            lines = wizard.contract_id.line_ids
            current = lines.filtered("is_current") or lines
            wizard.product_id = current[:1].product_id

    def action_confirm(self):
        """Take it off, and say where it comes from who did and why."""
        self.ensure_one()
        if self.contract_id:
            self._give_on_contract()
        elif self.charge_ids:
            amounts = {charge: self._get_amount_of(charge) for charge in self.charge_ids}
            self.charge_ids._give_goodwill(amounts, self.reason_id, self.note or "")
        return {**CLOSE}

    def _get_amount_of(self, charge):
        """Return what a charge costs less; an amount is for one charge alone."""
        if self.is_percent:
            return charge.currency_id.round(charge.amount * self.percent / 100)
        if len(self.charge_ids) > 1:
            raise UserError(self.env._("Of several charges, take off a percentage."))
        return charge.currency_id.round(self.amount)

    def _give_on_contract(self):
        contract, charges = self.contract_id, self.env["service.charge"]
        contract.check_access("read")
        charges.check_access("write")
        contract._check_in_force()
        self.reason_id._check_usage("waive")
        if self.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._("Say how much is taken off."))
        gesture = charges.sudo().create(self._prepare_contract_charge_vals())
        what = self.env._("Goodwill")
        gesture.with_env(self.env)._note_decision(what, self.reason_id, self.note or "")

    def _prepare_contract_charge_vals(self):
        """Return the charge that comes off the contract's next invoice; a hook."""
        contract, product = self.contract_id, self.product_id
        if product not in contract.line_ids.product_id:
            raise UserError(self.env._("Choose one of the contract's products: its taxes count."))
        gesture = self.env["service.charge"].with_context(
            lang=contract.partner_id.lang or self.env.lang
        )
        day = contract._get_first_amending_day()
        name = product.with_context(lang=contract.partner_id.lang).name
        return {
            **contract._prepare_once_vals(product, name, self.amount, day),
            **gesture._prepare_gesture_vals(
                self.currency_id.round(self.amount), self.reason_id, name
            ),
        }
