from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare
from odoo.tools.misc import formatLang

from ...tools.clocks import format_duration
from ...tools.discounts import last_day_of
from ..common.field_values import get_label, is_changed
from ..common.words import format_number
from ..contract.service_contract import IN_FORCE

SOLD_FIELDS = {
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "discount",
    "service_discount_months",
}
PREPAID_FIELDS = {"product_id", "product_uom_id", "product_uom_qty"}


class SaleOrderLine(models.Model):
    """Recurring products join contracts, prepaid time the ledger: both follow what is sold.

    Other products, such as the porting of a number (S11), stay the order's own."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "service.workflow.mixin"]

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
    service_allowance_ids = fields.One2many("service.allowance", "sale_line_id")
    service_contract_id = fields.Many2one(
        "service.contract", compute="_compute_service_contract_id"
    )

    service_discount_months = fields.Integer(
        string="Months of Discount",
        help="How many months from the service start on the discount lasts; 0: it never ends.",
        aggregator=None,
    )
    service_discount_words = fields.Char(compute="_compute_service_discount_words")

    _service_discount_months_positive = models.Constraint(
        "CHECK (service_discount_months >= 0)", "A discount lasts zero or more months."
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

    def _prepare_base_line_for_taxes_computation(self, **kwargs):
        """Count nothing of a recurring line where only what the order invoices is asked for."""
        if self.env.context.get("service_order_lines_only") and self.service_is_recurring:
            kwargs["quantity"] = 0.0
        return super()._prepare_base_line_for_taxes_computation(**kwargs)

    # ----- What follows the lines: the contract's, and prepaid time -----

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_not_given_away()
        lines._update_service_contracts()
        lines.filtered(lambda line: line.state == "sale")._sync_prepaid_time()
        return lines

    def write(self, vals):
        if "order_id" in vals:
            self._check_stays(vals)
        changed = SOLD_FIELDS & vals.keys()
        if changed or "name" in vals:
            self._check_service_contract_frozen(vals)
        result = super().write(vals)
        if changed:
            self._check_not_given_away()
        if changed or "name" in vals:
            self._update_service_contracts()
        if PREPAID_FIELDS & vals.keys():
            self.filtered(lambda line: line.state == "sale")._sync_prepaid_time()
        return result

    def unlink(self):
        self._set_prepaid_seconds(0)
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

    def _check_not_given_away(self):
        """Leave to managers what recurs for nothing, unless the amended contract provides it so."""
        for line in self.filtered("service_is_recurring"):
            amended = line.order_id.service_amended_contract_id
            kept = amended.line_ids.filtered(lambda row: not row.price_monthly).product_id
            if line.product_id not in kept:
                price = line.price_unit * (1 - line.discount / 100)
                pricelist = line.order_id.pricelist_id
                line.product_id._check_given_away(price, line.product_uom_qty, pricelist)

    def _check_stays(self, vals):
        """Refuse to move what recurs, or pays time ahead, to another order (S37)."""
        for line in self:
            is_ours = line.service_is_recurring or line.product_id.service_prepaid_hours
            if is_ours and is_changed(line, "order_id", vals["order_id"]):
                raise UserError(
                    self.env._(
                        "“%(line)s” stays on %(order)s: what it sells follows from that order.",
                        line=line.product_id.display_name,
                        order=line.order_id.name,
                    )
                )

    def _check_service_contract_frozen(self, vals):
        """Refuse to sell something else by a line whose contract is in force, or that is signed."""
        for line in self.filtered("service_is_recurring"):
            contract = line.service_contract_id
            names = SOLD_FIELDS & vals.keys()
            is_sold_anew = any(is_changed(line, name, vals[name]) for name in names)
            if is_sold_anew or ("name" in vals and is_changed(line, "name", vals["name"])):
                line._check_signed()
            if is_sold_anew and contract.state in IN_FORCE:
                raise UserError(
                    self.env._(
                        "“%(line)s” is in contract %(contract)s: amend the contract instead of "
                        "its order.",
                        line=line.product_id.display_name,
                        contract=contract.name,
                    )
                )

    def _check_signed(self):
        if self.state == "sale" and not self.order_id._may_change_agreed():
            self.order_id._check_not_signed()

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
            "discount_until": self._get_discount_until(),
            "price_period": product.service_price_period,
        }

    def _get_shown_unit_price(self):
        """Return the price of one, before its discount, as the headings say it: with tax or not."""
        self.ensure_one()
        found = self.tax_ids.compute_all(
            self.price_unit,
            currency=self.currency_id,
            product=self.product_id,
            partner=self.order_id.partner_shipping_id,
        )
        if self.order_id._is_tax_shown():
            return found["total_included"]
        is_included = any(self.tax_ids.flatten_taxes_hierarchy().mapped("price_include"))
        return found["total_excluded"] if is_included else self.price_unit

    def _get_porting_warnings(self):
        """Return what to know before numbers are ported, in sentences (L27)."""
        warnings = []
        if any(self.mapped("price_subtotal")):
            warnings.append(
                self.env._(
                    "The end user of a ported number may not be charged a direct fee (code des "
                    "postes et des communications électroniques L44-4)."
                )
            )
        if "out" in self.product_id.mapped("service_porting"):
            warnings.append(
                self.env._(
                    "A number that is ported out ends its telephony contract on that day: record "
                    "it there by “Terminate…”. What is claimed of the commitment remains."
                )
            )
        return warnings

    # ----- Discounts of the first months, which end by themselves -----

    @api.depends(
        "discount", "service_discount_months", "service_is_recurring", "price_unit", "tax_ids"
    )
    @api.depends_context("lang")
    def _compute_service_discount_words(self):
        for line in self:
            is_offer = line.service_is_recurring and line.discount and line.service_discount_months
            line.service_discount_words = bool(is_offer) and line._describe_offer()

    def _describe_offer(self):
        """Return the discount of the first months as the customer reads prices (L20)."""
        self.ensure_one()
        price = self._get_shown_unit_price()
        values = {
            "percent": format_number(self.env, self.discount),
            "price": formatLang(self.env, price, currency_obj=self.currency_id),
            "period": get_label(self.product_id, "service_price_period").lower(),
        }
        if self.service_discount_months == 1:
            return self.env._(
                "%(percent)s %% off in the first month, then %(price)s (%(period)s)", **values
            )
        return self.env._(
            "%(percent)s %% off in the first %(months)s months, then %(price)s (%(period)s)",
            months=self.service_discount_months,
            **values,
        )

    def _get_discount_until(self):
        """Return the last day of the discount, counted from the service start; False for none."""
        self.ensure_one()
        if not (self.discount and self.service_discount_months):
            return False
        return last_day_of(self._get_service_start(), self.service_discount_months)

    def _get_service_start(self):
        """Return the day from which on the line is provided, as far as it is known."""
        self.ensure_one()
        order, provided = self.order_id, self.sudo().service_contract_line_ids[:1]
        if provided:
            return provided._get_lifetime()[0]
        amended = order.sudo().service_amended_contract_id
        first = amended._get_first_amending_day() if amended else fields.Date.context_today(self)
        return order.service_start_date or first

    def _get_kept_discount(self, row):
        """Return the discount of a kept row where the quotation says the same percent.

        One that ends does so as before, and one that has ended is not asked for again.
        """
        self.ensure_one()
        if not row or self.service_discount_months:
            return {}
        line = self.env["service.contract.line"].browse(row["contract_line_id"])
        if self.discount != line._get_discount_on(self._get_service_start()):
            return {}
        return {"discount": row["discount"], "discount_until": row["discount_until"]}

    def _get_full_monthly(self):
        """Return what the line costs each month once its discount is over, as it is shown."""
        self.ensure_one()
        order = self.order_id
        months = int(self.service_price_period or 1)
        if self.service_discount_words:
            return self._get_shown_unit_price() * self.product_uom_qty / months
        shown = self.price_total if order._is_tax_shown() else self.price_subtotal
        return shown / months

    # ----- Amending -----

    def _find_amended(self, rows):
        """Return which of some kept rows an order line is about: by product, at best by price.

        Rows are values of ``service.amendment.line``; none: an empty dict.
        """
        self.ensure_one()
        rows = [row for row in rows if row["product_id"] == self.product_id.id]
        return max(rows, key=self._is_at_price_of, default={})

    def _is_at_price_of(self, row):
        """Tell whether the price is still the one that was quoted for a kept row."""
        line = self.env["service.contract.line"].browse(row["contract_line_id"])
        price = self._prepare_contract_line_vals()["price_unit"]
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return not float_compare(price, line._get_quoted_price(), precision_digits=digits)

    def _prepare_amendment_line_vals(self, row):
        """Return the amendment's line of a recurring order line that stands for a kept row.

        A price that stays as it was quoted is the contract's own, for its own period: 1,000.00 a
        year, quoted as 83.33 a month, do not become 999.96.
        """
        self.ensure_one()
        vals = {**row, **self._prepare_contract_line_vals(), **self._get_kept_discount(row)}
        if row and self._is_at_price_of(row):
            vals.update(price_unit=row["price_unit"], price_period=row["price_period"])
        return vals

    # ----- Prepaid time -----

    def _sync_prepaid_time(self):
        """Bring the prepaid time of order lines in line with what is sold; cancelled: none."""
        for line in self:
            is_sold = line.state == "sale"
            line._set_prepaid_seconds(line._get_prepaid_seconds() if is_sold else 0)

    def _get_prepaid_seconds(self):
        """Return the time that a line pays in advance, in the product's own unit."""
        self.ensure_one()
        product = self.product_id
        unit = self.product_uom_id or product.uom_id
        quantity = unit._compute_quantity(self.product_uom_qty, product.uom_id)
        return max(round(quantity * product.service_prepaid_hours * 3600), 0)

    def _set_prepaid_seconds(self, seconds):
        """Enter, change or take back the time that lines pay; what was drawn cannot be."""
        for line in self:
            entry = line.sudo().service_allowance_ids
            if entry.used_seconds > seconds:
                raise UserError(
                    self.env._(
                        "%(order)s: sessions have drawn %(drawn)s of its prepaid time. Reopen "
                        "them first, or leave at least that much.",
                        order=line.order_id.name,
                        drawn=format_duration(entry.used_seconds),
                    )
                )
            if entry and not seconds:
                entry.unlink()
            elif entry and entry.seconds != seconds:
                entry.seconds = seconds
            elif seconds and not entry:
                entry.create(line._prepare_prepaid_vals(seconds))

    def _prepare_prepaid_vals(self, seconds):
        """Return the entry of prepaid time of an order line; a hook.

        For every session of the customer: set ``contract_id`` for those of one contract only.

        :param int seconds:
        :return: dict of ``service.allowance``
        """
        self.ensure_one()
        order = self.order_id
        return {
            "company_id": order.company_id.id,
            "partner_id": order.partner_id.id,
            "kind": "prepaid",
            "date": fields.Date.context_today(self),
            "seconds": seconds,
            "sale_line_id": self.id,
            "note": order.name,
        }
