from odoo import api, models


class AccountTax(models.Model):
    """Lines of charges are what their charges are, however their company rounds its taxes."""

    _inherit = "account.tax"

    @api.model
    def _add_tax_details_in_base_lines(self, base_lines, company):
        """Round an invoice of charges line by line (invariant 2, S06).

        Where a company rounds per tax, four lines of 50.00 with their tax inside are 166.68 without
        it and their invoice would be 166.67: lines must add up to it (BR-CO-10). The tax on prices
        without tax stays rounded as the company does.
        """
        super()._add_tax_details_in_base_lines(base_lines, company)
        if company.tax_calculation_rounding_method == "round_globally" and any(
            map(self._is_line_of_charge, base_lines)
        ):
            for base_line in base_lines:
                self._round_base_line(base_line, company)

    @api.model
    def _is_line_of_charge(self, base_line):
        record = base_line["record"]
        is_line = isinstance(record, models.Model) and record._name == "account.move.line"
        return is_line and bool(record.service_charge_id)

    @api.model
    def _round_base_line(self, base_line, company):
        details = base_line["tax_details"]
        if any(data["price_include"] for data in details["taxes_data"]):
            self._add_tax_details_in_base_line(base_line, company, "round_per_line")
            return
        rounded = [(details, "raw_total_excluded")]
        rounded += [(data, "raw_base_amount") for data in details["taxes_data"]]
        for values, name in rounded:
            values[name] = company.currency_id.round(values[name])
            name += "_currency"
            values[name] = base_line["currency_id"].round(values[name])
