"""The bank's credit of a lot: seen in its journal, said by a person, or missed."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import BankCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestLotCredits(BankCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers = cls.create_payers(3)
        cls.fees = cls.env["account.account"].search(
            [("company_ids", "=", cls.company.id), ("account_type", "=", "expense")], limit=1
        )

    def make_lot(self, upload=True):
        moves = self.create_invoices(self.payers, 39.0)
        order = self.create_order(moves)
        if upload:
            order.generated2uploaded()
        return order.payment_lot_ids

    def get_moves(self, lot):
        return self.get_invoices(lot.order_id)

    def import_line(self, amount, ref, day="2026-06-16", **vals):
        """Return a bank line as an import of statements creates it."""
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "date": day,
                "amount": amount,
                "payment_ref": ref,
                **vals,
            }
        )

    def credit(self, lots, **vals):
        action = lots.action_credit()
        wizard = Form(
            self.env(user=self.user_accountant)[action["res_model"]].with_context(
                **action["context"]
            )
        )
        for name, value in vals.items():
            setattr(wizard, name, value)
        wizard.save().action_confirm()

    def assertPaid(self, lot, amount=140.4):
        self.assertEqual(set(self.get_moves(lot).mapped("payment_state")), {"paid"})
        self.assertEqual(set(lot.payment_ids.mapped("state")), {"paid"})
        self.assertTrue(lot.service_credit_date)
        bank = self.journal.default_account_id
        lines = self.env["account.move.line"].search(
            [("account_id", "=", bank.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(sum(lines.mapped("balance")), amount, "booked once")

    # ----- What stays as it is -----

    def test_a_lot_at_the_bank_is_kept(self):
        """By its name the bank credits it and sends debits back."""
        lot = self.make_lot(upload=False).with_user(self.user_accountant)
        other = self.make_lot(upload=False).order_id
        cases = (
            {"name": "Other"},
            {"order_id": other.id},
            {"date": "2026-06-30"},
            {"currency_id": self.env.ref("base.CHF").id},
            {"state": "cancel"},
            {"payment_type": "outbound"},
            {"amount": 1},
        )
        for step in ("generated", "uploading", "uploaded"):
            if step == "uploading":
                lot.order_id._begin_upload()
            elif step == "uploaded":
                lot.order_id.action_continue_upload()
            self.assertEqual(lot.state, step)
            for vals in cases:
                with self.subTest(step, **vals), self.assertRaises(AccessError):
                    lot.write(vals)
            if step != "generated":
                with self.assertRaisesRegex(UserError, "at the bank"), self.env.cr.savepoint():
                    lot.unlink()

    def test_lots_of_a_cancelled_order_are_made_anew(self):
        lot = self.make_lot(upload=False)
        order = lot.order_id.with_user(self.user_accountant)
        order.action_cancel()
        order.cancel2draft()
        self.assertFalse(lot.exists())

    # ----- By hand -----

    def test_not_before_the_debit(self):
        lot = self.make_lot()
        for day in ("2026-06-15", "2026-06-17"):
            with self.subTest(day), self.assertRaisesRegex(UserError, "at the earliest"):
                self.credit(lot.with_user(self.user_accountant), date=day)
        self.credit(lot.with_user(self.user_accountant), date="2026-06-16")
        self.assertPaid(lot)

    def test_one_button_with_its_date(self):
        lot = self.make_lot()
        self.assertEqual(set(self.get_moves(lot).mapped("payment_state")), {"in_payment"})
        with freeze_time("2026-06-18"):
            self.credit(lot.with_user(self.user_accountant))
        self.assertPaid(lot)
        self.assertEqual(lot.service_credit_date.isoformat(), "2026-06-16")
        self.assertTrue(lot.service_is_provisional)
        with self.assertRaisesRegex(UserError, "credited already"):
            self.credit(lot.with_user(self.user_accountant))

    def test_fee(self):
        lot = self.make_lot()
        self.credit(lot.with_user(self.user_accountant), fee=1.5, fee_account_id=self.fees)
        self.assertPaid(lot, 138.9)
        fee = lot.service_credit_line_id.line_ids.filtered(
            lambda line: line.account_id == self.fees
        )
        self.assertEqual(fee.balance, 1.5)

    def test_several_lots_in_one_amount(self):
        lots = self.make_lot() + self.make_lot()
        self.credit(lots.with_user(self.user_accountant))
        self.assertEqual(len(lots.service_credit_line_id), 1)
        self.assertPaid(lots[0], 280.8)

    def test_lots_that_wait(self):
        lot = self.make_lot(upload=False)
        with self.assertRaisesRegex(UserError, "not at the bank"):
            self.credit(lot.with_user(self.user_accountant))

    # ----- By the bank's line -----

    def test_an_imported_line_that_names_the_lot(self):
        lot = self.make_lot()
        line = self.import_line(140.4, f"REMISE PRLV {lot.name} SEPA")
        self.assertPaid(lot)
        self.assertEqual(lot.service_credit_line_id, line)
        self.assertTrue(line.is_reconciled)
        self.assertFalse(lot.service_is_provisional)

    def test_the_later_import_takes_the_place_of_the_hand(self):
        lot = self.make_lot()
        self.credit(lot.with_user(self.user_accountant))
        line = self.import_line(140.4, f"{lot.name}", day="2026-06-17")
        self.assertPaid(lot)
        self.assertEqual(lot.service_credit_line_id, line)
        self.assertEqual(lot.service_credit_date.isoformat(), "2026-06-17")

    def test_a_line_of_another_amount_waits(self):
        lot = self.make_lot()
        line = self.import_line(100.0, lot.name)
        self.assertFalse(line.is_reconciled)
        self.assertFalse(lot.service_credit_date)

    def test_a_line_without_a_name_is_proposed_by_its_amount(self):
        lot = self.make_lot()
        line = self.import_line(140.4, "REMISE PRLV SEPA")
        self.assertFalse(line.is_reconciled)
        self.credit(lot.with_user(self.user_accountant))
        self.assertPaid(lot)
        self.assertEqual(lot.service_credit_line_id, line)

    def test_what_the_line_lacks_is_the_fee(self):
        lot = self.make_lot()
        line = self.import_line(138.4, "REMISE PRLV SEPA")
        self.credit(lot.with_user(self.user_accountant), line_id=line, fee_account_id=self.fees)
        self.assertPaid(lot, 138.4)

    def test_fee_and_returns_stay_when_the_import_takes_over(self):
        lot = self.make_lot()
        self.credit(lot.with_user(self.user_accountant), fee=1.5, fee_account_id=self.fees)
        line = self.import_line(138.9, "REMISE PRLV SEPA")
        self.assertPaid(lot, 138.9)
        self.assertEqual(lot.service_credit_line_id, line)
        self.assertEqual(
            line.line_ids.filtered(lambda row: row.account_id == self.fees).balance, 1.5
        )

    def test_a_late_line_is_a_persons(self):
        """An amount alone proves nothing long after."""
        lot = self.make_lot()
        self.credit(lot.with_user(self.user_accountant))
        late = self.import_line(140.4, "REMISE PRLV", day="2026-06-25")
        self.assertFalse(late.is_reconciled, "too many days apart")
        self.assertTrue(lot.service_is_provisional)

    def test_other_lines_ask_once_for_all(self):
        vals = {"journal_id": self.journal.id, "date": "2026-06-16", "payment_ref": "Rent"}
        lines = self.env["account.bank.statement.line"].create(
            [{**vals, "amount": amount} for amount in (5.0, 6.0, -7.0)]
        )
        incoming = lines.filtered(lambda line: line.amount > 0)
        incoming.mapped("journal_id")
        incoming._find_provisional()
        with self.assertQueryCount(1):
            self.assertFalse(incoming._find_provisional())

    # ----- Missed -----

    def test_missed_after_some_days(self):
        lot = self.make_lot()
        lots = self.env["account.payment.lot"].with_user(self.user_accountant)
        missed = [("service_is_missed", "=", True)]
        self.assertNotIn(lot, lots.search(missed))
        with freeze_time("2026-06-20 10:00"):
            lot.invalidate_recordset()
            self.assertIn(lot, lots.search(missed))
            self.assertTrue(lot.service_is_missed)
            self.company.service_credit_days = 10
            self.assertNotIn(lot, lots.search(missed))
            self.company.service_credit_days = 3
            self.credit(lot.with_user(self.user_accountant))
            self.assertNotIn(lot, lots.search(missed))

    # ----- Rights -----

    def test_who_may_say_so(self):
        lot = self.make_lot()
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                lot.with_user(user).action_credit()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            lot.with_user(self.user_accountant).write({"service_credit_date": "2026-06-15"})
        wizard = self.env["service.lot.credit"].with_user(self.user_sales)
        with self.assertRaises(AccessError):
            wizard.create({"lot_ids": [Command.set(lot.ids)]})
