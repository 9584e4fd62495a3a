from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    service_is_recurring = fields.Boolean(related="product_id.service_is_recurring")
    service_price_period = fields.Selection(related="product_id.service_price_period")
    service_contract_line_ids = fields.One2many(
        "service.contract.line", "sale_line_id", string="Contract Lines"
    )
    service_contract_id = fields.Many2one(
        "service.contract", string="Service Contract", compute="_compute_service_contract_id"
    )

    @api.depends("service_contract_line_ids.contract_id")
    def _compute_service_contract_id(self):
        for line in self:
            line.service_contract_id = line.sudo().service_contract_line_ids.contract_id[:1]

    # A recurring line is billed by its contract: the order has nothing to invoice for it.

    @api.depends("product_id.service_is_recurring")
    def _compute_qty_to_invoice(self):
        recurring = self.filtered("service_is_recurring")
        recurring.qty_to_invoice = 0
        return super(SaleOrderLine, self - recurring)._compute_qty_to_invoice()

    @api.depends("product_id.service_is_recurring")
    def _compute_invoice_status(self):
        recurring = self.filtered("service_is_recurring")
        for line in recurring:
            line.invoice_status = "invoiced" if line.state == "sale" else "no"
        return super(SaleOrderLine, self - recurring)._compute_invoice_status()

    @api.depends("product_id.service_is_recurring")
    def _compute_untaxed_amount_to_invoice(self):
        recurring = self.filtered("service_is_recurring")
        recurring.untaxed_amount_to_invoice = 0
        return super(SaleOrderLine, self - recurring)._compute_untaxed_amount_to_invoice()

    @api.depends("product_id.service_is_recurring")
    def _compute_amount_to_invoice(self):
        recurring = self.filtered("service_is_recurring")
        recurring.amount_to_invoice = 0
        return super(SaleOrderLine, self - recurring)._compute_amount_to_invoice()

    def write(self, vals):
        if {"product_id", "product_uom_qty", "price_unit", "discount"} & vals.keys():
            self._check_service_contract_frozen(vals)
        return super().write(vals)

    def _check_service_contract_frozen(self, vals):
        for line in self.filtered("service_is_recurring"):
            contract = line.service_contract_id
            is_changed = any(
                name in vals and vals[name] != (line[name].id if name == "product_id" else line[name])
                for name in ("product_id", "product_uom_qty", "price_unit", "discount")
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
        """Return the values of the contract line of a recurring order line."""
        self.ensure_one()
        return {
            "sale_line_id": self.id,
            "sequence": self.sequence,
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.product_uom_qty,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "price_period": self.product_id.service_price_period,
        }
