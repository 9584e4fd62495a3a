from decimal import Decimal

from odoo.tools import float_repr

from ..allowance.allowance_book import AllowanceBook
from ..catalogue.coverage_book import CoverageBook


class PriceBook:
    """Remember what many sessions ask for again: parties, unit prices, taxes and open hours.

    ``sessions``: those that will be priced; what they share is read at once for all of them.
    """

    def __init__(self, env, sessions=None):
        self.charge = env["service.charge"].sudo()
        self.allowance = AllowanceBook(env, sessions)
        self.coverage = CoverageBook(env, sessions and sessions.sudo().partner_id)
        self.digits = env["decimal.precision"].precision_get("Product Price")
        self._parties = {}
        self._prices = {}
        self._taxes = {}

    def get_party(self, session):
        """Return who pays a session, how and in what currency."""
        day = session.contract_id.sudo().takeover_ids and session.date
        key = (session.contract_id, session.partner_id, session.company_id, day or None)
        if key not in self._parties:
            contract, partner, company, day = key
            self._parties[key] = self.charge._prepare_billing_party_vals(
                partner, contract, company, day
            )
        return self._parties[key]

    def get_prices(self, session, tariff, party):
        """Return a tariff's unit prices by pricelist on the session's date (S04)."""
        key = (tariff, party["pricelist_id"], party["currency_id"], session.company_id)
        key += (session._get_noon(),)
        if key not in self._prices:
            self._prices[key] = self._compute_prices(*key)
        return self._prices[key]

    def _compute_prices(self, tariff, pricelist_id, currency_id, company, noon):
        env = self.charge.with_company(company).env
        products = tariff._get_products().with_env(env)
        prices = (
            env["product.pricelist"]
            .browse(pricelist_id)
            ._get_products_price(
                products, 1.0, currency=env["res.currency"].browse(currency_id), date=noon
            )
        )
        return {
            product_id: Decimal(float_repr(price, self.digits))
            for product_id, price in prices.items()
        }

    def get_taxes(self, product, party):
        """Return the taxes of a product for who pays."""
        key = (product, party["company_id"], party["fiscal_position_id"])
        if key not in self._taxes:
            env = self.charge.env
            self._taxes[key] = self.charge._get_taxes(
                product,
                env["res.company"].browse(party["company_id"]),
                env["account.fiscal.position"].browse(party["fiscal_position_id"]),
            )
        return self._taxes[key]
