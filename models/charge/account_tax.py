from odoo import api, models


class AccountTax(models.Model):
    """Lines of charges are what their charges are, however their company rounds its taxes."""

    _inherit = "account.tax"

    def _compute_line_of_charge(
        self, price_unit, currency, quantity=1.0, product=None, partner=None
    ):
        """Return what ``compute_all`` does, rounded as the line that bills a charge is (S06)."""
        is_apart = any(self.flatten_taxes_hierarchy().mapped("price_include"))
        return self.compute_all(
            price_unit,
            currency=currency,
            quantity=quantity,
            product=product,
            partner=partner,
            rounding_method="round_per_line" if is_apart else None,
        )

    @api.model
    def _add_tax_details_in_base_line(self, base_line, company, rounding_method=None):
        """Round lines with their tax inside one by one on an invoice of charges (S06).

        Where a company rounds per tax, four lines of 50.00 are 166.68 without tax and their invoice
        would be 166.67: lines must add up to it (invariant 2, BR-CO-10).
        """
        is_apart = not rounding_method and self._is_rounded_apart(base_line, company)
        method = "round_per_line" if is_apart else rounding_method
        return super()._add_tax_details_in_base_line(base_line, company, method)

    @api.model
    def _add_tax_details_in_base_lines(self, base_lines, company):
        """Let prices without tax add up as well; their tax stays rounded as the company does."""
        result = super()._add_tax_details_in_base_lines(base_lines, company)
        if self._is_rounding_globally(company) and any(map(self._is_of_charge, base_lines)):
            for base_line in base_lines:
                self._round_base(base_line, company)
        return result

    @api.model
    def _is_rounding_globally(self, company):
        return company.tax_calculation_rounding_method == "round_globally"

    @api.model
    def _is_rounded_apart(self, base_line, company):
        if not self._is_rounding_globally(company):
            return False
        if not any(base_line["tax_ids"].flatten_taxes_hierarchy().mapped("price_include")):
            return False
        record = base_line["record"]
        return self._is_of_charge(base_line) or (
            self._get_model(record) == "account.move.line" and record.move_id._is_of_service()
        )

    @api.model
    def _is_of_charge(self, base_line):
        """Tell whether a line bills a charge, or stands for one that is to be billed.

        A record, or the values of a line that is to be made.
        """
        record = base_line["record"]
        if isinstance(record, dict):
            return bool(record.get("service_charge_id"))
        model = self._get_model(record)
        return model == "service.charge" or (
            model == "account.move.line" and bool(record.service_charge_id)
        )

    @api.model
    def _get_model(self, record):
        return record._name if isinstance(record, models.Model) else ""

    @api.model
    def _round_base(self, base_line, company):
        details = base_line["tax_details"]
        rounded = [(details, "raw_total_excluded")]
        rounded += [(data, "raw_base_amount") for data in details["taxes_data"]]
        for values, name in rounded:
            values[name] = company.currency_id.round(values[name])
            name += "_currency"
            values[name] = base_line["currency_id"].round(values[name])
