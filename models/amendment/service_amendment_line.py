from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, formatLang

from ...tools.discounts import percent_on
from ..catalogue.product_template import PRICE_PERIODS
from ..common.field_values import get_labels
from ..common.words import format_number


class ServiceAmendmentLine(models.Model):
    """One product of an amendment: kept, changed, taken out or added."""

    _name = "service.amendment.line"
    _description = "Amended Product"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "amendment_id, sequence, id"

    amendment_id = fields.Many2one(
        "service.amendment", required=True, ondelete="cascade", index=True, lock="once"
    )
    company_id = fields.Many2one(related="amendment_id.company_id")
    currency_id = fields.Many2one(related="amendment_id.currency_id")
    sequence = fields.Integer(default=10)
    contract_line_id = fields.Many2one(
        "service.contract.line",
        string="Until now",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        check_company=True,
        lock="once",
    )
    new_line_id = fields.Many2one(
        "service.contract.line",
        string="Goes on as",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        copy=False,
        lock="workflow",
        check_company=True,
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        lock="workflow",
        check_company=True,
    )
    restore = fields.Json(readonly=True, lock="workflow", help="What the line had before.")
    is_removed = fields.Boolean(string="Take Out")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('service_is_recurring', '=', True)]",
        check_company=True,
    )
    name = fields.Text(
        string="Description",
        compute="_compute_product",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
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
        aggregator=None,
    )
    discount = fields.Float(string="Disc.%", digits="Discount", aggregator=None)
    discount_until = fields.Date(
        string="Discounted until", help="Last day of the discount; empty: it never ends."
    )
    price_period = fields.Selection(
        PRICE_PERIODS,
        compute="_compute_product",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    change = fields.Selection(
        [
            ("keep", "Kept"),
            ("change", "Changed"),
            ("remove", "Taken out"),
            ("add", "New"),
        ],
        compute="_compute_change",
        store=True,
    )
    drafted = fields.Json(
        readonly=True,
        copy=False,
        help="What the contract's line was when this was written.",
        lock="workflow",
    )
    monthly_before = fields.Monetary(compute="_compute_monthly_amounts")
    monthly_after = fields.Monetary(compute="_compute_monthly_amounts", string="Per Month")

    _quantity_not_zero = models.Constraint(
        "CHECK (quantity <> 0)", "A product has a quantity: take it out instead."
    )

    @api.constrains("contract_line_id", "amendment_id")
    def _check_contract_line(self):
        """Refuse to change another contract's line."""
        for row in self.filtered("contract_line_id"):
            if row.contract_line_id.contract_id != row.amendment_id.contract_id:
                raise UserError(
                    self.env._(
                        "“%(line)s” is another contract's.",
                        line=row.contract_line_id.product_id.display_name,
                    )
                )

    def _check_not_given_away(self):
        """Leave to managers what is provided for nothing from now on; what was is kept."""
        for row in self.filtered(lambda row: row.change in ("change", "add")):
            if not row.contract_line_id or row.contract_line_id.price_monthly:
                price = row.price_unit * (1 - row.discount / 100)
                pricelist = row.amendment_id.contract_id.pricelist_id
                row.product_id._check_given_away(price, row.quantity, pricelist)

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._check_draft()
        for row in rows.filtered("contract_line_id"):
            row._as_workflow().drafted = row._dump_source()
        return rows

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        self._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        self._check_draft()

    def _check_draft(self):
        """Lock the rows of what is or was in force: taking it back relies on them."""
        if not self._is_workflow():
            for amendment in self.amendment_id:
                amendment._check_state("draft")

    def _is_due(self):
        """Tell whether this is about what is provided on the amendment's day."""
        self.ensure_one()
        line, day = self.contract_line_id._origin, self.amendment_id.effective_date
        return not line or not day or line._is_served_on(day)

    @api.depends("product_id")
    def _compute_product(self):
        """Take description and price of a product, unless it is the one of the contract's line."""
        for line in self.filtered("product_id"):
            source = line.contract_line_id
            if source.product_id == line.product_id:
                line.update({name: source[name] for name in ("name", "price_unit", "price_period")})
            else:
                line.update(line._prepare_product_vals())

    def _prepare_product_vals(self):
        self.ensure_one()
        contract, product = self.amendment_id.contract_id, self.product_id
        translated = product.with_context(lang=contract.partner_id.lang)
        return {
            "name": translated.get_product_multiline_description_sale(),
            "price_period": product.service_price_period or "1",
            "price_unit": contract.pricelist_id._get_product_price(
                product,
                self.quantity or 1.0,
                currency=contract.currency_id,
                date=self.amendment_id.effective_date,
            ),
        }

    @api.depends(
        "is_removed",
        "product_id",
        "name",
        "quantity",
        "price_unit",
        "discount",
        "discount_until",
        "price_period",
    )
    def _compute_change(self):
        for line in self.filtered(lambda line: line.amendment_id.state != "done"):
            if not line.contract_line_id:
                line.change = "add"
            elif line.is_removed:
                line.change = "remove"
            else:
                line.change = "change" if line._get_changed_vals() else "keep"

    @api.depends(
        "change",
        "quantity",
        "price_unit",
        "discount",
        "discount_until",
        "price_period",
        "amendment_id.effective_date",
    )
    def _compute_monthly_amounts(self):
        today = fields.Date.context_today(self)
        for line in self:
            months, day = int(line.price_period or 1), line.amendment_id.effective_date or today
            percent = percent_on(line.discount, line.discount_until, day)
            net = line.quantity * line.price_unit * (1 - percent / 100)
            source = line.contract_line_id
            line.monthly_before = source and source._get_monthly_on(day)
            line.monthly_after = 0 if line.change == "remove" else net / months

    @api.model
    def _get_amended_fields(self):
        """Return the names, shared with the contract's line, of what an amendment changes."""
        return (
            "product_id",
            "name",
            "quantity",
            "price_unit",
            "discount",
            "discount_until",
            "price_period",
        )

    @api.model
    def _dump(self, record):
        """Return what a line, or a row, has of that: values to write, dates in ISO form."""
        values = {
            name: record._fields[name].convert_to_write(record[name], record)
            for name in self._get_amended_fields()
        }
        return {**values, "discount_until": fields.Date.to_string(values["discount_until"])}

    @api.model
    def _prepare_kept_vals(self, line):
        vals = self._dump(line)
        return {**vals, "contract_line_id": line.id, "sequence": line.sequence}

    def _get_changed_vals(self):
        """Return the new values, as for a write, that differ from the contract's line."""
        self.ensure_one()
        source = self.contract_line_id
        values = self._dump(self)
        return {name: value for name, value in values.items() if self[name] != source[name]}

    # ----- Words -----

    def _format_before(self):
        """Return what was provided until now: quantity, price, period; empty for what is new."""
        self.ensure_one()
        source = self.contract_line_id._origin
        return source and self._format_price(source)

    def _format_after(self):
        """Return what is provided from then on; empty for what is taken out."""
        self.ensure_one()
        return self.change != "remove" and self._format_price(self)

    def _format_price(self, item):
        """Return quantity, price as the customer reads it, and period of what has a price."""
        labels = get_labels(item, "price_period")
        contract = self.amendment_id.contract_id
        price = contract._get_shown_price(item.product_id._origin, item.price_unit)
        price = formatLang(self.env, price, currency_obj=item.currency_id)
        discount = self._format_discount(item)
        return f"{item.quantity:g} × {price}{discount} ({labels[item.price_period].lower()})"

    def _format_discount(self, item):
        """Return a discount in words, with its last day where it has one."""
        if not item.discount:
            return ""
        if not item.discount_until:
            return f" − {item.discount:g} %"
        words = self.env._(
            "%(percent)s %% until %(day)s",
            percent=format_number(self.env, item.discount),
            day=format_date(self.env, item.discount_until),
        )
        return f" − {words}"

    # ----- In force -----

    def _apply(self):
        """Change the contract's line from the amendment's day on, and keep what it had."""
        self.ensure_one()
        self = self._as_workflow()
        day, source = self.amendment_id.effective_date, self.contract_line_id._as_workflow()
        if source and not source.exists()._is_served_on_or_after(day):
            raise UserError(
                self.env._(
                    "“%(line)s” is no longer provided on %(day)s: take its row out.",
                    line=source.product_id.display_name,
                    day=format_date(self.env, day),
                )
            )
        if self.change == "remove":
            self.restore = {"date_end": fields.Date.to_string(source.date_end)}
            source._close_from(day)
        elif self.change == "change":
            vals = self._get_changed_vals()
            before = self._dump(source)
            self.restore = {name: before[name] for name in vals}
            self.new_line_id = source._replace_from(day, **vals)
            self._link_sale_line()
        elif self.change == "add":
            self.new_line_id = source.create(self._prepare_added_vals())

    def _link_sale_line(self):
        """Tie the line that goes on to what sold it; one that goes on as itself stays tied."""
        if self.sale_line_id and self.new_line_id != self.contract_line_id:
            self.new_line_id._as_workflow().sale_line_id = self.sale_line_id

    def _prepare_added_vals(self):
        amendment = self.amendment_id
        return {
            **self._dump(self),
            "contract_id": amendment.contract_id.id,
            "sequence": self.sequence,
            "date_start": amendment.effective_date,
            "sale_line_id": self.sale_line_id.id,
        }

    def _undo(self):
        self.ensure_one()
        source = self.contract_line_id._as_workflow()
        new = self.new_line_id._as_workflow()
        if self.change == "remove":
            source._undo_close(self.restore["date_end"])
        elif self.change == "change":
            source._undo_replacement(new, **self.restore)
        elif self.change == "add":
            new._check_not_replaced()
            new.unlink()

    # ----- What it was written from -----

    def _dump_source(self):
        """Return what the contract's line is now, under the names that both share."""
        self.ensure_one()
        return self._dump(self.contract_line_id)

    def _is_behind(self):
        """Tell whether the contract's line is no longer what it was.

        What older drafts remember nothing of counts as it is.
        """
        self.ensure_one()
        present = self._dump_source()
        return not self.drafted or {**present, **self.drafted} != present

    def _rebase(self, line):
        """Stand for another line, or for what has become of it; own changes stay."""
        self.ensure_one()
        before = {**self._dump_source(), **(self.drafted or {})}
        own = {
            name: value
            for name, value in self._dump_own().items()
            if value != before[name] and not self.is_removed
        }
        row = self._as_workflow()
        row.contract_line_id = line
        row.write({**row._dump_source(), **own, "drafted": row._dump_source()})

    def _dump_own(self):
        return self._dump(self)

    # ----- The estimate of a loss -----

    def _get_untaxed_price(self, period):
        """Return the price as amended for some days, within the dates of the line it changes."""
        self.ensure_one()
        source = self.contract_line_id._origin
        days = source._get_own_days(period) if source else period
        return self.amendment_id.contract_id.sudo()._get_untaxed_price_of(self, days)
