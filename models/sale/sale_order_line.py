from odoo import api, fields, models
from odoo.exceptions import UserError

SOLD_FIELDS = {"product_id", "product_uom_id", "product_uom_qty", "price_unit", "discount"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    service_is_recurring = fields.Boolean(
        string="Recurring",
        compute="_compute_service_is_recurring",
        store=True,
        precompute=True,
        help="Billed by a contract. As the product was when the order was confirmed.",
    )
    service_price_period = fields.Selection(related="product_id.service_price_period")
    service_contract_line_ids = fields.One2many(
        "service.contract.line", "sale_line_id", string="Contract Lines"
    )
    service_contract_id = fields.Many2one(
        "service.contract", compute="_compute_service_contract_id"
    )

    # No trigger on the product's own flag: a confirmed order is not changed by the catalogue.
    @api.depends("product_id", "state")
    def _compute_service_is_recurring(self):
        for line in self:
            line.service_is_recurring = line.product_id.service_is_recurring

    @api.depends("service_contract_line_ids.contract_id")
    def _compute_service_contract_id(self):
        for line in self:
            line.service_contract_id = line.sudo().service_contract_line_ids.contract_id[:1]

    # A recurring line is billed by its contract: the order has nothing to invoice for it.

    @api.depends("service_is_recurring")
    def _compute_qty_to_invoice(self):
        recurring = self.filtered("service_is_recurring")
        recurring.qty_to_invoice = 0
        return super(SaleOrderLine, self - recurring)._compute_qty_to_invoice()

    @api.depends("service_is_recurring")
    def _compute_invoice_status(self):
        recurring = self.filtered("service_is_recurring")
        for line in recurring:
            line.invoice_status = "invoiced" if line.state == "sale" else "no"
        return super(SaleOrderLine, self - recurring)._compute_invoice_status()

    @api.depends("service_is_recurring")
    def _compute_untaxed_amount_to_invoice(self):
        recurring = self.filtered("service_is_recurring")
        recurring.untaxed_amount_to_invoice = 0
        return super(SaleOrderLine, self - recurring)._compute_untaxed_amount_to_invoice()

    @api.depends("service_is_recurring")
    def _compute_amount_to_invoice(self):
        recurring = self.filtered("service_is_recurring")
        recurring.amount_to_invoice = 0
        return super(SaleOrderLine, self - recurring)._compute_amount_to_invoice()

    def _compute_amount_to_invoice_at_date(self):
        recurring = self.filtered("service_is_recurring")
        recurring.amount_to_invoice_at_date = 0
        return super(SaleOrderLine, self - recurring)._compute_amount_to_invoice_at_date()

    # ----- The contract's lines follow -----

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._update_service_contracts()
        return lines

    def write(self, vals):
        changed = SOLD_FIELDS & vals.keys()
        if changed:
            self._check_service_contract_frozen(vals)
        result = super().write(vals)
        if changed or "name" in vals:
            self._update_service_contracts()
        return result

    def unlink(self):
        drafts = self.sudo().service_contract_line_ids.filtered(
            lambda line: line.contract_id.state in ("draft", "cancelled")
        )
        drafts.unlink()
        return super().unlink()

    def _update_service_contracts(self):
        """Bring the contracts of confirmed orders in line: draft contracts change, lines join."""
        lines = self.sudo().filtered(
            lambda line: line.state == "sale" and line.service_is_recurring
        )
        for line in lines:
            drafts = line.service_contract_line_ids.filtered(
                lambda contract_line: contract_line.contract_id.state == "draft"
            )
            if line.product_uom_qty:
                drafts.write(line._prepare_contract_line_vals())
            else:
                drafts.unlink()
        lines.order_id._create_service_contracts()

    def _check_service_contract_frozen(self, vals):
        """Refuse to sell something else by a line whose contract is in force."""
        for line in self.filtered("service_is_recurring"):
            contract = line.service_contract_id
            is_changed = any(
                vals[name] != (line[name].id if name.endswith("_id") else line[name])
                for name in SOLD_FIELDS & vals.keys()
            )
            if is_changed and contract.state in ("active", "ended"):
                raise UserError(
                    self.env._(
                        "“%(line)s” is in contract %(contract)s: amend the contract instead of "
                        "its order.",
                        line=line.product_id.display_name,
                        contract=contract.name,
                    )
                )

    def _prepare_contract_line_vals(self):
        """Return the contract line of a recurring order line, in the product's unit."""
        self.ensure_one()
        product = self.product_id
        unit = self.product_uom_id or product.uom_id
        return {
            "sale_line_id": self.id,
            "sequence": self.sequence,
            "product_id": product.id,
            "name": self.name,
            "quantity": unit._compute_quantity(self.product_uom_qty, product.uom_id),
            "price_unit": unit._compute_price(self.price_unit, product.uom_id),
            "discount": self.discount,
            "price_period": product.service_price_period,
        }
