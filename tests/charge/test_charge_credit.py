"""What was billed ahead and is not served is given back: once, to the cent, undone when open."""

from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import IBANS, ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestChargeCredit(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.reason = cls.env["service.reason"].create({"name": "Goodwill", "usage": "invoice"})

    def bill(self, until):
        return self.create_run(until, user=self.user_accountant).invoice_ids

    def create_billed(self, until="2026-06-15", **vals):
        contract = self.create_contract(**{"start": "2026-01-01", **vals})
        self.bill(until)
        return contract

    def credit_origin(self, contract):
        """Post what a contract's credits give back of, and return their draft credit note."""
        credits = self.get_credits(contract).filtered(lambda charge: charge.state == "ready")
        credits.reversed_charge_id.invoice_id.action_post()
        credits.with_user(self.user_accountant).action_credit_origin()
        return credits.invoice_id

    def get_credits(self, contract):
        return contract.charge_ids.filtered(lambda charge: charge.kind == "credit")

    def get_net(self, contract):
        billed = contract.charge_ids.filtered(lambda charge: charge.state == "invoiced")
        return round(sum(billed.mapped("amount")), 2)

    def assertNothingToDo(self, contract):
        before = contract.charge_ids
        contract._remake_charges()
        contract._generate_charges(self.day("2026-06-15"))
        self.assertEqual(contract.charge_ids, before)

    # ----- Making -----

    def test_end_within_a_billed_period(self):
        """A quarter was billed; the contract ends on 31 May: June is given back from 1 June."""
        contract = self.create_billed(billing_interval="3")
        contract.sudo().date_end = "2026-05-31"
        credit = self.get_credits(contract)
        self.assertPeriods(credit, [("2026-06-01", "2026-06-30")])
        self.assertEqual((credit.quantity, credit.price_unit), (-1, 49.45))
        self.assertEqual(credit.billing_date, date(2026, 6, 1))
        charge = credit.reversed_charge_id
        self.assertPeriods(charge, [("2026-04-01", "2026-06-30")])
        for name in ("partner_invoice_id", "currency_id", "tax_ids", "product_id", "mandate_id"):
            self.assertEqual(credit[name], charge[name], name)
        self.assertNothingToDo(contract)

    def test_gesture_before_the_end(self):
        """Of 150.00, 75.00 were credited as a gesture: June is given back at half its price."""
        contract = self.create_billed(billing_interval="3")
        charge = contract.charge_ids.sorted("date_start")[-1]
        charge.invoice_id.action_post()
        gesture = charge.invoice_id._reverse_moves()
        for line in gesture.invoice_line_ids:
            line.price_unit = line.price_unit / 2
        gesture.action_post()
        self.assertEqual(charge.state, "invoiced")
        contract.sudo().date_end = "2026-05-31"
        credit = self.get_credits(contract)
        self.assertEqual(credit.price_unit, 24.73)
        self.assertIn("for which 75.00\u00a0€ was billed", credit._explain()[0])
        self.assertNothingToDo(contract)

    def test_price_lowered_on_the_draft(self):
        """Billed at 90.00 instead of 150.00: what is given back is cut from 90.00."""
        contract = self.create_billed(billing_interval="3")
        charge = contract.charge_ids.sorted("date_start")[-1]
        line = charge.move_line_ids
        line.write({"price_unit": 30, "service_reason_id": self.reason.id})
        self.assertEqual(charge.state, "invoiced")
        contract.sudo().date_end = "2026-05-31"
        self.assertEqual(self.get_credits(contract).price_unit, 29.67)
        contract.sudo().date_end = False
        self.assertFalse(self.get_credits(contract))

    def test_price_lowered_on_the_draft_after_the_credit_was_made(self):
        """Once it is posted at 90.00 instead of 150.00, the credit is cut from 90.00."""
        contract = self.create_billed(billing_interval="3")
        charge = contract.charge_ids.sorted("date_start")[-1]
        contract.sudo().date_end = "2026-05-31"
        self.assertEqual(self.get_credits(contract).price_unit, 49.45)
        charge.move_line_ids.write({"price_unit": 30, "service_reason_id": self.reason.id})
        charge.invoice_id.action_post()
        self.assertEqual(self.get_credits(contract).price_unit, 29.67)
        self.assertNothingToDo(contract)

    def test_price_lowered_and_whole_period_given_back(self):
        """Never more than was billed, to the cent."""
        contract = self.create_billed(billing_interval="3")
        charge = contract.charge_ids.sorted("date_start")[-1]
        charge.move_line_ids.write({"price_unit": 23, "service_reason_id": self.reason.id})
        contract.line_ids.date_end = "2026-03-31"
        self.assertEqual(self.get_credits(contract).price_unit, 69)

    def test_words(self):
        contract = self.create_billed(billing_interval="3")
        contract.sudo().date_end = "2026-05-31"
        credit = self.get_credits(contract)
        self.assertIn("Credit: ", credit.name)
        self.assertIn("From 06/01/2026 to 06/30/2026", credit.name)
        self.assertEqual(
            credit._explain(),
            ["Given back: 30 of the 91 days for which 150.00\u00a0€ was billed."],
        )

    def test_several_periods_and_lines(self):
        contract = self.create_billed()
        other = self.create_billed(customer=self.create_customer("Other"))
        contract.line_ids.date_end = "2026-04-20"
        self.assertPeriods(
            self.get_credits(contract),
            [
                ("2026-04-21", "2026-04-30"),
                ("2026-05-01", "2026-05-31"),
                ("2026-06-01", "2026-06-30"),
            ],
        )
        self.assertFalse(self.get_credits(other))
        self.assertNothingToDo(contract)

    def test_open_charges_are_made_anew(self):
        contract = self.create_contract(start="2026-04-01")
        contract._generate_charges(date(2026, 6, 15))
        contract.sudo().date_end = "2026-05-10"
        contract._generate_charges(date(2026, 6, 15))
        self.assertPeriods(
            contract.charge_ids, [("2026-04-01", "2026-04-30"), ("2026-05-01", "2026-05-10")]
        )

    def test_the_cents_are_those_of_the_days(self):
        """Billed − credited = what a contract with these dates costs from the start."""
        cases = [
            (interval, period, start, price)
            for interval, period in (("1", "1"), ("3", "1"), ("12", "1"), ("1", "12"))
            for start, price in (("2025-12-17", 9.99), ("2026-01-31", 100.0 / 3))
        ]
        for interval, period, start, price in cases:
            line = {"price_unit": price, "price_period": period, "discount": 3, "quantity": 7}
            vals = {"start": start, "anchor_date": "2025-12-01", "billing_interval": interval}
            contract = self.create_billed(**vals, line=dict(line))
            for last_day in (date(2026, 5, 3), date(2026, 2, 11), date(2026, 4, 30)):
                with self.subTest(interval=interval, period=period, start=start, end=last_day):
                    contract.sudo().date_end = last_day
                    self.assertNothingToDo(contract)
                    charges = contract.charge_ids
                    fresh = self.create_contract(**vals, date_end=last_day, line=dict(line))
                    expected = sum(fresh._generate_charges(date(2026, 12, 31)).mapped("amount"))
                    self.assertAlmostEqual(sum(charges.mapped("amount")), expected, 5)
                    fresh.sudo().charge_ids.unlink()

    def test_nothing_for_free_lines(self):
        contract = self.create_billed(line={"price_unit": 0})
        contract.sudo().date_end = "2026-05-31"
        self.assertFalse(self.get_credits(contract))

    def test_negative_line_gives_back_a_reduction(self):
        contract = self.create_contract(line={"price_unit": -10}, start="2026-06-01")
        charge = contract._generate_charges(date(2026, 6, 15))
        self.env["service.contract.line"].create(
            {"contract_id": contract.id, "product_id": self.product_fee.id, "price_unit": 15}
        )
        self.create_run("2026-06-15", user=self.user_accountant)
        self.assertEqual(charge.state, "invoiced")
        contract.sudo().date_end = "2026-06-15"
        self.assertEqual(sorted(self.get_credits(contract).mapped("amount")), [-7.5, 5])

    # ----- Billing -----

    def test_credit_alone_is_credited_with_its_origin(self):
        """L08c: no invoice is to come, so the one that billed June is credited."""
        contract = self.create_billed()
        contract.sudo().date_end = "2026-05-31"
        self.assertFalse(self.bill("2026-06-15"))
        credit = self.get_credits(contract)
        self.assertEqual(credit.state, "ready")
        note = self.credit_origin(contract)
        self.assertEqual(note.reversed_entry_id, credit.reversed_charge_id.invoice_id)
        self.assertEqual(note.move_type, "out_refund")
        self.assertEqual(note.amount_untaxed, 50)
        self.assertEqual(note.invoice_line_ids.service_charge_id, self.get_credits(contract))
        note.action_post()
        self.assertEqual(self.get_credits(contract).state, "invoiced")
        self.assertEqual(self.get_net(contract), 250)
        self.assertNothingToDo(contract)
        self.assertFalse(self.bill("2026-06-15"))

    def test_credit_and_charge_make_one_invoice(self):
        contract = self.create_billed(until="2026-05-15")
        self.env["service.contract.line"].create(
            {"contract_id": contract.id, "product_id": self.product_support.id, "price_unit": 80}
        )
        contract.line_ids[:1].date_end = "2026-05-20"
        invoice = self.bill("2026-06-15")
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.move_type, "out_invoice")
        self.assertAlmostEqual(invoice.amount_untaxed, 6 * 80 - 17.74, 2)

    def test_credit_waits_for_its_first_day(self):
        contract = self.create_billed(billing_interval="12")
        contract.sudo().date_end = "2026-08-31"
        self.assertFalse(self.bill("2026-08-31"))
        self.assertFalse(self.get_credits(contract).set_off_run_id)
        self.assertFalse(self.bill("2026-09-01"))
        self.assertEqual(str(self.get_credits(contract).set_off_run_id.cutoff_date), "2026-09-01")

    # ----- Undoing -----

    def test_withdrawn_end_takes_open_credits_away(self):
        contract = self.create_billed()
        before = contract.charge_ids
        contract.sudo().date_end = "2026-03-10"
        self.assertEqual(len(self.get_credits(contract)), 4)
        contract.sudo().date_end = "2026-05-31"
        self.assertEqual(self.get_credits(contract).mapped("amount"), [-50])
        contract.sudo().date_end = False
        self.assertEqual(contract.charge_ids, before)
        self.assertNothingToDo(contract)

    def test_billed_credit_is_owed_again(self):
        """Days that are owed after all are charged again by reversing the credit, and so on."""
        contract = self.create_billed(billing_interval="12")
        contract.line_ids.date_end = "2026-05-31"
        self.credit_origin(contract).action_post()
        contract.line_ids.date_end = "2026-08-15"
        again = self.get_credits(contract).filtered(lambda charge: charge.quantity > 0)
        self.assertPeriods(again, [("2026-06-01", "2026-08-15")])
        self.assertEqual(
            again._explain(),
            ["Owed again: 76 of the 214 days for which 351.78\u00a0€ was given back."],
        )
        self.bill("2026-06-15").action_post()
        self.assertEqual(self.get_net(contract), round(600 - 226.85, 2))
        contract.line_ids.date_end = "2026-06-30"
        self.assertAlmostEqual(sum(contract.charge_ids.mapped("amount")), 600 * 181 / 365, 2)
        contract.line_ids.date_end = False
        self.assertEqual(sum(contract.charge_ids.mapped("amount")), 600)
        self.assertNothingToDo(contract)

    def test_undoing_a_billed_credit_is_refused_in_words(self):
        contract = self.create_billed()
        contract.sudo().date_end = "2026-05-31"
        self.get_credits(contract)._check_not_given_back()
        self.credit_origin(contract)
        with self.assertRaisesRegex(UserError, "is on .* already"):
            self.get_credits(contract)._check_not_given_back()

    def test_waived_credit_stays(self):
        contract = self.create_billed()
        contract.sudo().date_end = "2026-05-31"
        credit = self.get_credits(contract)
        self.waive(credit.with_user(self.user_accountant))
        contract.sudo().date_end = "2026-05-30"
        self.assertIn(credit, contract.charge_ids)
        self.assertPeriods(
            self.get_credits(contract),
            [("2026-05-31", "2026-05-31"), ("2026-06-01", "2026-06-30")],
        )

    def test_deleted_draft_takes_its_credit_along(self):
        contract = self.create_contract(start="2026-06-01")
        draft = self.bill("2026-06-15")
        contract.sudo().date_end = "2026-06-20"
        self.assertEqual(len(contract.charge_ids), 2)
        draft.unlink()
        self.assertEqual(sum(contract.charge_ids.mapped("amount")), 33.33)
        contract._remake_charges()
        contract._generate_charges(date(2026, 6, 15))
        self.assertPeriods(contract.charge_ids, [("2026-06-01", "2026-06-20")])
        self.assertEqual(contract.charge_ids.amount, 33.33)

    def test_new_mandate_reaches_open_credits(self):
        payer = self.create_customer("Payer", iban=IBANS[0])
        contract = self.create_billed(customer=payer)
        contract.sudo().date_end = "2026-05-31"
        contract.mandate_id = self.create_mandate(payer, IBANS[1])
        self.assertEqual(self.get_credits(contract).mandate_id, contract.mandate_id)

    def test_new_payer_does_not_get_the_old_ones_money(self):
        contract = self.create_billed()
        contract.sudo().date_end = "2026-05-31"
        contract.partner_invoice_id = self.create_customer("New Payer")
        self.assertEqual(self.get_credits(contract).partner_invoice_id, self.customer)

    # ----- The database -----

    @mute_logger("odoo.sql_db")
    def test_days_are_given_back_once(self):
        contract = self.create_billed()
        contract.sudo().date_end = "2026-05-31"
        credit = self.get_credits(contract)
        with self.assertRaises(ExclusionViolation) as caught, self.env.cr.savepoint():
            credit.sudo().copy({"date_start": credit.date_end - timedelta(days=1)})
            self.env.flush_all()
        self.assertEqual(
            credit._sql_error_to_message(caught.exception),
            "A part of this period is given back already.",
        )
