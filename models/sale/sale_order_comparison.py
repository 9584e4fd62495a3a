from odoo import api, fields, models
from odoo.tools.misc import format_date, formatLang

from .sale_order_amendment import AMENDING


class SaleOrder(models.Model):
    """What an amending quotation replaces, from which day on: before and after, side by side."""

    _inherit = "sale.order"

    service_amendment_note = fields.Text(compute="_compute_service_comparison")
    service_comparison = fields.Html(
        string="Before and After", compute="_compute_service_comparison", sanitize=False
    )
    service_amendment_count = fields.Integer(compute="_compute_service_amendment_count")

    @api.depends(*AMENDING)
    @api.depends_context("lang")
    def _compute_service_comparison(self):
        for order in self:
            order.service_amendment_note = order._describe_amendment()
            order.service_comparison = order._render_comparison()

    @api.depends("service_amendment_ids.state")
    def _compute_service_amendment_count(self):
        for order in self:
            order.service_amendment_count = len(order.sudo()._get_done_amendments())

    def _get_amending_day(self):
        """Return the day from which on the quotation amends, empty: the day it is confirmed."""
        self.ensure_one()
        done = self.sudo()._get_done_amendments()
        return done[:1].effective_date or self.service_start_date

    def _describe_amendment(self):
        """Return in a sentence what contract is amended, and from when; empty for none."""
        self.ensure_one()
        contract = self.sudo().service_amended_contract_id
        if not contract:
            return ""
        values = {"contract": contract.name, "family": contract.family_id.name}
        if day := self._get_amending_day():
            values["day"] = format_date(self.env, day)
            return self.env._(
                "Amends contract %(contract)s (%(family)s) from %(day)s on.", **values
            )
        return self.env._(
            "Amends contract %(contract)s (%(family)s) from the day on which it is confirmed.",
            **values,
        )

    def _render_comparison(self):
        """Return the table, as amended once that is done; empty where nothing is amended."""
        self.ensure_one()
        order = self.sudo()
        if not order.service_amended_contract_id:
            return False
        done = order._get_done_amendments()[:1]
        if done:
            return done.with_context(lang=self.env.lang).comparison
        rows = order._get_quoted_comparison()
        return rows and self.env["ir.qweb"]._render(
            "service_contract.quoted_comparison", {"order": order, "rows": rows}
        )

    def _get_quoted_comparison(self):
        """Return ``[(product, before, after, whether they differ)]`` in words, totals last."""
        amendment = self._imagine_amendment()
        if not amendment:
            return []
        rows = [row for row in amendment.line_ids if row._is_due()]
        contract = amendment.contract_id
        total = [
            formatLang(
                self.env,
                sum(
                    contract._get_shown_price(row.product_id._origin, row[f"monthly_{side}"])
                    for row in rows
                ),
                currency_obj=self.currency_id,
            )
            for side in ("before", "after")
        ]
        lines = [
            (row.product_id.display_name, row._format_before(), row._format_after()) for row in rows
        ]
        lines += self._get_level_comparison(amendment)
        lines.append((self.env._("Per month"), *total))
        return [(*line, line[1] != line[2]) for line in lines]

    def _get_level_comparison(self, amendment):
        before, after = amendment._get_level_before(), amendment.level_id
        return [(self.env._("Level"), before.name, after.name)] if before != after else []

    # ----- Buttons -----

    def action_open_amended_contract(self):
        """Open the contract that the quotation amends."""
        self.ensure_one()
        return self.service_amended_contract_id._get_records_action()

    def action_open_service_amendments(self):
        """Open what the quotation put in force."""
        self.ensure_one()
        amendments = self.service_amendment_ids.filtered(lambda record: record.state == "done")
        return amendments._get_records_action(name=self.env._("Amendments"))
