"""Billing periods of the calendar: who says so, what the first invoice is for, what stays."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ChargeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10")
class TestBillingStart(ChargeCommon):
    def days(self, contract, until):
        charges = self.charge(contract, until)
        return [
            (str(charge.date_start), str(charge.date_last), charge.amount) for charge in charges
        ]

    def test_company_family_and_contract(self):
        """The contract's own word counts, else the family's, else the company's."""
        contract = self.create_contract(start="2026-03-12", activate=False)
        self.assertEqual(contract.billing_start, "start")
        self.company.service_billing_start = "month"
        contract = self.create_contract(start="2026-03-12", activate=False)
        self.assertEqual(contract.anchor_date, self.day("2026-04-01"))
        self.family.billing_start = "calendar"
        contract = self.create_contract(start="2026-03-12", activate=False)
        self.assertEqual(contract.anchor_date, self.day("2026-01-01"))
        contract = self.create_contract(start="2026-03-12", billing_start="start", activate=False)
        self.assertEqual(contract.anchor_date, self.day("2026-03-12"))

    def test_first_invoice_by_day(self):
        """20 of the 31 days of March, then whole months; the commitment is not touched."""
        contract = self.create_contract(
            start="2026-03-12", billing_start="month", line={"price_unit": 31.0}
        )
        self.assertEqual(
            self.days(contract, "2026-05-01"),
            [
                ("2026-03-12", "2026-03-31", 20.0),
                ("2026-04-01", "2026-04-30", 31.0),
                ("2026-05-01", "2026-05-31", 31.0),
            ],
        )
        self.assertEqual(contract.commitment_ids.date_end, self.day("2027-03-11"))
        self.assertEqual(
            contract.billing_words,
            "First invoice: 03/12/2026 to 03/31/2026, 20 of 31 days; then from 04/01/2026 on, "
            "monthly.",
        )

    def test_month_by_quarter(self):
        contract = self.create_contract(
            start="2026-01-31", billing_start="month", billing_interval="3"
        )
        found = [row[:2] for row in self.days(contract, "2026-05-01")]
        self.assertEqual(
            found,
            [
                ("2026-01-31", "2026-01-31"),
                ("2026-02-01", "2026-04-30"),
                ("2026-05-01", "2026-07-31"),
            ],
        )

    def test_calendar_stays_with_another_interval(self):
        """Quarters are those of the calendar, and so are the years that come after them."""
        contract = self.create_contract(
            start="2024-02-29", billing_start="calendar", billing_interval="3"
        )
        found = [row[:2] for row in self.days(contract, "2024-04-01")]
        self.assertEqual(found, [("2024-02-29", "2024-03-31"), ("2024-04-01", "2024-06-30")])
        charges = contract.charge_ids
        contract.billing_interval = "12"
        self.assertFalse(charges.exists())
        found = [row[:2] for row in self.days(contract, "2025-01-01")]
        self.assertEqual(found, [("2024-02-29", "2024-12-31"), ("2025-01-01", "2025-12-31")])

    def test_on_the_first_nothing_is_cut(self):
        for alignment in ("start", "month", "calendar"):
            contract = self.create_contract(start="2026-04-01", billing_start=alignment)
            found = [row[:2] for row in self.days(contract, "2026-04-01")]
            self.assertEqual(found, [("2026-04-01", "2026-04-30")])
            self.assertEqual(contract.billing_words, "From 04/01/2026 on, monthly.")

    def test_form_of_a_draft(self):
        """The salesperson sees it before it happens; what is typed stays until the start moves."""
        contract = self.create_contract(start="2026-03-12", activate=False, user_id=False)
        form = Form(contract.with_user(self.user_manager))
        form.billing_start = "month"
        self.assertEqual(form.anchor_date, self.day("2026-04-01"))
        self.assertIn("20 of 31 days", form.billing_words)
        form.anchor_date = self.day("2026-03-15")
        contract = form.save()
        contract.action_activate()
        self.assertEqual(contract.anchor_date, self.day("2026-03-15"))
        contract._write_later_periods([], "start")
        self.assertEqual(contract.anchor_date, self.day("2026-03-15"))

    def test_start_moved_and_activated_at_once(self):
        """The anchor is that of the day on which it begins after all."""
        contract = self.create_contract(start="2026-03-12", billing_start="month", activate=False)
        contract.date_start = "2026-05-20"
        contract.action_activate()
        self.assertEqual(contract.anchor_date, self.day("2026-06-01"))

    def test_sealed_once_active(self):
        """Neither the word nor the day moves afterwards, whatever company and family say then."""
        contract = self.create_contract(start="2026-03-12", billing_start="month")
        self.company.service_billing_start = self.family.billing_start = "calendar"
        self.assertEqual(contract.anchor_date, self.day("2026-04-01"))
        for vals in ({"billing_start": "start"}, {"anchor_date": "2026-03-12"}):
            with self.assertRaises(UserError):
                contract.with_user(self.user_manager).write(vals)
        contract.billing_interval = "3"
        self.assertEqual(contract.anchor_date, self.day("2026-04-01"))

    def test_copied(self):
        """A copy is aligned alike, from its own start; an amended grid is the old contract's."""
        contract = self.create_contract(start="2026-01-12", billing_start="month")
        copy = contract.copy()
        self.assertEqual((copy.billing_start, copy.anchor_date), ("month", self.day("2026-04-01")))
        self.assertFalse(copy.later_periods)

    def test_suspended_in_the_first_days(self):
        """Days not served are cut out of the part as of any other period."""
        contract = self.create_contract(
            start="2026-03-12", billing_start="month", line={"price_unit": 31.0}
        )
        self.env["service.suspension"].with_user(self.user_manager).create(
            {"contract_id": contract.id, "date_start": "2026-03-20", "date_end": "2026-03-25"}
        )
        self.assertEqual(
            self.days(contract, "2026-04-01"),
            [
                ("2026-03-12", "2026-03-19", 8.0),
                ("2026-03-26", "2026-03-31", 6.0),
                ("2026-04-01", "2026-04-30", 31.0),
            ],
        )
