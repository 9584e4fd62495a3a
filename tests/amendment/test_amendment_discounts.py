"""Discounts that an amendment begins or ends; revisions and losses look past them."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import Form, tagged

from odoo.addons.service_contract.tools.periods import Period

from .common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestAmendedDiscounts(AmendmentCommon):
    def test_from_a_day_until_another(self):
        """Half the price from 16 June to 20 July; the days before and after are at the full one."""
        contract = self.create_contract(start="2026-06-01", line={"price_unit": 30.0})
        amendment = self.amend(
            contract,
            "2026-06-16",
            line={"discount": 50, "discount_until": "2026-07-20"},
            **self.allow(),
        )
        self.assertEqual(
            self.get_amounts(contract, "2026-08-01"),
            [
                ("2026-06-01", "2026-06-15", 15.0),
                ("2026-06-16", "2026-06-30", 7.5),
                ("2026-07-01", "2026-07-20", 9.68),
                ("2026-07-21", "2026-07-31", 10.65),
                ("2026-08-01", "2026-08-31", 30.0),
            ],
        )
        self.assertIn("50 % until 07/20/2026", amendment.comparison)
        self.assertEqual((amendment.monthly_before, amendment.monthly_after), (30.0, 15.0))
        amendment.action_cancel()
        self.assertEqual(self.get_amounts(contract, "2026-06-01")[0][2], 30.0)

    def test_other_change_keeps_the_offer(self):
        contract = self.create_contract(
            start="2026-06-01", line={"discount": 50, "discount_until": "2026-07-31"}
        )
        draft = self.draft(contract)
        with Form(draft) as form, form.line_ids.edit(0) as row:
            row.quantity = 2
        draft.action_confirm()
        line = contract.line_ids.sorted("id")[-1]
        self.assertEqual((line.discount, line.discount_until), (50, date(2026, 7, 31)))

    def test_a_draft_sees_that_the_offer_changed(self):
        contract = self.create_contract(
            start="2026-06-01", line={"discount": 50, "discount_until": "2026-07-31"}
        )
        draft = self.draft(contract)
        self.assertFalse(draft.is_outdated)
        contract.line_ids._as_workflow().discount_until = "2026-08-31"
        draft.invalidate_recordset(["is_outdated"])
        self.assertTrue(draft.is_outdated)
        draft.action_bring_up_to_date()
        self.assertEqual(draft.line_ids.discount_until, date(2026, 8, 31))

    def test_loss_counts_the_discount_while_it_lasts(self):
        """Leaving costs what the days would have cost: some at half the price (L06)."""
        price = {"price_unit": 30.0}
        full = self.create_contract(start="2026-06-01", line=price)
        offer = {"discount": 50, "discount_until": "2026-08-31"}
        half = self.create_contract(start="2026-06-01", line={**price, **offer})
        days = Period(date(2026, 7, 1), date(2026, 11, 1))
        self.assertEqual(full.line_ids._get_untaxed_price(days), 120.0)
        self.assertEqual(half.line_ids._get_untaxed_price(days), 90.0)

    def test_l17_revised_without_the_discount(self):
        """The price is revised as it is agreed; what is told is by the day's discount."""
        contract = self.create_contract(
            start="2026-06-01",
            line={"price_unit": 30.0, "discount": 50, "discount_until": "2026-07-31"},
        )
        line = contract.line_ids
        self.assertEqual(line._get_monthly(33.0, date(2026, 7, 31)), 16.5)
        self.assertEqual(line._get_monthly(33.0, date(2026, 8, 1)), 33.0)
