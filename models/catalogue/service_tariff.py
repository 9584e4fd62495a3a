from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount
from odoo.tools.misc import format_date

from ...tools.sessions import AccessFee, Measure, Surcharge, TariffRule
from ..common.field_values import get_labels
from ..common.words import format_number

PRODUCT_DOMAIN = "[('type', '=', 'service'), ('service_is_recurring', '=', False)]"


class ServiceTariff(models.Model):
    """How the sessions of a level are priced from a date on (S01–S09).

    The prices themselves are those of the products, through the customer's pricelist.
    """

    _name = "service.tariff"
    _description = "Session Tariff"
    _inherit = ["service.catalogue.mixin", "service.workflow.mixin"]
    _order = "level_id, channel, date_from desc"

    level_id = fields.Many2one(
        "service.level",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="sealed",
    )
    company_id = fields.Many2one(related="level_id.company_id", store=True, precompute=True)
    date_from = fields.Date(
        string="In Force from",
        required=True,
        default=fields.Date.context_today,
        help="A tariff is in force until the next one of the same level and channel.",
        lock="sealed",
    )
    channel = fields.Selection(
        [("any", "Any"), ("remote", "Remote"), ("on_site", "On site")],
        default="any",
        required=True,
        help="A tariff of its own for remote or on-site work goes before one for any.",
        lock="sealed",
    )
    block_minutes = fields.Integer(
        string="Block",
        required=True,
        default=30,
        help="Minutes of a block. Every started block is due.",
        lock="sealed",
        aggregator=None,
    )
    first_block_product_id = fields.Many2one(
        "product.product",
        string="First Block",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain=PRODUCT_DOMAIN,
        help="The service sold for the first block; its price, tax and account are used.",
        lock="sealed",
    )
    next_block_product_id = fields.Many2one(
        "product.product",
        string="Next Blocks",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain=PRODUCT_DOMAIN,
        help="The service sold for each further block; the same as the first where the price is.",
        lock="sealed",
    )
    access_fee_mode = fields.Selection(
        [
            (AccessFee.NONE.value, "None"),
            (AccessFee.BEFORE.value, "On top of the first block"),
            (AccessFee.INSTEAD.value, "Instead of the first block"),
        ],
        string="Access Fee",
        default=AccessFee.NONE.value,
        required=True,
        help="A fixed fee per session, on top of the blocks or in place of the first one.",
        lock="sealed",
    )
    access_fee_product_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        check_company=True,
        domain=PRODUCT_DOMAIN,
        lock="sealed",
    )
    is_per_workstation = fields.Boolean(
        string="Per Workstation",
        help="Each workstation of a session has its own blocks.",
        lock="sealed",
    )
    measure = fields.Selection(
        [
            (Measure.SPAN.value, "From the first connection to the last disconnection"),
            (Measure.SUM.value, "Sum of the connections"),
        ],
        string="Time Measured",
        default=Measure.SPAN.value,
        required=True,
        lock="sealed",
    )
    minimum_minutes = fields.Integer(
        string="Minimum Time",
        help="Least minutes of a billed session; 0 for none.",
        lock="sealed",
        aggregator=None,
    )
    minimum_amount = fields.Float(
        digits="Product Price",
        help="Least amount of a billed session, in the currency and tax mode of the products; "
        "0 for none.",
        lock="sealed",
        aggregator=None,
    )
    surcharge_mode = fields.Selection(
        [
            (Surcharge.NONE.value, "None"),
            (Surcharge.PERCENT.value, "Percentage of the block's price"),
            (Surcharge.PRODUCT.value, "A product per block"),
        ],
        string="After Hours",
        default=Surcharge.NONE.value,
        required=True,
        help="What a block costs more that begins outside the hours of the level. It is owed for "
        "blocks drawn from an allowance as well.",
        lock="sealed",
    )
    surcharge_percent = fields.Float(
        string="Surcharge", digits="Discount", lock="sealed", aggregator=None
    )
    surcharge_product_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        check_company=True,
        domain=PRODUCT_DOMAIN,
        help="The service charged for each such block, on top of its price.",
        lock="sealed",
    )
    summary = fields.Char(compute="_compute_summary", help="The tariff in words, at list prices.")

    _in_force_unique = models.UniqueIndex(
        "(level_id, channel, date_from) WHERE active",
        "This level has a tariff from this date for this channel already.",
    )
    _durations_valid = models.Constraint(
        "CHECK (block_minutes > 0 AND minimum_minutes >= 0 AND minimum_amount >= 0)",
        "A tariff's block has at least one minute, and its minimums are not negative.",
    )
    _access_fee_product_required = models.Constraint(
        "CHECK (access_fee_mode = 'none' OR access_fee_product_id IS NOT NULL)",
        "A tariff with an access fee needs the product of that fee.",
    )

    _surcharge_complete = models.Constraint(
        "CHECK (surcharge_mode != 'percent' OR COALESCE(surcharge_percent, 0) > 0)",
        "A surcharge in percent is more than 0 %.",
    )
    _surcharge_product_required = models.Constraint(
        "CHECK (surcharge_mode != 'product' OR surcharge_product_id IS NOT NULL)",
        "A surcharge by product needs its product.",
    )

    @api.depends("level_id.name", "channel", "date_from")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = get_labels(self, "channel")
        for tariff in self:
            date = format_date(self.env, tariff.date_from)
            parts = (tariff.level_id.name, channels[tariff.channel], date)
            tariff.display_name = tariff.level_id.name and " · ".join(parts)

    @api.depends(
        "block_minutes",
        "is_per_workstation",
        "access_fee_mode",
        "first_block_product_id.lst_price",
        "first_block_product_id.service_price_included",
        "next_block_product_id.lst_price",
        "access_fee_product_id.lst_price",
        "surcharge_mode",
        "surcharge_percent",
        "surcharge_product_id.lst_price",
    )
    @api.depends_context("lang", "company")
    def _compute_summary(self):
        for tariff in self:
            summary = " · ".join(tariff._describe_prices())
            tariff.summary = summary[:1].upper() + summary[1:]

    @api.onchange("first_block_product_id")
    def _onchange_first_block_product_id(self):
        self.next_block_product_id = self.next_block_product_id or self.first_block_product_id

    @api.constrains(
        "first_block_product_id",
        "next_block_product_id",
        "access_fee_product_id",
        "surcharge_product_id",
    )
    def _check_products(self):
        for tariff in self:
            products = tariff._get_products()
            if unfit := products.filtered(lambda p: p.type != "service" or p.service_is_recurring)[
                :1
            ]:
                raise ValidationError(
                    self.env._(
                        "“%(tariff)s”: “%(product)s” cannot price a session. Choose a service "
                        "that is not recurring.",
                        tariff=tariff.display_name,
                        product=unfit.display_name,
                    )
                )
            if len(set(products.mapped("service_price_included"))) > 1:
                raise ValidationError(
                    self.env._(
                        "“%(tariff)s”: the prices of %(products)s are partly tax included. Choose "
                        "products that are all with, or all without, “Price Tax Included”.",
                        tariff=tariff.display_name,
                        products=", ".join(products.mapped("display_name")),
                    )
                )

    # ----- For the pure core -----

    def _get_products(self):
        """Return the products that this tariff charges."""
        blocks = self.first_block_product_id | self.next_block_product_id
        return blocks | self.access_fee_product_id | self.surcharge_product_id

    def _get_rule(self):
        """Return this tariff as the pure core knows it; durations in seconds."""
        self.ensure_one()
        return TariffRule(
            block_seconds=self.block_minutes * 60,
            measure=Measure(self.measure),
            per_workstation=self.is_per_workstation,
            access_fee=AccessFee(self.access_fee_mode),
            minimum_seconds=self.minimum_minutes * 60,
            minimum_amount=self._get_minimum_amount(),
            surcharge=Surcharge(self.surcharge_mode),
            surcharge_percent=Decimal(str(self.surcharge_percent)),
        )

    def _get_minimum_amount(self):
        """Return the least amount of a billed session as Decimal, None without one (S03)."""
        self.ensure_one()
        return Decimal(str(self.minimum_amount)) if self.minimum_amount else None

    def _describe_prices(self, show=None):
        """Return the tariff as short phrases, in the reader's language.

        ``show(product)`` returns the price that its reader pays; without it list prices are said,
        and whether they include tax.
        """
        phrases = [*self._describe_blocks(show or self._format_price)]
        if self.access_fee_mode != AccessFee.NONE.value and self.access_fee_product_id:
            fee = (show or self._format_price)(self.access_fee_product_id)
            phrases.insert(0, self.env._("access fee %(price)s", price=fee))
        phrases += self._describe_surcharge(show or self._format_price)
        if self.is_per_workstation:
            phrases.append(self.env._("per workstation"))
        return phrases if show else [*phrases, *self._describe_list_prices()]

    def _describe_list_prices(self):
        if self.first_block_product_id.service_price_included:
            yield self.env._("tax included")
        price, currency = self._get_shown_price(self.first_block_product_id)
        is_own = price == self.first_block_product_id.lst_price
        if is_own and currency and currency != self.env.company.currency_id:
            yield self.env._("list price")

    def _describe_surcharge(self, show):
        if self.surcharge_mode == Surcharge.PERCENT.value:
            percent = format_number(self.env, self.surcharge_percent)
            yield self.env._("after hours +%(percent)s %%", percent=percent)
        elif self.surcharge_mode == Surcharge.PRODUCT.value and self.surcharge_product_id:
            price = show(self.surcharge_product_id)
            yield self.env._("after hours +%(price)s per block", price=price)

    def _describe_blocks(self, show):
        first, following = self.first_block_product_id, self.next_block_product_id
        if not first or not following:
            return
        price, price_next, minutes = show(first), show(following), self.block_minutes
        if price == price_next:
            yield self.env._("%(price)s per %(minutes)s min", price=price, minutes=minutes)
            return
        if self.access_fee_mode != AccessFee.INSTEAD.value:
            yield self.env._("first %(minutes)s min %(price)s", price=price, minutes=minutes)
        yield self.env._(
            "each further %(minutes)s min %(price)s", price=price_next, minutes=minutes
        )

    def _format_price(self, product):
        price, currency = self._get_shown_price(product)
        return format_amount(self.env, price, currency)

    @api.model
    def _get_shown_price(self, product):
        """Return the list price, or that of the only pricelist with a price for the product.

        What is sold in another currency has its price in that pricelist, and none in ours.
        """
        items = self.env["product.pricelist.item"].sudo()
        if not product:
            return 0, product.currency_id
        items = items.search(
            [
                "|",
                ("product_id", "=", product.id),
                "&",
                ("product_id", "=", False),
                ("product_tmpl_id", "=", product.product_tmpl_id.id),
                ("compute_price", "=", "fixed"),
                ("min_quantity", "<=", 1),
                ("pricelist_id.active", "=", True),
                ("company_id", "in", (False, self.env.company.id)),
            ]
        )
        currencies = items.currency_id
        if len(items) == 1 and currencies != product.currency_id:
            return items.fixed_price, currencies
        return product.lst_price, product.currency_id
