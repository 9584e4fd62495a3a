from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..common.field_values import get_label


class ServicePriceRevisionLine(models.Model):
    """Old and new price of one line of a contract."""

    _name = "service.price.revision.line"
    _description = "Revised Price"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "revision_id, id"

    revision_id = fields.Many2one(
        "service.price.revision", required=True, ondelete="cascade", index=True, lock="once"
    )
    company_id = fields.Many2one(related="revision_id.company_id")
    currency_id = fields.Many2one(related="revision_id.currency_id")
    contract_line_id = fields.Many2one(
        "service.contract.line",
        required=True,
        ondelete="cascade",
        index=True,
        lock="once",
        check_company=True,
    )
    new_line_id = fields.Many2one(
        "service.contract.line",
        string="Goes on as",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
        check_company=True,
    )
    product_id = fields.Many2one(related="contract_line_id.product_id")
    quantity = fields.Float(related="contract_line_id.quantity")
    price_period = fields.Selection(related="contract_line_id.price_period")
    discount = fields.Float(related="contract_line_id.discount")
    old_price = fields.Float(digits="Product Price", required=True, aggregator=None, lock="once")
    new_price = fields.Float(digits="Product Price", required=True, aggregator=None, lock="once")
    percent = fields.Float(string="%", compute="_compute_percent", digits=(9, 2))

    @api.depends("old_price", "new_price")
    def _compute_percent(self):
        for line in self:
            change = line.new_price - line.old_price
            line.percent = 100 * change / line.old_price if line.old_price else 0

    def _describe_terms(self):
        """Return for how many the price is, for what time, and its discount, in words."""
        self.ensure_one()
        show = self.revision_id._format
        words = [f"× {show(self.quantity)}", get_label(self, "price_period")]
        line, day = self.contract_line_id, self.revision_id.effective_date
        if percent := line._get_discount_on(day):
            percent = show(percent)
            words.append(self.env._("%(percent)s %% discount", percent=percent))
        return " · ".join(words)

    def _get_shown_prices(self):
        """Return ``(old, new)`` as the customer reads prices, with tax or without."""
        self.ensure_one()
        contract = self.contract_line_id.contract_id
        old, new = self.old_price, self.new_price
        return tuple(contract._get_shown_price(self.product_id, price) for price in (old, new))

    def _apply(self, day):
        self.ensure_one()
        line = self.contract_line_id._as_workflow()
        new_line = line._replace_from(day, price_unit=self.new_price)
        self._as_workflow().new_line_id = new_line

    def _undo(self):
        """Give the contract its line back; refused once the new price was billed or changed."""
        self.ensure_one()
        line = self.contract_line_id._as_workflow()
        new_line = self.new_line_id._as_workflow()
        if float_compare(new_line.price_unit, self.new_price, precision_digits=6):
            raise UserError(
                self.env._(
                    "“%(line)s” has another price by now: this can no longer be taken back.",
                    line=line.product_id.display_name,
                )
            )
        line._undo_replacement(new_line, price_unit=self.old_price)
        self._as_workflow().new_line_id = False
