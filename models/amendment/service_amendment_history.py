from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, formatLang

from ..common.field_values import get_labels
from ..common.words import format_number, say_of


class ServiceAmendment(models.Model):
    """Before and after, side by side: what screens and the printed amendment show."""

    _inherit = "service.amendment"

    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    summary = fields.Char(compute="_compute_summary", string="What Changes")

    @api.depends("before", "after", "state")
    @api.depends_context("lang")
    def _compute_comparison(self):
        for amendment in self:
            amendment.comparison = amendment.after and self.env["ir.qweb"]._render(
                "service_contract.amendment_comparison", {"amendment": amendment}
            )

    @api.depends(
        "line_ids.change",
        "level_id",
        "level_before_id",
        "is_new_commitment",
        "is_new_renewal",
        "is_new_billing",
        "state",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for amendment in self:
            amendment.summary = " · ".join(amendment._get_summary())

    def _get_summary(self):
        """Return the changes in a few words each."""
        self.ensure_one()
        parts = []
        if self._has_level_change():
            parts.append(
                self.env._(
                    "%(before)s → %(after)s",
                    before=self._get_level_before().name or "–",
                    after=self.level_id.name or "–",
                )
            )
        labels = get_labels(self.line_ids, "change")
        parts += [
            say_of(self.env, labels[line.change], line.product_id.display_name)
            for line in self.line_ids
            if line.change != "keep"
        ]
        if self.is_new_commitment:
            parts.append(self.env._("New commitment"))
        if self.is_new_renewal:
            parts.append(self.env._("Other renewals"))
        if self.is_new_billing:
            parts.append(self.env._("Other billing day"))
        return parts

    def _describe_coming(self):
        """Return what changes, from which day on, and what the contract brings then."""
        self.ensure_one()
        before, after = (
            formatLang(self.env, amount, currency_obj=self.currency_id)
            for amount in (self.monthly_before, self.monthly_after)
        )
        return self.env._(
            "From %(day)s on, by %(name)s: %(summary)s (%(before)s → %(after)s per month)",
            day=format_date(self.env, self.effective_date),
            name=self.name,
            summary=self.summary,
            before=before,
            after=after,
        )

    def _get_level_before(self):
        self.ensure_one()
        if self.after:
            return self.level_before_id
        return self.contract_id._get_level_on(self.effective_date or fields.Date.today())

    def _has_level_change(self):
        return self.level_id != self._get_level_before()

    def _get_comparison_rows(self):
        """Return ``(line before or None, line after or None)`` of the recorded values, in order.

        A line and the one that replaces it stand side by side.
        """
        self.ensure_one()
        after = list(self.after["lines"])
        rows = []
        for old in self.before["lines"]:
            new = next(
                (line for line in after if old["id"] in (line["id"], line["previous"])), None
            )
            if new:
                after.remove(new)
            rows.append((old, new))
        return rows + [(None, new) for new in after]

    def _format_line(self, line):
        """Return a recorded line in words: quantity, price as the customer reads it, period.

        What was recorded before prices were said with or without tax has the product's own.
        """
        if not line:
            return ""
        labels = get_labels(self.env["service.contract.line"], "price_period")
        price = formatLang(
            self.env, line.get("shown_price", line["price"]), currency_obj=self.currency_id
        )
        percent = format_number(self.env, line["discount"] or 0)
        words = line.get("discount_words") or f"{percent}\N{NO-BREAK SPACE}%"
        discount = f" − {words}" if line["discount"] else ""
        quantity = format_number(self.env, line["quantity"])
        return f"{quantity} × {price}{discount} ({labels[str(line['period'])].lower()})"

    def _get_date(self, text):
        return fields.Date.to_date(text) if text else False

    # ----- The document -----

    def _get_document_report(self):
        return "service_contract.service_amendment_report"

    def _get_document_name(self):
        self.ensure_one()
        amendment = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return amendment.env._("Amendment %(name)s", name=self.name)

    def _check_document(self):
        if self.state != "done":
            raise UserError(
                self.env._(
                    "%(amendment)s: put it in force before it is printed.", amendment=self.name
                )
            )
