"""Recurring charges: what a contract line owes, when, and what the database forbids."""

from datetime import date
from decimal import Decimal
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, ExclusionViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import IBANS
from .common import ChargeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestCharges(ChargeCommon):
    # ----- Grid -----

    def test_every_interval_in_advance(self):
        cases = {
            "1": [
                ("2026-01-01", "2026-01-31"),
                ("2026-02-01", "2026-02-28"),
                ("2026-03-01", "2026-03-31"),
                ("2026-04-01", "2026-04-30"),
            ],
            "3": [("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30")],
            "6": [("2026-01-01", "2026-06-30")],
            "12": [("2026-01-01", "2026-12-31")],
        }
        for interval, expected in cases.items():
            with self.subTest(interval=interval):
                contract = self.create_contract(billing_interval=interval)
                charges = self.charge(contract, "2026-04-01")
                self.assertPeriods(charges, expected)
                self.assertEqual(set(charges.mapped("amount")), {50.0 * int(interval)})
                self.assertEqual(set(charges.mapped("quantity")), {float(interval)})
                self.assertEqual(charges.mapped("billing_date"), charges.mapped("date_start"))

    def test_every_interval_in_arrears(self):
        cases = {
            "1": [
                ("2026-01-01", "2026-01-31"),
                ("2026-02-01", "2026-02-28"),
                ("2026-03-01", "2026-03-31"),
            ],
            "3": [("2026-01-01", "2026-03-31")],
            "6": [],
            "12": [],
        }
        for interval, expected in cases.items():
            with self.subTest(interval=interval):
                contract = self.create_contract(billing_interval=interval, billing_mode="arrears")
                charges = self.charge(contract, "2026-04-01")
                self.assertPeriods(charges, expected)
                self.assertEqual(charges.mapped("billing_date"), charges.mapped("date_end"))

    def test_arrears_is_due_the_day_after(self):
        contract = self.create_contract(billing_mode="arrears")
        self.assertFalse(self.charge(contract, "2026-01-31"))
        self.assertEqual(len(self.charge(contract, "2026-02-01")), 1)

    def test_start_on_the_31st_never_drifts(self):
        contract = self.create_contract(start="2026-01-31")
        self.assertPeriods(
            self.charge(contract, "2026-05-31"),
            [
                ("2026-01-31", "2026-02-27"),
                ("2026-02-28", "2026-03-30"),
                ("2026-03-31", "2026-04-29"),
                ("2026-04-30", "2026-05-30"),
                ("2026-05-31", "2026-06-29"),
            ],
        )
        self.assertEqual(set(self.amounts(contract.charge_ids)), {50.0})

    def test_start_on_29_february(self):
        contract = self.create_contract(start="2024-02-29", billing_interval="12")
        self.assertPeriods(
            self.charge(contract, "2028-02-29"),
            [
                ("2024-02-29", "2025-02-27"),
                ("2025-02-28", "2026-02-27"),
                ("2026-02-28", "2027-02-27"),
                ("2027-02-28", "2028-02-28"),
                ("2028-02-29", "2029-02-27"),
            ],
        )

    def test_backlog_in_one_go(self):
        contract = self.create_contract(start="2026-03-01")
        self.assertEqual(len(self.charge(contract, "2026-06-15")), 4)

    def test_twice_makes_nothing_twice(self):
        contract = self.create_contract()
        first = self.charge(contract, "2026-06-15")
        self.assertFalse(self.charge(contract, "2026-06-15"))
        self.assertFalse(self.charge(contract, "2026-02-01"))
        self.assertEqual(contract.charged_until, date(2026, 6, 15))
        self.assertEqual(contract.charge_ids, first)

    def test_drafts_and_cancelled_contracts_owe_nothing(self):
        contract = self.create_contract(activate=False)
        self.assertFalse(self.charge(contract, "2026-06-15"))
        contract.action_cancel()
        self.assertFalse(self.charge(contract, "2026-06-15"))

    def test_ended_contract_owes_up_to_its_last_day(self):
        contract = self.create_contract(start="2026-01-15")
        contract._set_ended(date(2026, 3, 1))
        charges = self.charge(contract, "2026-06-15")
        self.assertPeriods(charges, [("2026-01-15", "2026-02-14"), ("2026-02-15", "2026-03-01")])
        self.assertEqual(self.amounts(charges), [50.0, 26.79])

    # ----- Parts of a period -----

    def test_anchor_on_the_first_prorates_first_and_last_part(self):
        contract = self.create_contract(
            start="2026-01-11",
            anchor_date="2026-01-01",
            date_end="2026-03-10",
            line={"quantity": 2},
        )
        charges = self.charge(contract, "2026-06-15")
        self.assertPeriods(
            charges,
            [
                ("2026-01-11", "2026-01-31"),
                ("2026-02-01", "2026-02-28"),
                ("2026-03-01", "2026-03-10"),
            ],
        )
        self.assertEqual(self.amounts(charges), [67.74, 100.0, 32.26])
        self.assertEqual(charges.mapped("quantity"), [1, 2, 1])

    def test_anchor_after_the_start(self):
        contract = self.create_contract(start="2026-01-20", anchor_date="2026-02-01")
        charges = self.charge(contract, "2026-02-01")
        self.assertPeriods(charges, [("2026-01-20", "2026-01-31"), ("2026-02-01", "2026-02-28")])
        self.assertEqual(self.amounts(charges), [19.35, 50.0])

    def test_line_dates(self):
        contract = self.create_contract(line={"date_start": "2026-02-15", "date_end": "2026-04-14"})
        charges = self.charge(contract, "2026-06-15")
        self.assertPeriods(
            charges,
            [
                ("2026-02-15", "2026-02-28"),
                ("2026-03-01", "2026-03-31"),
                ("2026-04-01", "2026-04-14"),
            ],
        )
        self.assertEqual(self.amounts(charges), [25.0, 50.0, 23.33])

    def test_line_outside_its_contract_owes_nothing(self):
        contract = self.create_contract(
            date_end="2026-03-31", line={"date_start": "2026-04-01", "date_end": "2026-05-01"}
        )
        self.assertFalse(self.charge(contract, "2026-06-15"))
        early = self.create_contract(line={"date_start": "2025-01-01", "date_end": "2025-12-31"})
        self.assertFalse(self.charge(early, "2026-06-15"))

    def test_parts_add_up_to_the_whole(self):
        """Whatever the day of the cut, two parts of a month are the month, to the cent."""
        for day in range(2, 29, 3):
            contract = self.create_contract(
                line={"price_unit": 9.97, "date_end": f"2026-02-{day:02}"}
            )
            contract.line_ids = [
                Command.create(
                    {
                        "product_id": self.product_support.id,
                        "price_unit": 9.97,
                        "date_start": f"2026-02-{day:02}",
                    }
                )
            ]
            contract.line_ids[0].date_end = date(2026, 2, day - 1)
            charges = self.charge(contract, "2026-02-28")
            february = charges.filtered(lambda charge: charge.date_start.month == 2)
            self.assertEqual(len(february), 2)
            self.assertEqual(round(sum(february.mapped("amount")), 2), 9.97, day)

    # ----- Price periods -----

    def test_yearly_price_billed_monthly_adds_up(self):
        for price, discount, year in ((100.0, 0, 100.0), (120.05, 0, 120.05), (99.99, 15, 84.99)):
            with self.subTest(price=price, discount=discount):
                product = self.create_product("Yearly", price, recurring=self.family, period="12")
                contract = self.create_contract(product=product, line={"discount": discount})
                charges = self.charge(contract, "2027-12-01")
                self.assertEqual(len(charges), 24)
                for months in (charges[:12], charges[12:]):
                    total = sum(Decimal(f"{charge.amount:.2f}") for charge in months)
                    self.assertEqual(total, Decimal(str(year)))
                    spread = max(months.mapped("amount")) - min(months.mapped("amount"))
                    self.assertLess(spread, 0.011)

    def test_every_price_period_and_interval_costs_the_same_in_a_year(self):
        for period in ("1", "3", "12"):
            price = 10.01 * int(period)
            product = self.create_product("Any", price, recurring=self.family, period=period)
            for interval in ("1", "3", "6", "12"):
                with self.subTest(period=period, interval=interval):
                    contract = self.create_contract(product=product, billing_interval=interval)
                    charges = self.charge(contract, "2026-12-31")
                    self.assertEqual(len(charges), 12 // int(interval))
                    self.assertEqual(round(sum(charges.mapped("amount")), 2), 120.12)

    def test_discount_of_whole_and_part(self):
        contract = self.create_contract(
            start="2026-01-16", anchor_date="2026-01-01", line={"discount": 10}
        )
        part, whole = self.charge(contract, "2026-02-01")
        self.assertEqual((part.price_unit, part.discount, part.amount), (23.23, 0, 23.23))
        self.assertEqual((whole.price_unit, whole.discount, whole.amount), (50, 10, 45))

    def test_tax_included_price(self):
        product = self.create_product(
            "Included", 70.0, tax=self.tax_included, recurring=self.family
        )
        charge = self.charge(self.create_contract(product=product), "2026-01-01")
        self.assertEqual((charge.amount, charge.amount_total), (70, 70))
        self.assertEqual(charge.amount_untaxed, 58.33)

    # ----- Words and snapshots -----

    def test_name_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        charge = self.charge(self.create_contract(), "2026-01-01")
        self.assertIn("01/01/2026", charge.name)
        self.assertIn("31/01/2026", charge.name)
        english = self.create_customer("English", lang="en_US")
        charge = self.charge(self.create_contract(english), "2026-01-01")
        self.assertIn("From 01/01/2026 to 01/31/2026", charge.name)

    def test_party_is_copied_from_the_contract(self):
        payer = self.create_customer("Payer", iban=IBANS[0])
        contract = self.create_contract(payer)
        charge = self.charge(contract, "2026-01-01")
        for name in charge._get_party_fields():
            self.assertEqual(charge[name], contract[name], name)
        self.assertEqual(charge.mandate_id, payer.valid_mandate_id)

    def test_taxes_follow_the_fiscal_position(self):
        """L09: a customer of La Réunion pays the rate of the island."""
        customer = self.create_customer("Saint-Denis", country_id=self.env.ref("base.re").id)
        charge = self.charge(self.create_contract(customer), "2026-01-01")
        self.assertEqual(charge.tax_ids.mapped("amount"), [8.5])
        self.assertEqual(charge.amount_total, 54.25)

    def test_price_is_a_snapshot(self):
        charge = self.charge(self.create_contract(), "2026-01-01")
        self.product_support.list_price = 99
        self.assertEqual(charge.price_unit, 50)

    def test_explanation_says_how(self):
        contract = self.create_contract(start="2026-01-16", anchor_date="2026-01-01")
        charge = self.charge(contract, "2026-01-16")
        self.assertEqual(charge.explanation["days"], 16)
        self.assertEqual(
            charge._explain(),
            [
                "1 × 50.00\u00a0€, per month.",
                "Prorated: 16 of the 31 days of the billing period.",
            ],
        )

    def test_explanation_names_the_discount(self):
        charge = self.charge(self.create_contract(line={"discount": 12.5}), "2026-01-01")
        self.assertIn("Less 12.5 %.", charge._explain())

    # ----- Changes -----

    def test_changed_line_remakes_what_is_not_billed(self):
        contract = self.create_contract(start="2026-05-01")
        run = self.create_run("2026-05-01")
        billed = run.invoice_ids.invoice_line_ids.service_charge_id
        self.charge(contract, "2026-06-15")
        contract.line_ids.price_unit = 60
        self.assertEqual(contract.charge_ids, billed)
        self.assertFalse(contract.charged_until)
        self.charge(contract, "2026-06-15")
        self.assertEqual(self.amounts(contract.charge_ids), [50, 60])

    def test_new_line_and_new_interval_fill_the_gaps_only(self):
        contract = self.create_contract(start="2026-05-01")
        self.create_run("2026-05-01")
        contract.line_ids = [Command.create({"product_id": self.product_support.id})]
        self.assertEqual(len(self.charge(contract, "2026-05-15")), 1)
        contract.billing_interval = "3"
        charges = self.charge(contract, "2026-06-15")
        first, second = contract.line_ids
        self.assertPeriods(
            first.charge_ids, [("2026-05-01", "2026-05-31"), ("2026-06-01", "2026-07-31")]
        )
        self.assertPeriods(second.charge_ids, [("2026-05-01", "2026-07-31")])
        self.assertEqual(len(charges), 2)

    def test_waived_charge_stays_waived(self):
        contract = self.create_contract(start="2026-05-01")
        charge = self.charge(contract, "2026-05-01")
        self.waive(charge.with_user(self.user_accountant))
        contract.line_ids.price_unit = 60
        self.assertFalse(self.charge(contract, "2026-05-15"))
        self.assertEqual(charge.state, "waived")

    def test_new_mandate_reaches_open_charges(self):
        payer = self.create_customer("Payer", iban=IBANS[0])
        contract = self.create_contract(payer, start="2026-06-01")
        self.charge(contract, "2026-06-01")
        fee = self.create_fee(contract)
        mandate = self.create_mandate(payer, IBANS[1])
        contract.mandate_id = mandate
        self.charge(contract, "2026-06-01")
        self.assertEqual(contract.charge_ids.mandate_id, mandate)
        self.assertIn(fee, contract.charge_ids)

    def create_fee(self, contract, **vals):
        charges = self.env["service.charge"].sudo()
        return charges.create(
            {
                **charges._prepare_billing_party_vals(contract.partner_id, contract),
                "kind": "fee",
                "product_id": self.product_fee.id,
                "name": "Fee",
                "price_unit": 10,
                "date_start": "2026-06-01",
                "date_end": "2026-06-02",
                "billing_date": "2026-06-01",
                **vals,
            }
        )

    # ----- Decisions -----

    def test_hold_release_waive_owe(self):
        charge = self.charge(self.create_contract(), "2026-01-01").with_user(self.user_accountant)
        self.assertEqual(charge.state, "ready")
        self.hold(charge)
        self.assertEqual(charge.state, "on_hold")
        charge.action_release()
        self.assertEqual(charge.state, "ready")
        self.waive(charge)
        self.assertEqual(charge.state, "waived")
        charge.action_owe()
        self.assertEqual(charge.state, "ready")

    def test_hold_ends_the_day_after(self):
        """S30: the hold includes its last day."""
        fee = self.create_fee(self.create_contract(), hold_until="2026-06-15")
        manual = self.create_fee(self.create_contract(), hold_until="2026-06-15", is_held=True)
        self.env["service.charge"]._release_holds(date(2026, 6, 15))
        self.assertEqual(fee.state, "on_hold")
        with freeze_time("2026-06-16"):
            self.env["service.charge"]._release_holds(date(2026, 6, 16))
            self.assertEqual((fee.state, manual.state), ("ready", "on_hold"))

    def test_what_a_charge_is_follows_from_its_origin(self):
        charge = self.charge(self.create_contract(), "2026-01-01")
        charge.sudo().hold_cause = "contested"
        self.assertEqual(charge.state, "on_hold")
        for user in (self.user_accountant, self.user_manager):
            for vals in (
                {"state": "ready"},
                {"kind": "fee"},
                {"is_included": True},
                {"session_id": False},
                {"billed_quantity": 1.0},
                {"invoice_id": False},
                {"amount": 0.0, "name": "Nothing"},
                {"name": "Better words"},
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaisesRegex(AccessError, "of a charge cannot be written"):
                        charge.with_user(user).write(vals)
        self.assertEqual(charge.state, "on_hold")

    def test_nobody_makes_or_deletes_charges_by_hand(self):
        """What they are for would be billed twice, or never: they are held and waived."""
        charges = self.env["service.charge"]
        fee = self.create_fee(self.create_contract())
        vals = fee.copy_data()[0]
        for user in (self.user_accountant, self.user_manager):
            for forbidden in (
                lambda user=user: charges.with_user(user).create(vals),
                lambda user=user: fee.with_user(user).copy(),
                lambda user=user: fee.with_user(user).unlink(),
            ):
                with self.assertRaises(AccessError):
                    forbidden()
        charge = charges.sudo().create({**vals, "is_included": True, "included_amount": 12.0})
        self.assertEqual((charge.state, charge.included_amount), ("included", 12.0))

    def test_others_decide_nothing(self):
        charge = self.charge(self.create_contract(), "2026-01-01")
        for user in (self.user_technician, self.user_sales):
            for action in ("action_hold", "action_release", "action_waive", "action_owe"):
                with self.assertRaises(AccessError):
                    getattr(charge.with_user(user), action)()

    def test_billed_charge_is_decided_on_its_invoice(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.create_run("2026-06-15")
        charge = contract.charge_ids
        for action in ("action_hold", "action_release", "action_waive", "action_owe"):
            with self.assertRaisesRegex(UserError, "is on invoice"):
                getattr(charge, action)()
        with self.assertRaisesRegex(UserError, "is on invoice"):
            charge.sudo().price_unit = 1
        with self.assertRaisesRegex(UserError, "is on invoice"):
            charge.sudo().unlink()
        self.assertEqual(charge.action_open_invoice()["res_id"], run.invoice_ids.id)

    def test_billed_line_cannot_be_deleted(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.create_run("2026-06-15")
        with self.assertRaisesRegex(UserError, "Give it a last day instead"):
            contract.line_ids.unlink()
        run.invoice_ids.unlink()
        contract.line_ids.unlink()
        self.assertFalse(contract.charge_ids)

    # ----- The database -----

    @mute_logger("odoo.sql_db")
    def test_period_cannot_be_charged_twice(self):
        """Invariant 1: even where every check is passed over."""
        charge = self.charge(self.create_contract(), "2026-01-01")
        overlapping = {"date_start": "2026-01-31", "date_end": "2026-02-28"}
        with self.assertRaises(ExclusionViolation) as caught, self.env.cr.savepoint():
            charge.sudo().copy(overlapping)
            self.env.flush_all()
        self.assertEqual(
            self.env["service.charge"]._sql_error_to_message(caught.exception),
            "This contract line is charged for a part of this period already.",
        )
        charge.sudo().copy({**overlapping, "date_start": "2026-02-01"})
        charge.sudo().copy({**overlapping, "kind": "credit"})

    @mute_logger("odoo.sql_db")
    def test_bad_charges_are_refused_by_the_database(self):
        charge = self.charge(self.create_contract(), "2026-01-01")
        words = {
            "A charge is for at least one day.": {"kind": "fee", "date_end": "2026-01-01"},
            "A recurring charge belongs to a contract line.": {"contract_line_id": False},
            "A charge has a quantity.": {"kind": "fee", "quantity": 0},
        }
        for message, vals in words.items():
            with self.subTest(message=message):
                with self.assertRaises(CheckViolation) as caught, self.env.cr.savepoint():
                    charge.sudo().copy(vals)
                    self.env.flush_all()
                self.assertEqual(charge._sql_error_to_message(caught.exception), message)

    @mute_logger("odoo.sql_db")
    def test_session_component_cannot_be_charged_twice(self):
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-06-01 09:00:00", 1800)])
        charge = session.sudo().charge_ids
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            charge.sudo().copy()
            self.env.flush_all()
        charge.sudo().copy({"revision": 1})

    # ----- The daily job -----

    def test_cron_isolates_each_of_its_steps(self):
        """A contract that cannot be ended keeps no other from being ended, counted and charged."""
        good, ended, bad = (self.create_contract() for _index in range(3))
        (ended + bad).sudo().date_end = "2026-06-10"
        method = type(good)._set_ended

        def fail(contracts, day):
            if bad in contracts:
                raise ValueError("Broken end")
            return method(contracts, day)

        with patch.object(type(good), "_set_ended", fail):
            self.run_cron("service_contract.service_contract_cron")
        self.assertEqual((good + ended + bad).mapped("state"), ["active", "ended", "active"])
        self.assertTrue(good.charge_ids)
        row = self.env["service.exception"]._get_open(bad, "contract")
        self.assertEqual((row.job, row.detail), ("end", "Broken end"))
        self.run_cron("service_contract.service_contract_cron")
        self.assertEqual((bad.state, row.state), ("ended", "done"))

    def test_what_time_was_short_for_is_called_for_again(self):
        """No step is left out for a day because the one before took all the time."""
        contract = self.create_contract()
        self.create_contract().sudo().date_end = "2026-06-10"
        cron = self.env["ir.cron"]
        calls = []

        def commit(_cron, processed=0, *, remaining=None, deactivate=False):
            calls.append(remaining)
            return 0

        with patch.object(type(cron), "_commit_progress", commit):
            self.env["service.contract"]._cron_generate_charges()
        self.assertEqual(calls[-1], 1)
        self.assertFalse(contract.charge_ids)

    def test_cron_charges_and_isolates(self):
        good, bad = self.create_contract(), self.create_contract()
        self.env.cr.execute(
            "UPDATE service_contract SET billing_interval = 'x' WHERE id = %s", [bad.id]
        )
        self.env.invalidate_all()
        self.run_cron("service_contract.service_contract_cron")
        self.assertEqual(len(good.charge_ids), 6)
        self.assertFalse(bad.charge_ids)
        row = self.env["service.exception"].search([("contract_id", "=", bad.id)])
        self.assertEqual((row.kind, row.state), ("contract", "open"))
        bad.billing_interval = "1"
        self.run_cron("service_contract.service_contract_cron")
        self.assertEqual(len(bad.charge_ids), 6)
        self.assertEqual(row.state, "done")
