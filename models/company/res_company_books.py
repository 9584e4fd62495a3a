from odoo import fields, models

from ...tools.charts import get_service_income_prefix
from ..common.field_values import get_label
from .res_company_setup import Check

NO_CHART = (False, "generic_coa")


class ResCompany(models.Model):
    """What the set-up asks of a company's books: country, chart, account of services, rounding."""

    _inherit = "res.company"

    service_income_account_id = fields.Many2one(
        "account.account",
        string="Income Account of Services",
        check_company=True,
        domain="[('account_type', 'in', ('income', 'income_other'))]",
        help="Services are booked here, unless their product or category names another account "
        "than that of goods.",
    )

    # ----- Country and chart: the rest follows from them -----

    def _get_ground_checks(self):
        """Return ``{key: Check}`` of what taxes, accounts and SEPA follow from. Hook."""
        self.ensure_one()
        checks = {"country": self._inspect_service_country()}
        if self.country_id:
            checks["chart"] = self._inspect_service_chart()
        return checks

    def _has_service_ground(self):
        """Tell whether country and chart of accounts are right: nothing is made before."""
        return all(check.state == "ready" for check in self._get_ground_checks().values())

    def _inspect_service_country(self):
        if self.country_id:
            return Check("ready", self.country_id.name)
        return Check(
            "blocked",
            self.env._(
                "Choose your company's country first: chart, taxes and SEPA follow from it."
            ),
        )

    def _inspect_service_chart(self):
        """Look for a chart of the company's country; that of a company in business stays."""
        chart = self.chart_template or self.root_id.chart_template
        names = self._get_charts_of_country()
        is_foreign = chart in NO_CHART or not self.root_id._existing_accounting()
        if not chart or (names and chart not in names and is_foreign):
            return Check(
                "blocked",
                self.env._(
                    "Install the chart of accounts of %(country)s: %(charts)s.",
                    country=self.country_id.name,
                    charts=" · ".join(names.values()) or "…",
                ),
            )
        labels = self.env["account.chart.template"]._get_chart_template_mapping(get_all=True)
        return Check("ready", labels.get(chart, {}).get("name") or chart)

    def _get_charts_of_country(self):
        """Return ``{code: name}`` of the country's charts; a territory has those of its State."""
        groups = self.env["res.country.group"].search(
            [("service_tax_country_id", "!=", False), ("country_ids", "in", self.country_id.ids)]
        )
        countries = self.country_id | groups.service_tax_country_id
        charts = self.env["account.chart.template"]._get_chart_template_mapping()
        return {
            code: chart["name"]
            for code, chart in charts.items()
            if chart["country_id"] in countries.ids
        }

    # ----- The account of services -----

    def _find_service_income_account(self):
        """Return the chart's income account of services by its number, or empty."""
        self.ensure_one()
        accounts = self.env["account.account"].with_company(self)
        prefix = get_service_income_prefix(self.chart_template or self.root_id.chart_template)
        if not prefix:
            return accounts
        return accounts.search(
            [
                *accounts._check_company_domain(self),
                ("code", "=like", f"{prefix}%"),
                ("account_type", "=", "income"),
            ],
            order="code",
            limit=1,
        )

    def _prepare_service_income(self):
        if not self.service_income_account_id:
            self.service_income_account_id = self._find_service_income_account()

    def _inspect_service_income(self):
        account = self.service_income_account_id
        found = account or self._find_service_income_account()
        if not found:
            return Check(
                "blocked", self.env._("Choose the account on which services are booked, above.")
            )
        if self._is_goods_account(found):
            return Check(
                "blocked",
                self.env._(
                    "%(account)s is the account of goods: choose that of services, above.",
                    account=self._name_account(found),
                ),
            )
        if services := self._get_misbooked_services():
            return Check(
                "blocked",
                self.env._(
                    "Services that name the account of goods themselves: %(count)s.",
                    count=len(services),
                ),
            )
        return Check("ready" if account else "todo", self._name_account(found))

    def _name_account(self, account):
        return f"{account.with_company(self).code} {account.name}"

    def _is_goods_account(self, account):
        """Tell whether an account is that of all products, by whose number it is not of services.

        A company that sells nothing but services may have theirs for all.
        """
        prefix = get_service_income_prefix(self.chart_template or self.root_id.chart_template)
        code = account.with_company(self).code or ""
        return account == self.income_account_id and bool(prefix) and not code.startswith(prefix)

    def _get_misbooked_services(self):
        """Return the services whose own account is that of goods."""
        if not self._is_goods_account(self.income_account_id):
            return self.env["product.template"]
        templates = self.env["product.template"].with_company(self)
        return templates.search(
            [
                *templates._check_company_domain(self),
                ("type", "=", "service"),
                ("property_account_income_id", "=", self.income_account_id.id),
            ]
        )

    # ----- Rounding -----

    def _inspect_service_rounding(self):
        """Prices with their tax inside need taxes that are rounded line by line (S06).

        Rounded per tax, four lines of 50.00 are 166.68 without tax and their quotation 166.67. The
        invoice of their charges adds up in any case.
        """
        is_per_line = self.tax_calculation_rounding_method == "round_per_line"
        if not is_per_line and self._has_included_prices():
            return Check(
                "blocked",
                self.env._(
                    "Prices include their tax: round per line, above, or the lines of quotations "
                    "differ from their total."
                ),
            )
        return Check("ready", get_label(self, "tax_calculation_rounding_method"))

    def _has_included_prices(self):
        """Tell whether a service of the catalogue is sold at a price that contains its tax."""
        services = self._get_service_catalogue()
        return any(services.mapped("service_price_included")) or any(
            tax.price_include
            for template in services
            for tax in self._get_taxes_of_service(template)
        )
