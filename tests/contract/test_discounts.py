"""Discounts that end: prorated where they end, explained, and over without anybody's doing."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.service_contract.tools.periods import Period, prorated_amount

from ..billing.test_forecast import ForecastCommon
from .common import ChargeCommon

CENT = Decimal("0.01")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10")
class TestDiscounts(ChargeCommon, ForecastCommon):
    def offer(self, until, percent=50, price=31.0, **vals):
        line = {"price_unit": price, "discount": percent, "discount_until": until}
        return self.create_contract(**{"start": "2026-03-01", "line": line, **vals})

    def days(self, contract, until):
        return [
            (str(charge.date_start), str(charge.date_last), charge.amount)
            for charge in self.charge(contract, until)
        ]

    def test_whole_periods(self):
        """Half the price as long as it lasts, the full one afterwards."""
        contract = self.offer("2026-04-30")
        self.assertEqual(
            [row[2] for row in self.days(contract, "2026-06-01")], [15.5, 15.5, 31.0, 31.0]
        )
        first, second, third, _last = contract.charge_ids.sorted("date_start")
        self.assertEqual((first.discount, second.discount, third.discount), (50, 50, 0))

    def test_ends_within_a_period(self):
        """11 days at half the price, 20 at the full one: two lines of one invoice, to the cent."""
        contract = self.offer("2026-03-11")
        self.assertEqual(
            self.days(contract, "2026-03-01"),
            [("2026-03-01", "2026-03-11", 5.5), ("2026-03-12", "2026-03-31", 20.0)],
        )
        run = self.create_run("2026-03-31", user=self.user_accountant)
        self.assertEqual(len(run.invoice_ids), 1)
        names = run.invoice_ids.invoice_line_ids.mapped("name")
        self.assertTrue(any("50 % until 03/11/2026" in name for name in names))
        self.assertEqual(run.invoice_ids.amount_untaxed, 25.5)

    def test_a_year_in_advance_is_one_invoice(self):
        """What the discount cuts off is billed with the rest, not when its days begin."""
        for mode, until in (("advance", "2026-03-01"), ("arrears", "2027-03-01")):
            contract = self.offer("2026-05-31", billing_interval="12", billing_mode=mode)
            charges = self.charge(contract, until)
            self.assertEqual(len(charges), 2)
            self.assertEqual(set(charges.mapped("billing_date")), {self.day(until)})
            contract.line_ids._as_workflow().quantity = 2
            self.assertEqual(
                set(self.charge(contract, until).mapped("billing_date")), {self.day(until)}
            )

    def test_explained(self):
        contract = self.offer("2026-03-11")
        first, second = self.charge(contract, "2026-03-01")
        self.assertIn("Less 50 % until 03/11/2026.", first._explain())
        self.assertFalse([words for words in second._explain() if "Less" in words])

    def test_half_cents_and_leap_day(self):
        """29 February is the last day of the offer; the parts of the month add up."""
        contract = self.offer("2028-02-29", percent=33, price=9.95, start="2028-02-01")
        self.assertEqual(
            self.days(contract, "2028-03-01"),
            [("2028-02-01", "2028-02-29", 6.67), ("2028-03-01", "2028-03-31", 9.95)],
        )

    def test_tax_included(self):
        """A price with tax is lessened as it is read: 50.00 incl. becomes 25.00 incl. (S06)."""
        product = self.create_product(
            "Included", 50.0, recurring=self.family, tax=self.tax_included
        )
        contract = self.offer("2026-03-31", product=product, price=50.0)
        charge = self.charge(contract, "2026-03-01")
        self.assertEqual(charge.amount_total, 25.0)

    def test_monthly_amount_and_movements(self):
        """It brings half until the offer ends; the rise is foreseen, and comes by the daily job."""
        contract = self.offer("2026-04-30")
        contract._record_mrr_movements()
        self.assertEqual(contract.mrr, 15.5)
        planned = contract.mrr_movement_ids.filtered("is_planned")
        self.assertEqual(
            [(row.date, row.kind, row.amount_currency) for row in planned],
            [(self.day("2026-05-01"), "expansion", 15.5)],
        )
        self.env.flush_all()
        with freeze_time("2026-05-01 12:00:00"):
            line, today = contract.line_ids, self.day("2026-05-01")
            self.assertIn(line, line.search(line._get_passed_domain(today)))
            line._refresh_current(today)
            contract._record_mrr_movements()
            self.assertEqual((line.is_discounted, line.price_monthly), (False, 31.0))
            self.assertEqual(contract.mrr, 31.0)
            movements = contract.mrr_movement_ids
            self.assertFalse(movements.filtered("is_planned"))
            self.assertEqual(sum(movements.mapped("amount_currency")), 31.0)

    def test_ended_and_given_back(self):
        """What is given back of days with a discount is what they cost."""
        contract = self.offer("2026-03-11", billing_interval="3")
        self.create_run("2026-03-31", user=self.user_accountant)
        contract._set_last_day(self.day("2026-03-06"))
        credits = contract.charge_ids.filtered(lambda charge: charge.kind == "credit")
        kept = sum(contract.charge_ids.mapped("amount"))
        whole = Period(date(2026, 3, 1), date(2026, 6, 1))
        part = Period(date(2026, 3, 1), date(2026, 3, 7))
        self.assertEqual(len(credits), 2)
        owed = prorated_amount(Decimal("46.5"), part, whole, CENT)
        self.assertAlmostEqual(kept, float(owed), 2)

    def test_copy_has_no_offer(self):
        """Neither a copy nor what replaces the line for another reason begins the offer anew."""
        contract = self.offer("2026-04-30")
        copied = contract.copy().line_ids
        self.assertEqual((copied.discount, copied.discount_until), (0, False))
        line = contract.line_ids._as_workflow()._replace_from(self.day("2026-04-15"), quantity=2)
        self.assertEqual(line.discount_until, self.day("2026-04-30"))

    def test_locked_like_the_price(self):
        contract = self.offer("2026-04-30", user_id=self.user_sales.id)
        with self.assertRaises(UserError):
            contract.line_ids.with_user(self.user_sales).discount_until = False
        contract.line_ids.with_user(self.user_manager).discount_until = "2026-05-31"
        self.assertEqual([row[2] for row in self.days(contract, "2026-06-01")][-2:], [15.5, 31.0])

    def test_forecast_is_what_is_billed(self):
        with freeze_time("2026-06-15"):
            self.offer("2026-09-12", start="2026-06-20")
            self.offer("2026-08-31", billing_interval="3", billing_mode="arrears")
            self.offer("2026-07-14", billing_interval="12", start="2026-07-01", percent=12.5)
            expected = self.sum_up(self.forecast())
            self.assertGreater(len(expected), 12)
            self.assertEqual(self.bill_each_month(), expected)

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        start=st.dates(date(2027, 12, 1), date(2028, 3, 31)),
        alignment=st.sampled_from(["start", "month", "calendar"]),
        interval=st.sampled_from(["1", "3", "12"]),
        period=st.sampled_from(["1", "12"]),
        percent=st.sampled_from([7.5, 33, 50, 100]),
        lasts=st.integers(0, 400),
        price=st.sampled_from([9.95, 33.33, 100]),
    )
    def test_parts_add_up(self, start, alignment, interval, period, percent, lasts, price):
        """Every day once, and each billing period costs what its two prices make of its days."""
        savepoint = self.env.cr.savepoint()
        end = start + timedelta(days=lasts)
        line = {
            "price_unit": price,
            "price_period": period,
            "discount": percent,
            "discount_until": end,
        }
        contract = self.create_contract(
            start=start, billing_start=alignment, billing_interval=interval, line=line
        )
        until = start + timedelta(days=500)
        charges = self.charge(contract, until.isoformat())
        self.assertEqual(charges[0].date_start, start)
        for one, other in pairwise(charges):
            self.assertEqual(one.date_end, other.date_start)
            self.assertTrue(one.date_last <= end or one.date_start > end)
        owed = Decimal()
        for due in contract.line_ids._get_due_periods(until):
            for part in (
                (due.period,)
                if not due.period.start <= end < due.period.last_day
                else (
                    Period(due.period.start, end + timedelta(days=1)),
                    Period(end + timedelta(days=1), due.period.end),
                )
            ):
                whole = contract.line_ids._get_whole_price(due, part)
                owed += prorated_amount(whole, part, due.whole, CENT)
        self.assertEqual(round(sum(charges.mapped("amount")), 2), float(owed))
        savepoint.rollback()
        self.env.invalidate_all()
