from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date


class ServiceContractLine(models.Model):
    """What amendments ask of a contract's line, and what they keep of it."""

    _inherit = "service.contract.line"

    def _check_not_closed(self):
        """Refuse to take back a line that another amendment has taken out since."""
        closing = self.env["service.amendment.line"].search(
            [
                ("contract_line_id", "in", self.ids),
                ("change", "=", "remove"),
                ("amendment_id.state", "=", "done"),
            ],
            limit=1,
        )
        if closing:
            raise UserError(
                self.env._(
                    "“%(line)s” was changed again from %(day)s on: take that back first.",
                    line=closing.product_id.display_name,
                    day=format_date(self.env, closing.amendment_id.effective_date),
                )
            )
        return super()._check_not_closed()

    def _is_billed_since(self, day):
        """Tell whether something was billed, or decided, of periods that begin or end on a day on.

        What was charged before, and reaches beyond that day, is of the periods as they were.
        """
        domain = fields.Domain(self._get_settled_domain())
        cut = fields.Domain("date_start", ">=", day) | fields.Domain("date_end", "=", day)
        return bool(self.env["service.charge"].sudo().search_count(domain & cut, limit=1))

    def _prepare_snapshot(self):
        """Return what a line is, in words that last."""
        self.ensure_one()
        first, end = self._get_lifetime()
        return {
            "id": self.id,
            "previous": self.previous_line_id.id,
            "product": self.product_id.display_name,
            "quantity": self.quantity,
            "price": self.price_unit,
            "shown_price": self.contract_id._get_shown_price(self.product_id, self.price_unit),
            "discount": self.discount,
            "discount_words": self._describe_discount(),
            "period": int(self.price_period),
            "monthly": self.price_monthly,
            "start": first.isoformat(),
            "end": end.isoformat() if end else "",
        }

    def _follow(self, lines):
        """Return which of some lines goes on with this one, itself included; empty for none."""
        self.ensure_one()
        line = self
        while line and line not in lines:
            line = line.search([("previous_line_id", "=", line.id)], order="id", limit=1)
        return line
