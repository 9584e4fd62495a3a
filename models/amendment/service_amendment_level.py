from odoo import api, fields, models


class ServiceAmendment(models.Model):
    """Level and product go together: what is provided is what is paid (S05, S09).

    A level that none of the products is sold for, the higher level at the lower one's price say,
    is allowed by a manager only, with a reason, as what an amendment takes out of a commitment.
    """

    _inherit = "service.amendment"

    level_warning = fields.Text(compute="_compute_level_warning")

    @api.depends("state", "effective_date", "level_id", "line_ids.product_id", "line_ids.change")
    @api.depends_context("lang")
    def _compute_level_warning(self):
        for amendment in self:
            is_open = amendment.state in ("draft", "quoted") and amendment.contract_id
            is_apart = is_open and amendment.effective_date and amendment._is_level_apart()
            amendment.level_warning = is_apart and amendment._describe_level_apart()

    def _is_level_apart(self):
        """Tell whether the level becomes one that no product is sold for; a hook.

        What was apart already, and stays as it is, was somebody's decision before.

        :return: bool
        """
        self.ensure_one()
        before = self._get_present_level()
        level = self.level_id or before
        sold_before, sold = self._get_sold_levels_before(), self._get_sold_levels()
        is_same = level == before and (sold == sold_before or not sold)
        return not is_same and level not in sold

    def _get_sold_levels_before(self):
        lines = self.contract_id.line_ids.filtered(
            lambda line: line._is_served_on(self.effective_date)
        )
        return lines.product_id.service_level_id

    def _get_sold_levels(self):
        """Return the levels that the products are sold for from the amendment's day on."""
        rows = self.line_ids.filtered(lambda row: row.change != "remove" and row._is_due())
        lines = self.contract_id.line_ids.filtered(
            lambda line: line._is_served_on(self.effective_date)
        )
        untouched = lines - self.line_ids.contract_line_id._origin
        products = rows.product_id._origin | untouched.product_id
        return products.service_level_id

    def _describe_level_apart(self):
        level = self.level_id or self._get_present_level()
        sold = self._get_sold_levels()
        if not sold:
            return self.env._(
                "No product of this amendment is sold for the level “%(level)s”. Choose the "
                "product of that level; otherwise a manager decides, with a reason.",
                level=level.name,
            )
        return self.env._(
            "The level would be “%(level)s”, but the products are sold for “%(sold)s”. Let both go "
            "together; otherwise a manager decides, with a reason.",
            level=level.name or "–",
            sold=", ".join(sold.mapped("name")),
        )

    # ----- While it is typed -----

    @api.onchange("level_id")
    def _onchange_level(self):
        """Sell what is sold for another level by the product of the new one, where it is one."""
        if not self.level_id:
            return
        rows = self.line_ids.filtered(
            lambda row: not row.is_removed and row.product_id.service_level_id
        )
        sold = rows.product_id.service_level_id._origin
        product = self._find_product_of(self.level_id)
        if self.level_id._origin not in sold and len(rows) == 1 and len(product) == 1:
            rows.product_id = product

    @api.onchange("line_ids")
    def _onchange_products(self):
        """Take the level of the product that was chosen."""
        rows = self.line_ids.filtered(lambda row: not row.is_removed)
        sold = rows.product_id.service_level_id._origin
        if len(sold) == 1:
            self.level_id = sold

    @api.model
    def _find_product_of(self, level):
        return self.env["product.product"].search(
            [("service_is_recurring", "=", True), ("service_level_id", "=", level._origin.id)],
            limit=2,
        )
