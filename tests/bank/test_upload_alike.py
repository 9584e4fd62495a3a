"""An upload booked in steps equals what the stack books payment by payment, in every column."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT
from odoo.addons.service_contract.models.bank.upload_key import PLAIN

from .alike import AlikeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestUploadAlike(AlikeCommon):
    # ----- Two ways -----

    def compare(self, order, sizes=(2, 3), messages=False):
        """Check an upload in steps of some sizes; return the rows of each model.

        What is logged says less where one step pays an invoice in two parts.
        """
        context = dict.fromkeys(DISABLED_MAIL_CONTEXT, False)
        order = order.with_context(**context)
        # The stack leaves to the database which debit of a day comes first.
        payments = type(self.env["account.payment"])
        in_order = patch.object(payments, "_order", f"{payments._order}, id")
        with self.undone(), in_order:
            before = self.get_last_ids()
            order.with_context(**{PLAIN: True}).generated2uploaded()
            expected = self.describe(before)
        for size in sizes:
            with self.undone(), self.subTest(size=size):
                before = self.get_last_ids()
                order._begin_upload()
                while order._step(size):
                    order.env.cr.flush()
                    order.env.invalidate_all()
                self.assertAlike(self.describe(before), expected, messages)
        return expected

    # ----- Tests -----

    def test_taxes_parts_and_terms(self):
        found = self.compare(self.create_order(self.make_mix()))
        entries = [row for row in found["account.move"] if row["tax_cash_basis_rec_id"]]
        self.assertGreater(len(entries), 6)

    def test_what_is_logged(self):
        moves = self.create_invoices(self.payers, 20.0)
        moves[0].message_subscribe(self.user_sales.partner_id.ids)
        self.compare(self.create_order(moves), sizes=(2, 100), messages=True)

    def test_hashed_journals(self):
        self.journal.restrict_mode_hash_table = True
        self.company.tax_cash_basis_journal_id.restrict_mode_hash_table = True
        order = self.create_order(self.make_mix())
        found = self.compare(order)
        hashed = [row for row in found["account.move"] if row["inalterable_hash"]]
        self.assertGreater(len(hashed), 20)
        order.generated2uploaded()
        results = self.company._check_hash_integrity()["results"]
        self.assertNotIn("corrupted", {result["status"] for result in results})

    def test_several_invoices_in_one_payment(self):
        self.method_sdd.group_lines = True
        order = self.create_order(self.make_mix())
        self.assertLess(len(order.payment_ids), len(order.payment_line_ids))
        self.compare(order)

    def test_end_of_the_year(self):
        with freeze_time("2026-12-30 10:00"):
            moves = self.env["account.move"]
            for number, payer in enumerate(self.payers):
                day = ("2026-12-30", "2027-01-04", "2027-02-01")[number % 3]
                moves += self.create_invoice(
                    payer,
                    10.0 + number,
                    invoice_date="2026-12-30",
                    invoice_payment_term_id=False,
                    invoice_date_due=day,
                )
            order = self.create_order(moves)
            self.assertEqual(len(set(order.payment_ids.mapped("date"))), 3)
            found = self.compare(order, sizes=(1, 4, 100))
        years = {row["date"].year for row in found["account.move"] if row["origin_payment_id"]}
        self.assertEqual(years, {2026, 2027})

    def test_locked_day(self):
        """Entries of a day that is locked meanwhile are booked after it, as the stack does."""
        order = self.create_order(self.make_mix())
        with freeze_time("2026-07-10 10:00"):
            self.company.sale_lock_date = "2026-06-30"
            self.company.fiscalyear_lock_date = "2026-06-30"
            self.compare(order)

    def test_differences_of_exchange(self):
        """Debits in another currency than the books, at another rate than their invoices."""
        order = self.create_foreign_order()
        found = self.compare(order)
        partials = found["account.partial.reconcile"]
        differing = [row for row in partials if row["exchange_move_id"]]
        self.assertGreaterEqual(len(differing), 3)

    def test_another_company(self):
        """What the company of the order says counts, whichever the user works in."""
        sister = self.setup_other_company(name="Sister")["company"]
        method = self.method_sdd
        self.addCleanup(setattr, type(self), "method_sdd", method)
        self._prepare_company(sister)
        tax = sister._get_service_tax(False)
        user = self.user_accountant
        user.company_ids += sister
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
        order = self.create_order(moves)
        self.assertEqual(order.company_id, sister)
        self.compare(order.with_context(allowed_company_ids=[self.company.id, sister.id]))
