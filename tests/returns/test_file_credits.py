"""The credits of lots in a bank's file: found, booked once, less what came back with them."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .. import bank_files
from ..bank.common import BankCommon
from .common import drop


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestFileCredits(BankCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers = cls.create_payers(3)
        number = cls.journal.bank_account_id.sanitized_acc_number
        cls.iban = number

    def make_lot(self):
        moves = self.create_invoices(self.payers, 39.0)
        order = self.create_order(moves)
        order.generated2uploaded()
        return order.payment_lot_ids

    def drop(self, *entries, returned=(), kind="camt.054.001.08", message="BANK-1"):
        """Drop a file with credits, as the browser does; return it."""
        content = bank_files.account(
            returned,
            kind,
            self.iban,
            more="".join(entries),
            message=message,
            day="2026-06-15",
        )
        env = self.env(user=self.user_accountant)
        files, action = env["service.bank.file"], drop(env, content)
        return files.browse(action["res_id"])

    def get_states(self, lot):
        moves = self.get_invoices(lot.order_id)
        return sorted(moves.mapped("payment_state"))

    def get_balance(self):
        account = self.journal.default_account_id
        domain = [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        return sum(self.env["account.move.line"].search(domain).mapped("balance"))

    def get_outstanding(self, lot):
        account = lot.payment_ids.outstanding_account_id
        domain = [("account_id", "=", account.id), ("reconciled", "=", False)]
        return self.env["account.move.line"].search([*domain, ("parent_state", "=", "posted")])

    def test_reading_books_nothing(self):
        lot = self.make_lot()
        file = self.drop(bank_files.credited("140.40", lot.name))
        self.assertEqual((file.credit_count, file.credit_ready_count), (1, 1))
        self.assertEqual(file.other_count, 2)
        self.assertIn(lot.name, file.credit_text)
        self.assertFalse(lot.service_credit_date)
        file.action_book_credits()
        self.assertEqual(file.credit_ready_count, 0)
        self.assertEqual(lot.service_credit_date.isoformat(), "2026-06-16")
        self.assertEqual(self.get_states(lot), ["paid"] * 3)
        self.assertEqual(self.get_balance(), 140.4)

    def test_every_way_to_name_a_lot(self):
        for kind in ("camt.054.001.02", "camt.053.001.08", "camt.053.001.02"):
            for name in ("batch", "message", "text", "debits", "amount"):
                lot = self.make_lot()
                debits = [(one.memo, "46.80") for one in lot.payment_ids]
                options = {
                    "batch": {"batch": lot.name},
                    "message": {"batch": lot.order_id.name},
                    "text": {"text": f"REMISE {lot.name} DU 15/06"},
                    "debits": {"debits": debits},
                    "amount": {},
                }[name]
                with self.subTest(kind, name=name):
                    entry = bank_files.credited("140.40", kind=kind, **options)
                    file = self.drop(entry, kind=kind, message=f"{kind}-{name}")
                    file.action_book_credits()
                    self.assertEqual(self.get_states(lot), ["paid"] * 3)

    def test_known_already(self):
        """By another file, by hand or by an imported line: nothing is booked twice."""
        lot = self.make_lot()
        first = self.drop(bank_files.credited("140.40", lot.name))
        second = self.drop(bank_files.credited("140.40", lot.name), kind="camt.053.001.08")
        first.action_book_credits()
        second.action_book_credits()
        third = self.drop(bank_files.credited("140.40", lot.name), message="BANK-3")
        self.assertFalse(third.credit_ready_count)
        self.assertIn("known already", third.credit_text)
        self.assertEqual(self.get_balance(), 140.4)

    def test_the_line_of_an_imported_statement_is_taken(self):
        lot = self.make_lot()
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal.id,
                "date": "2026-06-17",
                "amount": 140.4,
                "payment_ref": "REMISE PRLV",
            }
        )
        self.drop(bank_files.credited("140.40", lot.name)).action_book_credits()
        self.assertEqual(lot.service_credit_line_id, line)
        self.assertEqual(self.get_balance(), 140.4)

    def test_a_statement_imported_later_takes_over(self):
        """Whether it names the lot or not."""
        for ref in ("REMISE PRLV", None):
            lot = self.make_lot()
            before = self.get_balance()
            entry = bank_files.credited("140.40", lot.name)
            self.drop(entry, message=f"BANK-{ref}").action_book_credits()
            line = self.env["account.bank.statement.line"].create(
                {
                    "journal_id": self.journal.id,
                    "date": "2026-06-16",
                    "amount": 140.4,
                    "payment_ref": ref or lot.name,
                }
            )
            self.assertEqual(lot.service_credit_line_id, line)
            self.assertTrue(line.is_reconciled)
            self.assertEqual(self.get_balance() - before, 140.4)

    def test_returns_netted_by_the_bank(self):
        """The lot is credited less what came back: the rest is paid, nothing is left open."""
        lot = self.make_lot()
        back = lot.payment_ids[0]
        entry = bank_files.credited("93.60", lot.name, returned=[(back.memo, "46.80")])
        file = self.drop(entry)
        self.assertEqual((file.to_book_count, file.credit_ready_count), (1, 1))
        file.action_book_credits()
        self.assertTrue(lot.service_credit_date)
        self.assertEqual(self.get_states(lot), ["in_payment", "paid", "paid"])
        file.action_book()
        self.assertEqual(self.get_states(lot), ["not_paid", "paid", "paid"])
        self.assertFalse(self.get_outstanding(lot))
        self.assertEqual(self.get_balance(), 93.6)

    def test_returns_that_were_booked_before(self):
        lot = self.make_lot()
        back = lot.payment_ids[0]
        self.drop(returned=[(back.memo, "46.80", "MS02")]).action_book()
        entry = bank_files.credited("93.60", lot.name)
        self.drop(entry, message="BANK-2").action_book_credits()
        self.assertEqual(self.get_states(lot), ["not_paid", "paid", "paid"])
        self.assertFalse(self.get_outstanding(lot))

    def test_credited_whole_and_returned_apart(self):
        lot = self.make_lot()
        back = lot.payment_ids[0]
        self.drop(returned=[(back.memo, "46.80", "MS02")]).action_book()
        entry = bank_files.credited("140.40", lot.name)
        self.drop(entry, message="BANK-2").action_book_credits()
        self.assertEqual(self.get_balance(), 140.4)
        self.assertEqual(
            self.get_outstanding(lot).mapped("balance"), [-46.8], "the bank's debit is to come"
        )

    def test_fee_that_the_file_tells(self):
        lot = self.make_lot()
        fees = self.env["account.account"].search(
            [("company_ids", "=", self.company.id), ("account_type", "=", "expense")], limit=1
        )
        entry = bank_files.credited("139.40", lot.name, fee="1.00")
        file = self.drop(entry)
        file.action_book_credits()
        self.assertIn("another amount", file.credit_text)
        self.journal.default_expense_account_id = fees
        file.action_book_credits()
        self.assertEqual(self.get_states(lot), ["paid"] * 3)
        self.assertEqual(self.get_balance(), 139.4)

    def test_another_amount_is_a_persons(self):
        lot = self.make_lot()
        file = self.drop(bank_files.credited("100.00", lot.name))
        file.action_book_credits()
        self.assertEqual(file.credit_ready_count, 1)
        self.assertIn("another amount", file.credit_text)
        self.assertFalse(lot.service_credit_date)
        self.assertFalse(self.get_balance())

    def test_debits_credited_one_by_one(self):
        """Where the bank books no batches; the lot is credited with the last one."""
        lot = self.make_lot()
        for number, payment in enumerate(lot.payment_ids):
            self.assertFalse(lot.service_credit_date)
            entry = bank_files.credited("46.80", debits=[(payment.memo, "46.80")])
            self.drop(entry, message=f"BANK-{number}").action_book_credits()
            self.assertEqual(self.get_states(lot).count("paid"), number + 1)
        self.assertTrue(lot.service_credit_date)

    def test_who_may_book(self):
        lot = self.make_lot()
        file = self.drop(bank_files.credited("140.40", lot.name))
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                file.with_user(user).action_book_credits()
