"""A return booked in steps equals what the stack books debit by debit, in every column (L15c)."""

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT
from odoo.addons.service_contract.models.returns.return_day import PLAIN

from ..bank.alike import AlikeCommon
from .common import ReturnsCommon

# How far the steps are, which the stack does not know.
STEPS = {"service_booked_by_id", "service_book_position", "service_entry_line_id"}
MODELS = ("payment.return", "payment.return.line")
DAY = "2026-06-24"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestReturnsAlike(AlikeCommon, ReturnsCommon):
    # ----- Two ways -----

    def compare(self, one, sizes=(2, 3), messages=False):
        """Check a return in steps of some sizes; return the rows of each model."""
        one = one.with_context(**dict.fromkeys(DISABLED_MAIL_CONTEXT, False))
        with self.undone():
            before = self.get_last_ids()
            one.with_context(**{PLAIN: True}).action_confirm()
            expected = self.describe(before)
        for size in sizes:
            with self.undone(), self.subTest(size=size):
                before = self.get_last_ids()
                one._begin_booking()
                while one._step(size):
                    one.env.cr.flush()
                    one.env.invalidate_all()
                self.assertEqual(one.state, "done")
                self.assertFalse(one._get_left_lines())
                self.assertAlike(self.describe(before), expected, messages)
        return expected

    def describe(self, before):
        found = super().describe(before)
        for name in MODELS:
            rows = self.get_rows(name).values()
            found[name] = sorted(
                (self.get_values(name, row) for row in rows), key=lambda row: row["label"]
            )
        return found

    def get_rows(self, name):
        """Also say which lines of invoices were paid by what came back."""
        rows = super().get_rows(name)
        if name == "account.partial.reconcile":
            for partial in self.env[name].browse(rows):
                rows[partial.id]["origins"] = sorted(partial.origin_returned_move_ids.ids)
        return rows

    def leave_out_steps(self, rows):
        """Leave out what is logged of the return's states, of which the stack has one less."""
        result = super().leave_out_steps(rows)
        messages, values = rows["mail.message"], rows["mail.tracking.value"]
        own = {id_ for id_, row in messages.items() if row["model"] == "payment.return"}
        rows["mail.message"] = {id_: row for id_, row in messages.items() if id_ not in own}
        rows["mail.tracking.value"] = {
            id_: row for id_, row in values.items() if row["mail_message_id"] not in own
        }
        return result

    def get_values(self, name, row):
        return super().get_values(name, {key: row[key] for key in row.keys() - STEPS})

    # ----- Tests -----

    def test_taxes_parts_and_terms(self):
        order = self.upload(self.make_mix())
        with freeze_time(f"{DAY} 10:00"):
            found = self.compare(self.make_return(order))
        posted = {row["state"] for row in found["account.move"]}
        self.assertEqual(posted, {"posted"})
        back = [row for row in found["account.move"] if row["tax_cash_basis_origin_move_id"]]
        undone = [row for row in back if row["reversed_entry_id"]]
        self.assertGreater(len(undone), 6)
        self.assertEqual({row["date"].isoformat() for row in undone}, {DAY})
        self.assertGreaterEqual(len(back), 2 * len(undone))

    def test_what_is_logged(self):
        moves = self.create_invoices(self.payers, 20.0)
        moves[0].message_subscribe(self.user_sales.partner_id.ids)
        self.compare(self.make_return(self.upload(moves)), sizes=(2, 100), messages=True)

    def test_hashed_journals(self):
        self.journal.restrict_mode_hash_table = True
        self.company.tax_cash_basis_journal_id.restrict_mode_hash_table = True
        found = self.compare(self.make_return(self.upload(self.make_mix())), sizes=(4,))
        hashed = [row for row in found["account.move"] if row["inalterable_hash"]]
        self.assertGreater(len(hashed), 20)

    def test_several_invoices_in_one_debit(self):
        self.method_sdd.group_lines = True
        order = self.upload(self.make_mix())
        self.assertLess(len(order.payment_ids), len(order.payment_line_ids))
        self.compare(self.make_return(order), sizes=(2,))

    def test_several_debits_in_one_line(self):
        """A bank that takes the two debits of a customer back in one amount."""
        first, second = self.payers[:2]
        moves = self.create_invoice(first, 10) + self.create_invoice(first, 20)
        one = self.make_return(self.upload(moves + self.create_invoice(second, 30)))
        kept, other, _last = one.line_ids
        kept.write(
            {
                "amount": kept.amount + other.amount,
                "move_line_ids": [Command.set((kept + other).move_line_ids.ids)],
            }
        )
        other.unlink()
        self.compare(one, sizes=(1, 5))

    def test_what_the_bank_takes_for_it(self):
        """Its fee beside the amount, on the accounts that the journal says."""
        expense = self.env["account.account"].search(
            [("account_type", "=", "expense"), ("company_ids", "=", self.company.id)], limit=1
        )
        bank = self.env["res.partner"].create({"name": "Bank", "supplier_rank": 1})
        order = self.upload(self.make_mix())
        one = self.make_return(order)
        one.line_ids[::2].write(
            {
                "expense_amount": 3.5,
                "expense_account": expense.id,
                "expense_partner_id": bank.id,
            }
        )
        self.compare(one, sizes=(3,))

    def test_locked_days(self):
        """A return of a day that is locked, and taxes that were declared meanwhile."""
        order = self.upload(self.make_mix())
        one = self.make_return(order)
        with freeze_time("2026-07-10 10:00"):
            self.company.tax_lock_date = "2026-06-30"
            self.company.fiscalyear_lock_date = "2026-06-30"
            found = self.compare(one, sizes=(3,))
        months = {row["date"].month for row in found["account.move"] if row["reversed_entry_id"]}
        self.assertEqual(months, {7})

    def test_end_of_the_year(self):
        with freeze_time("2026-12-28 10:00"):
            moves = self.env["account.move"]
            for number, payer in enumerate(self.payers):
                moves += self.create_invoice(
                    payer,
                    10.0 + number,
                    invoice_date="2026-12-28",
                    invoice_payment_term_id=False,
                    invoice_date_due=("2026-12-30", "2027-01-04")[number % 2],
                )
            order = self.upload(moves)
        with freeze_time("2027-01-10 10:00"):
            found = self.compare(self.make_return(order, date="2027-01-08"), sizes=(1, 4))
        years = {row["date"].year for row in found["account.move"] if row["reversed_entry_id"]}
        self.assertEqual(years, {2027})

    def test_differences_of_exchange(self):
        """Debits in another currency than the books, at another rate than their invoices."""
        order = self.create_foreign_order()
        order.generated2uploaded()
        with freeze_time(f"{DAY} 10:00"):
            self.compare(self.make_return(order), sizes=(1, 3))

    def test_another_company(self):
        """What the company of the return says counts, whichever the user works in."""
        sister = self.setup_other_company(name="Sister")["company"]
        method = self.method_sdd
        self.addCleanup(setattr, type(self), "method_sdd", method)
        self._prepare_company(sister)
        tax = sister._get_service_tax(False)
        self.user_accountant.company_ids += sister
        moves = self.env["account.move"]
        for number, payer in enumerate(self.payers[:3]):
            self.env["account.banking.mandate"].create(
                {
                    "partner_id": payer.id,
                    "partner_bank_id": payer.bank_ids[:1].id,
                    "company_id": sister.id,
                    "format": "sepa_core",
                    "signature_date": "2020-01-15",
                    "state": "valid",
                }
            )
            moves += self.create_invoice(payer, 50.0 + number, tax=tax, company_id=sister.id)
        companies = [sister.id, self.company.id]
        one = self.make_return(self.upload(moves)).with_context(allowed_company_ids=companies)
        self.assertEqual(one.company_id, sister)
        self.compare(one, sizes=(2,))
