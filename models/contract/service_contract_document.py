from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_amount

from ..common.field_values import get_labels
from ..company.res_partner import TAX_SHOWN_REGIMES


class ScopeRow(NamedTuple):
    """One work type in the table of the contract: what the level does with it, and why."""

    work: str
    effect: str
    note: str


class ServiceContract(models.Model):
    """The contract as it is signed (S23, S32, S37)."""

    _name = "service.contract"
    _inherit = ["service.contract", "service.document.mixin"]

    conditions_sent_on = fields.Date(
        readonly=True, copy=False, help="When they were last sent on request.", lock="workflow"
    )
    has_customer_email = fields.Boolean(compute="_compute_has_customer_email", compute_sudo=True)

    @api.depends("partner_id.email_normalized")
    def _compute_has_customer_email(self):
        for contract in self:
            contract.has_customer_email = bool(contract.partner_id.email_normalized)

    def _get_document_report(self):
        return "service_contract.service_contract_report"

    def _get_document_name(self):
        self.ensure_one()
        contract = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return contract.env._("Contract %(name)s", name=self.name)

    def _check_document(self):
        if self.state == "cancelled":
            raise UserError(self.env._("%(contract)s is cancelled.", contract=self.name))

    def _get_document_conditions(self):
        """Return the conditions as signed, before that those that will be signed (S37)."""
        self.ensure_one()
        return self.conditions_snapshot or self._get_signed_conditions()

    def action_send_conditions(self):
        """Send the customer the general conditions, which are given on request (S37)."""
        self.ensure_one()
        self.check_access("read")
        told = self.conditions_id._send(self, self.partner_id)
        self.sudo().conditions_sent_on = self._get_local_today()
        return told

    def _get_document_lines(self):
        """Return the products served now or later; of an ended contract those of its end."""
        self.ensure_one()
        today = self._get_local_today()
        day = min(today, self.date_end or today)
        return self.line_ids.filtered(lambda line: line._is_served_on_or_after(day))

    def _get_scope_rows(self, level):
        """Return the table of what a level includes, bills and does not offer (S17–S22)."""
        rules = level.sudo().scope_rule_ids.with_context(lang=self.env.lang)
        effects = get_labels(rules, "effect")
        return [
            ScopeRow(rule.work_type_id.name, effects[rule.effect], rule.note or "")
            for rule in rules.sorted(lambda rule: (rule.work_type_id.sequence, rule.id))
        ]

    # ----- Prices as the customer reads them: with tax by consumers, without by the others -----

    def _is_tax_shown(self):
        """Tell whether the customer reads prices with tax (L20)."""
        self.ensure_one()
        return self.regime in TAX_SHOWN_REGIMES

    def _get_tax_words(self):
        """Return the words that stand beside every price, in the reader's language."""
        return self.env._("incl. tax") if self._is_tax_shown() else self.env._("excl. tax")

    def _get_shown_price(self, product, price):
        """Return a price of a product as the customer reads it: by the taxes it is billed with."""
        self.ensure_one()
        charges = self.env["service.charge"]
        taxes = charges._get_taxes(product, self.company_id, self.fiscal_position_id)
        found = taxes._compute_line_of_charge(
            price, currency=self.currency_id, product=product, partner=self.partner_invoice_id
        )
        return found["total_included" if self._is_tax_shown() else "total_excluded"]

    def _describe_tariff(self, level):
        """Return what billed work costs this customer, by the contract's pricelist."""
        self.ensure_one()
        tariff = level._get_tariff(self._get_local_today(), "remote")
        if not tariff:
            return ""
        phrases = tariff._describe_prices(self._format_shown_price)
        summary = " · ".join([*phrases, self._get_tax_words()])
        return summary[:1].upper() + summary[1:]

    def _format_shown_price(self, product):
        price = self.pricelist_id._get_product_price(product, 1.0, currency=self.currency_id)
        return format_amount(self.env, self._get_shown_price(product, price), self.currency_id)
