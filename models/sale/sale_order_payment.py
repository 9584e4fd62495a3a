from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_amount


class SaleOrder(models.Model):
    """What an order asks to be paid in advance, or gives away: its one-off products (S37).

    Contracts bill what recurs, from their first day on. Paid with the order as well, it would be
    paid twice; promised free with it, it would be free for ever.
    """

    _inherit = "sale.order"

    # ----- Payment -----

    def _get_payable_total(self):
        """Return the total, taxes included, of what the order itself invoices; a hook.

        :return: float, in the order's currency
        """
        self.ensure_one()
        if not self.service_has_recurring:
            return self.amount_total
        lines = self._get_lines_paid_by_order()
        taxes = self.env["account.tax"]
        base_lines = [line._prepare_base_line_for_taxes_computation() for line in lines]
        taxes._add_tax_details_in_base_lines(base_lines, self.company_id)
        taxes._round_base_lines_tax_details(base_lines, self.company_id)
        totals = taxes._get_tax_totals_summary(base_lines, self.currency_id, self.company_id)
        return max(totals["total_amount_currency"], 0.0)

    def _get_lines_paid_by_order(self):
        return self.order_line.filtered(
            lambda line: not line.display_type and not line.service_is_recurring
        )

    def _get_payable_rest(self):
        """Return what is left to pay of what the order itself invoices."""
        self.ensure_one()
        return max(self._get_payable_total() - self.amount_paid, 0.0)

    def _get_prepayment_required_amount(self):
        required = super()._get_prepayment_required_amount()
        if not self.service_has_recurring or not required:
            return required
        return self.currency_id.round(self._get_payable_total() * self.prepayment_percent)

    def _get_default_payment_link_values(self):
        self._check_loss_allowed()
        values = super()._get_default_payment_link_values()
        if self.service_has_recurring:
            rest = self._get_payable_rest()
            is_asked = self.state in ("draft", "sent") and self.require_payment
            amount = min(values["prepayment_amount"], rest) if is_asked else rest
            values.update(amount=amount, amount_max=rest)
        return values

    def _is_paid(self):
        """Tell whether all is paid that the order itself invoices."""
        if not self.service_has_recurring:
            return super()._is_paid()
        return self.currency_id.compare_amounts(self.amount_paid, self._get_payable_total()) >= 0

    def _check_payable(self, amount):
        """Refuse to take a payment for what a contract bills."""
        self.ensure_one()
        if not self.service_has_recurring:
            return
        rest = self._get_payable_rest()
        if self.currency_id.compare_amounts(amount, rest) > 0:
            raise UserError(
                self.env._(
                    "%(order)s: at most %(amount)s is paid in advance; recurring products are "
                    "billed by their contract.",
                    order=self.name,
                    amount=format_amount(self.env, rest, self.currency_id),
                )
            )

    # ----- Invoices -----

    def _force_lines_to_invoice_policy_order(self):
        """Invoice with a paid order what it sold, but for what its contracts bill."""
        result = super()._force_lines_to_invoice_policy_order()
        self.order_line.filtered("service_is_recurring").qty_to_invoice = 0
        return result

    def _get_invoiceable_lines(self, final=False):
        """Leave recurring lines to their contract, whatever says that they are to invoice."""
        lines = super()._get_invoiceable_lines(final)
        return lines.filtered(lambda line: not line.service_is_recurring)

    # ----- Promotions: what the loyalty add-on asks, where it is installed -----

    def _get_no_effect_on_threshold_lines(self):
        """Leave recurring lines out of what promotions count and lessen."""
        neutral = getattr(super(), "_get_no_effect_on_threshold_lines", None)
        recurring = self.order_line.filtered("service_is_recurring")
        return recurring | neutral() if neutral else recurring

    def _discountable_order(self, reward):
        """Leave recurring lines out of what gift cards pay, too."""
        order = self.with_context(service_order_lines_only=True)
        return super(SaleOrder, order)._discountable_order(reward)

    def _get_reward_values_product(self, reward, coupon, product=None, **kwargs):
        """Refuse to give a recurring product away: its contract would be free for ever."""
        self._check_gift(product or reward.reward_product_ids[:1])
        return super()._get_reward_values_product(reward, coupon, product=product, **kwargs)

    @api.model
    def _check_gift(self, product):
        if product.service_is_recurring:
            raise UserError(
                self.env._(
                    "“%(product)s” is recurring: a promotion cannot give it away, its contract "
                    "would be free for ever. Waive the charges of some months instead.",
                    product=product.display_name,
                )
            )
