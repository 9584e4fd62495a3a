from odoo import models
from odoo.tools.misc import format_amount

from ...tools import exits
from ..common.words import say_of
from ..company.res_partner import TAX_SHOWN_REGIMES


class SaleOrder(models.Model):
    """What a quotation tells the customer: what prices are per, and the commitment (S35)."""

    _inherit = "sale.order"

    def _get_commitment_rows(self):
        """Return ``[(name of the service, what signing commits to, in sentences)]``.

        Names and words are in the language of the environment: the customer's, where it is printed.
        """
        self.ensure_one()
        order = self.sudo()
        families = order.order_line.filtered("service_is_recurring").product_id.service_family_id
        rows = [(family.name, order._describe_commitment(family)) for family in families]
        return [*rows, *order._get_billing_rows(families)]

    def _get_billing_rows(self, families):
        """Return which days the first invoice is for, where it is for a part of a period."""
        amended = self.service_amended_contract_id.family_id
        terms = [self._get_term(family) for family in families - amended]
        return [
            (self.env._("%(service)s, invoices", service=term.family_id.name), words)
            for term in terms
            if term.billing_start != "start" and (words := term._describe_billing())
        ]

    def _describe_commitment(self, family):
        contract = self.service_amended_contract_id
        if contract.family_id == family:
            return self._describe_amended_commitment(contract)
        term = self._get_term(family)
        return family._describe_commitment_to_customer(
            term._get_binding_months(), term.tacit_months, term.notice_count, term.notice_unit
        )

    def _describe_amended_commitment(self, contract):
        months = self.service_amendment_months
        if not months:
            return self.env._(
                "The end of the commitment of contract %(name)s does not change.",
                name=contract.name,
            )
        if contract.is_telecom:
            months = exits.limit_commitment(months, self._get_service_customer())
        _number, tacit_months, notice = contract._get_renewal_rules()[-1]
        return contract.family_id._describe_commitment_to_customer(
            months, tacit_months, notice.count, notice.unit
        )

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        """Add what the total leaves open: per month, for how long; in the customer's language."""
        context = super()._notify_by_email_prepare_rendering_context(message, *args, **kwargs)
        if self.service_has_recurring and self.state in ("draft", "sent"):
            order = self.with_context(lang=self.partner_id.lang or self.env.lang)
            context["subtitles"] += order._get_recurring_words()
        return context

    def _get_recurring_words(self):
        total = format_amount(self.env, self._get_shown_monthly_total(), self.currency_id)
        if self._is_tax_shown():
            words = self.env._("Recurring, tax included: %(amount)s per month", amount=total)
        else:
            words = self.env._("Recurring, without tax: %(amount)s per month", amount=total)
        if any(self.order_line.mapped("service_discount_words")):
            words = self.env._("%(words)s; %(full)s", words=words, full=self._describe_full())
        return [
            words,
            *(say_of(self.env, name, words) for name, words in self._get_commitment_rows()),
        ]

    def _describe_full(self):
        """Return what recurs each month once the discounts of the first months are over."""
        lines = self.order_line.filtered("service_is_recurring")
        amount = sum(line._get_full_monthly() for line in lines)
        total = format_amount(self.env, amount, self.currency_id)
        return self.env._("%(amount)s per month after the discounts that end", amount=total)

    # ----- Prices as the customer reads them -----

    def _is_tax_shown(self):
        """Tell whether the customer reads prices with tax: a consumer, or who may be one (L20)."""
        self.ensure_one()
        return self._is_regime_open() or self.service_regime in TAX_SHOWN_REGIMES

    def _get_tax_words(self):
        """Return the words of the headings; none where the document stays Odoo's own."""
        self.ensure_one()
        if self._is_tax_shown():
            return self.env._("incl. tax")
        return self.env._("excl. tax") if self.service_has_recurring else ""

    def _get_shown_monthly_total(self):
        """Return what recurs each month as the customer reads it."""
        self.ensure_one()
        if not self._is_tax_shown():
            return self.service_monthly_total
        lines = self.order_line.filtered("service_is_recurring")
        return sum(line.price_total / int(line.service_price_period or 1) for line in lines)
