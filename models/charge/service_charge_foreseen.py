from collections import defaultdict

from odoo import api, models

from ..common.field_values import get_label


class ServiceCharge(models.Model):
    """What stands in the way of billing a charge, told before it is billed or even made."""

    _inherit = "service.charge"

    def _get_foreseen_matters(self):
        """Return ``{charge: [sentence, …]}`` of what a person has to settle; a hook.

        Charges that only ``new`` knows are asked about, too: nothing may be written.
        """
        matters = defaultdict(list)
        for charge in self:
            matters[charge] += filter(
                None,
                [
                    charge._foresee_hold(),
                    charge._foresee_tax(),
                    charge._foresee_archived(charge.product_id),
                    charge._foresee_archived(charge.partner_invoice_id),
                ],
            )
        return matters

    def _foresee_hold(self):
        if not (self._origin and self.state == "on_hold"):
            return None
        cause = self.hold_cause and get_label(self, "hold_cause")
        return self.env._("Held: %(cause)s.", cause=cause or self.reason_id.name or "…")

    def _foresee_tax(self):
        """Tell of what would be billed without tax, or by one that was put away (L08b)."""
        taxes = self._get_taxes_to_bill()
        if taxes is None:
            return self.env._("The tax of “%(product)s” is archived.", product=self.product_id.name)
        if self._is_untaxed():
            return self.env._("“%(product)s” has no tax.", product=self.product_id.name)
        return None

    def _foresee_archived(self, record):
        if record.active:
            return None
        return self.env._("“%(name)s” is archived.", name=record.display_name)

    def _is_releasing(self, today):
        """Tell whether a hold is over when charges are billed on a day (S30); a hook."""
        self.ensure_one()
        is_over = self.hold_until and self.hold_until < today
        return bool(is_over and not self.is_held and not self.hold_cause)

    @api.model
    def _get_dated_hold_domain(self):
        """Return the domain of the charges that nothing but a day keeps from being billed."""
        return [
            ("state", "=", "on_hold"),
            ("is_held", "=", False),
            ("hold_cause", "=", False),
            ("hold_until", "!=", False),
        ]

    # ----- On an invoice -----

    def _get_amounts_on_invoice(self, company, known=None):
        """Return ``[(untaxed amount, total)]`` of each of these charges as one invoice has them.

        To the cent, where taxes are rounded by invoice as well as by line; nothing is made. The
        same invoice is reckoned once: ``known`` remembers it for other months.
        """
        lines = [charge._prepare_base_line() for charge in self]
        known = {} if known is None else known
        key = tuple(map(self._get_base_line_key, lines))
        if key not in known:
            known[key] = self._reckon_invoice(lines, company)
        return known[key]

    def _get_base_line_key(self, line):
        """Return what decides the taxes of a line: who pays does so by formulas alone."""
        names = ("currency_id", "product_id", "tax_ids", "quantity", "price_unit", "discount")
        by_payer = "code" in line["tax_ids"].mapped("amount_type")
        return (*(line[name] for name in names), by_payer and line["partner_id"])

    def _reckon_invoice(self, lines, company):
        taxes = self.env["account.tax"]
        taxes._add_tax_details_in_base_lines(lines, company)
        taxes._round_base_lines_tax_details(lines, company)
        return [self._read_base_line(line["tax_details"]) for line in lines]

    def _prepare_base_line(self):
        """Return what Odoo's tax engine has to know of a charge that is billed."""
        self.ensure_one()
        owed = self._prepare_owed_vals()
        taxes = self._get_taxes_to_bill()
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            self,
            product_id=self.product_id,
            partner_id=self.partner_invoice_id,
            currency_id=self.currency_id,
            tax_ids=self.tax_ids._origin if taxes is None else taxes,
            quantity=owed["quantity"],
            price_unit=owed["price_unit"],
            discount=owed["discount"],
        )

    def _read_base_line(self, details):
        untaxed = details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        taxes = sum(tax["tax_amount_currency"] for tax in details["taxes_data"])
        return untaxed, untaxed + taxes
