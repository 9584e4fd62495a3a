from odoo import fields, models
from odoo.tools import SQL

from ..company.res_partner import CUSTOMER_REGIMES
from ..contract.service_contract import CONTRACT_STATES
from ..contract.service_contract_suspension import STANDINGS


class ServiceContractReport(models.Model):
    """Contracts in figures: how many, what they bring each month, what they cost in hours.

    Amounts are in the company's currency at today's rate, so that they add up.
    """

    _name = "service.contract.report"
    _description = "Contract Statistics"
    _auto = False
    _order = "family_id, level_id, id"
    _rec_name = "contract_id"

    contract_id = fields.Many2one("service.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    family_id = fields.Many2one("service.family", readonly=True)
    level_id = fields.Many2one("service.level", readonly=True)
    state = fields.Selection(CONTRACT_STATES, readonly=True)
    standing = fields.Selection(STANDINGS, readonly=True)
    regime = fields.Selection(CUSTOMER_REGIMES, string="Customer Regime", readonly=True)
    date_start = fields.Date(string="Start", readonly=True)
    date_end = fields.Date(string="Last Day", readonly=True)
    contract_count = fields.Integer(string="Contracts", readonly=True)
    mrr = fields.Monetary(string="Monthly Recurring", readonly=True)
    mrr_average = fields.Monetary(
        string="Monthly on Average", readonly=True, aggregator="avg", help="Per contract."
    )
    age_months = fields.Float(
        string="Age in Months", readonly=True, aggregator="avg", digits=(9, 1), help="On average."
    )
    connected_hours = fields.Float(
        string="Hours in 12 Months", readonly=True, help="Time of sessions, covered or billed."
    )

    @property
    def _table_query(self):
        return SQL("SELECT %s FROM %s WHERE c.state != 'cancelled'", self._select(), self._from())

    def _select(self):
        """Return the columns; a hook. ``c`` is the contract.

        :return: ``SQL``
        """
        monthly = SQL(
            "CASE WHEN c.state = 'ended' THEN 0 ELSE COALESCE(c.mrr, 0) * rate.factor END"
        )
        return SQL(
            "c.id, c.id AS contract_id, c.company_id, rate.company_currency_id AS currency_id,"
            " c.commercial_partner_id AS partner_id, c.user_id, c.family_id, c.level_id, c.state,"
            " %(standing)s AS standing, c.regime, c.date_start, c.date_end, 1 AS contract_count,"
            " %(monthly)s AS mrr,"
            " %(monthly)s AS mrr_average, GREATEST(0, LEAST(%(today)s, c.date_end) - c.date_start)"
            " * 12 / 365.25 AS age_months, COALESCE(work.hours, 0) AS connected_hours",
            monthly=monthly,
            standing=self._get_standing(),
            today=fields.Date.context_today(self),
        )

    def _get_standing(self):
        """Return what contracts say of themselves in lists, for all of them at once."""
        today = fields.Date.context_today(self)
        return SQL(
            "CASE WHEN c.state = 'active' AND EXISTS (SELECT 1 FROM service_suspension s"
            " WHERE s.contract_id = c.id AND s.date_start <= %(today)s"
            " AND (s.date_end IS NULL OR s.date_end >= %(today)s)) THEN 'suspended'"
            " WHEN c.state = 'active' AND c.date_end IS NOT NULL THEN 'leaving' ELSE c.state END",
            today=today,
        )

    def _from(self):
        """Return the tables; a hook. Rates are those that Odoo converts with.

        :return: ``SQL``
        """
        year_ago = fields.Date.subtract(fields.Date.context_today(self), years=1)
        return SQL(
            "service_contract c JOIN res_company k ON k.id = c.company_id"
            " JOIN (VALUES %s) AS rate (company_id, company_currency_id, currency_id, factor)"
            " ON rate.company_id = c.company_id"
            " AND rate.currency_id = COALESCE(c.currency_id, k.currency_id)"
            " LEFT JOIN (SELECT contract_id, SUM(connected_hours) AS hours FROM service_session"
            " WHERE date > %s AND state = 'done' GROUP BY contract_id) work"
            " ON work.contract_id = c.id",
            SQL(", ").join(self._get_rates()),
            year_ago,
        )

    def _get_rates(self):
        """Return ``(company, its currency, currency, factor)`` of what their contracts are in."""
        companies = self.env.companies
        used = (
            self.env["service.contract"]
            .sudo()
            ._read_group(
                [("company_id", "in", companies.ids), ("currency_id", "!=", False)], ["currency_id"]
            )
        )
        currencies = companies.currency_id.union(*(currency for (currency,) in used))
        return [
            row for company in companies for row in self._get_company_rates(company, currencies)
        ]

    def _get_company_rates(self, company, currencies):
        own = company.currency_id
        rates = currencies._get_rates(company, fields.Date.context_today(self))
        return [
            SQL(
                "(%s, %s, %s, %s::numeric)",
                company.id,
                own.id,
                currency.id,
                rates[own.id] / rates[currency.id],
            )
            for currency in currencies
        ]

    def action_open_contract(self):
        self.ensure_one()
        return self.contract_id._get_records_action()
