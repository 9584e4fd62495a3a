"""Contracts in figures, by level and family: what adds up, and who sees it."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-07-01")
class TestContractReport(ServiceContractCommon):
    MEASURES = ["contract_count:sum", "mrr:sum", "mrr_average:avg", "age_months:avg"]

    def figures(self, *groups, user=None, **domain):
        """Return the measures by group, as the pivot asks for them."""
        self.env.flush_all()
        report = self.env["service.contract.report"].with_user(user or self.user_manager)
        found = report.formatted_read_group(
            [("company_id", "=", self.company.id), ("state", "=", "active")],
            list(groups),
            self.MEASURES,
        )
        return [
            tuple(
                row[name][0] if isinstance(row[name], tuple) else row[name]
                for name in (*groups, *self.MEASURES[:3])
            )
            for row in found
        ]

    def test_by_family_and_level(self):
        other = self.create_level("Other", "managed")
        for price in (50, 70):
            self.create_contract(line={"price_unit": price})
        self.create_contract(level_id=other.id, line={"price_unit": 10})
        self.create_contract(activate=False)
        self.create_contract().action_cancel()
        levels = self.figures("family_id", "level_id")
        self.assertEqual(
            sorted(levels, key=lambda row: -row[2]),
            [
                (self.family.id, self.level_unlimited.id, 2, 120.0, 60.0),
                (self.family.id, other.id, 1, 10.0, 10.0),
            ],
        )
        self.assertEqual(self.figures("family_id")[0][1:3], (3, 130.0))

    def test_amounts_are_in_the_companys_currency_at_todays_rate(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": dollar.id}
        )
        self.env["res.currency.rate"].create(
            [
                {
                    "name": day,
                    "currency_id": dollar.id,
                    "rate": rate,
                    "company_id": self.company.id,
                }
                for day, rate in (("2026-01-01", 2.0), ("2026-07-01", 4.0), ("2026-07-02", 8.0))
            ]
        )
        self.create_contract(pricelist_id=pricelist.id, line={"price_unit": 80})
        self.create_contract(line={"price_unit": 50})
        self.assertEqual(self.figures("company_id")[0][1:3], (2, 70.0))

    def test_age_runs_to_the_end(self):
        going_on = self.create_contract(start="2025-07-01")
        ended = self.create_contract(start="2025-07-01")
        ended._set_ended(self.day("2025-12-31"))
        self.env.flush_all()
        report = self.env["service.contract.report"].with_user(self.user_manager)
        ages = {row.contract_id: row.age_months for row in report.search([])}
        self.assertAlmostEqual(ages[going_on], 12, 1)
        self.assertAlmostEqual(ages[ended], 6, 1)
        self.assertFalse(report.search([("contract_id", "=", ended.id)]).mrr)

    def test_hours_of_the_last_twelve_months(self):
        contract = self.create_contract(start="2024-01-01")
        for day in ("2026-06-10", "2025-06-10"):
            self.create_session([(f"{day} 08:00:00", 5400)], contract_id=contract.id)
        self.env.flush_all()
        row = (
            self.env["service.contract.report"]
            .with_user(self.user_manager)
            .search([("contract_id", "=", contract.id)])
        )
        self.assertEqual(row.connected_hours, 1.5)

    def test_colleagues_of_the_company_only(self):
        self.create_contract()
        for user in (self.user_sales, self.user_technician, self.user_accountant):
            with self.subTest(user.login):
                self.assertTrue(self.figures("family_id", user=user))
        with self.assertRaises(AccessError):
            self.figures("family_id", user=self.user_portal)
        other = self.setup_other_company()["company"]
        self.user_sales.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.figures("family_id", user=self.user_sales))
