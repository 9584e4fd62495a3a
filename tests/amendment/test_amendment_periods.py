"""Other billing days of a running contract: no day is charged twice, none is lost."""

from datetime import date, timedelta
from itertools import pairwise

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..billing.test_forecast import ForecastCommon
from .common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestAmendedPeriods(AmendmentCommon, ForecastCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.create_contract(start="2026-03-17", line={"price_unit": 31.0})

    def align(self, day="2026-05-01", alignment="month", contract=None, **vals):
        vals = {"is_new_billing": True, "billing_start": alignment, **vals}
        return self.amend(contract or self.contract, day, **vals)

    def test_what_was_billed_stays(self):
        """Billed until 16 May: 17 to 31 May are one invoice, then whole months."""
        self.bill("2026-04-20")
        self.align()
        self.assertEqual(
            self.get_amounts(self.contract, "2026-06-01"),
            [
                ("2026-03-17", "2026-04-16", 31.0),
                ("2026-04-17", "2026-05-16", 31.0),
                ("2026-05-17", "2026-05-31", 15.0),
                ("2026-06-01", "2026-06-30", 31.0),
            ],
        )
        self.assertEqual(self.contract.billing_words, "From 05/01/2026 on, monthly.")
        self.assertEqual(self.contract.commitment_ids.date_end, self.day("2027-03-16"))

    def test_in_arrears_one_part_bridges(self):
        """Nothing was charged: the old period ends where the new ones begin."""
        contract = self.create_contract(
            start="2026-03-17", billing_mode="arrears", line={"price_unit": 30.0}
        )
        self.align(contract=contract)
        self.assertEqual(
            self.get_amounts(contract, "2026-06-01"),
            [
                ("2026-03-17", "2026-04-16", 30.0),
                ("2026-04-17", "2026-04-30", 14.0),
                ("2026-05-01", "2026-05-31", 30.0),
            ],
        )

    def test_day_within_a_month(self):
        """The new periods begin with the first that lies wholly after the day."""
        amendment = self.draft(
            self.contract, "2026-05-10", is_new_billing=True, billing_start="month"
        )
        self.assertEqual(amendment.billing_since, self.day("2026-06-01"))
        amendment.action_confirm()
        found = [row[:2] for row in self.get_amounts(self.contract, "2026-06-01")]
        self.assertEqual(
            found[-3:],
            [
                ("2026-04-17", "2026-05-16"),
                ("2026-05-17", "2026-05-31"),
                ("2026-06-01", "2026-06-30"),
            ],
        )

    def test_back_to_the_day_it_began(self):
        self.align()
        self.align("2026-07-01", "start")
        found = [row[:2] for row in self.get_amounts(self.contract, "2026-07-17")]
        self.assertEqual(
            found[-3:],
            [
                ("2026-06-01", "2026-06-30"),
                ("2026-07-01", "2026-07-16"),
                ("2026-07-17", "2026-08-16"),
            ],
        )

    def test_form_of_a_salesperson(self):
        """He sees from when on before anything happens; the document says before and after."""
        form = Form(
            self.env["service.amendment"]
            .with_user(self.user_sales)
            .with_context(default_contract_id=self.contract.id)
        )
        form.effective_date = self.day("2026-05-02")
        form.is_new_billing = True
        form.billing_start = "month"
        self.assertEqual(form.billing_since, self.day("2026-06-01"))
        amendment = form.save()
        self.assertIn("Other billing day", amendment.summary)
        amendment.action_confirm()
        self.assertIn("06/01/2026", amendment.comparison)
        self.assertIn("03/17/2026", amendment.before["billing"])

    def test_refused(self):
        with self.assertRaisesRegex(UserError, "billed from these days already"):
            self.align(alignment="start")
        self.align()
        with self.assertRaisesRegex(UserError, "billed from these days already"):
            self.align("2026-06-01")
        with self.assertRaisesRegex(UserError, "change on 05/01/2026"):
            self.align("2026-04-10", "start")

    def test_calendar_quarters_of_a_monthly_contract_change_nothing_more(self):
        """Months of the calendar are months from the 1st: said, instead of done for nothing."""
        self.align()
        with self.assertRaisesRegex(UserError, "already"):
            self.align("2026-07-01", "calendar")

    def test_taken_back_while_nothing_is_billed_by_it(self):
        before = self.snapshot(self.contract)
        amendment = self.align()
        self.assertEqual(self.contract.billing_start, "month")
        amendment.action_cancel()
        self.assertEqual(self.contract.billing_start, "start")
        self.assertEqual(self.snapshot(self.contract), before)

    def test_not_taken_back_once_billed(self):
        amendment = self.align()
        with freeze_time("2026-05-02"):
            self.bill("2026-05-02")
            with self.assertRaisesRegex(UserError, "billed by the new billing days"):
                amendment.action_cancel()

    def test_not_before_a_later_one(self):
        amendment = self.align()
        self.align("2026-07-01", "start")
        with self.assertRaisesRegex(UserError, "changed again"):
            amendment.action_cancel()

    def test_second_door(self):
        """Nobody writes the days themselves."""
        for vals in ({"later_periods": [["2026-05-01", "2026-05-01"]]}, {"billing_start": "month"}):
            with self.assertRaises(UserError):
                self.contract.with_user(self.user_manager).write(vals)

    def test_forecast_is_what_is_billed(self):
        self.contract._set_last_day(self.day("2027-02-10"))
        self.create_contract(start="2026-03-31", billing_start="month", billing_interval="3")
        self.create_contract(start="2026-02-28", billing_start="calendar", billing_interval="6")
        with freeze_time("2026-06-15"):
            self.align("2026-08-05")
            expected = self.sum_up(self.forecast())
            self.assertGreater(len(expected), 10)
            self.assertEqual(self.bill_each_month(), expected)

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        start=st.dates(date(2027, 12, 1), date(2028, 3, 31)),
        alignments=st.lists(
            st.sampled_from(["start", "month", "calendar"]), min_size=1, max_size=3
        ),
        interval=st.sampled_from(["1", "3", "6", "12"]),
        is_advance=st.booleans(),
        gap=st.integers(0, 200),
    )
    def test_every_day_once(self, start, alignments, interval, is_advance, gap):
        """Periods follow each other without gap or overlap, and add up to what is owed."""
        savepoint = self.env.cr.savepoint()
        contract = self.create_contract(
            start=start,
            billing_interval=interval,
            billing_start=alignments[0],
            billing_mode="advance" if is_advance else "arrears",
            line={"price_unit": 33.33},
        )
        day = start + timedelta(days=gap)
        for alignment in alignments[1:]:
            contract._generate_charges(day)
            if gap % 2:
                self.create_run(day, user=self.user_accountant)
            try:
                with self.env.cr.savepoint():
                    self.align(day.isoformat(), alignment, contract)
            except UserError:
                self.env.invalidate_all()
            day += timedelta(days=gap)
        until = day + timedelta(days=400)
        foreseen = [vals["billing_date"] for vals in contract._prepare_charges(until)]
        self.assertLessEqual(max(foreseen, default=until), until)
        contract._generate_charges(until)
        charges = contract.charge_ids.sorted("date_start")
        self.assertEqual(charges[0].date_start, start)
        for one, other in pairwise(charges):
            self.assertEqual(one.date_end, other.date_start)
        savepoint.rollback()
        self.env.invalidate_all()
