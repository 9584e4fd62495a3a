"""Debits beside their file, who did what, what may come back and what did (L14)."""

from datetime import date
from io import BytesIO
from unittest.mock import patch

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ...models.proof.account_payment_lot import _get_first_contested
from ...tools.refunds import contest_day
from ..common import IBANS
from .common import ProofCommon

SHEET = "service_contract.service_control_sheet_report"
RUN_SHEET = "service_contract.service_run_control_sheet_report"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestControl(ProofCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers = cls.create_payers(2)

    def make_order(self, upload=True):
        """Return an order of two lots, for two days."""
        first, second = self.payers
        moves = self.create_invoice(first, 39.0) + self.create_invoice(
            second, 10.0, 5.0, invoice_date_due="2026-06-30"
        )
        order = self.create_order(moves)
        if upload:
            order.generated2uploaded()
        return order

    def read_book(self, report, records, user=None, lang=None):
        reports = self.env["ir.actions.report"].with_user(user or self.user_accountant)
        reports = reports.with_context(lang=lang) if lang else reports
        content, extension = reports._render_xlsx(report, records.ids, {})
        self.assertEqual(extension, "xlsx")
        return load_workbook(BytesIO(content)), load_workbook(BytesIO(content), data_only=True)

    def read_rows(self, sheet):
        return [[cell.value for cell in row] for row in sheet.iter_rows()]

    def find_row(self, sheet, text):
        """Return the row that begins with a text: its number and its values."""
        for number, row in enumerate(self.read_rows(sheet), start=1):
            if row[0] == text:
                return number, row
        return self.fail(f"{text} is not in the sheet")

    # ----- The sheet of an order -----

    def test_each_debit_stands_beside_the_file(self):
        order = self.make_order()
        book, values = self.read_book(SHEET, order)
        sheet, found = book.active, values.active
        header, *rows = self.read_rows(found)[2:5]
        self.assertEqual(header[7:9], ["End-to-End Id", "In the File"])
        for row, payment in zip(rows, order.payment_lot_ids.payment_ids, strict=True):
            self.assertEqual(row[7], payment.memo)
            self.assertEqual(row[5], row[8])
            self.assertEqual(row[5], payment.amount)
            self.assertEqual(row[9].date(), payment.payment_lot_id.service_refund_until)
        self.assertEqual(sheet["F6"].value, "=SUM(F4:F5)")
        self.assertEqual(sheet["F9"].value, "=ROUND(F6-F7,2)")
        self.assertEqual([found[cell].value for cell in ("F6", "F7", "F8")], [64.8, 64.8, 2])
        self.assertEqual([found[cell].value for cell in ("F9", "F10", "I6")], [0, 0, 64.8])

    def test_subtotals_by_lot(self):
        order = self.make_order()
        book, values = self.read_book(SHEET, order)
        self.assertEqual(len(order.payment_lot_ids), 2)
        totals = {batch.id: batch for batch in order.sudo()._get_service_totals().batches}
        for lot in order.payment_lot_ids:
            line, row = self.find_row(values.active, lot.name)
            self.assertEqual(row[1:3], [1, 1])
            self.assertEqual(row[5], float(totals[lot.name].control_sum))
            self.assertEqual(row[7:9], [row[5], 0])
            formula = book.active.cell(line, 6).value
            self.assertEqual(formula, f'=SUMIF($H$4:$H$5,A{line}&"/*",$F$4:$F$5)')

    def test_it_is_printed_as_it_is_read(self):
        book, _values = self.read_book(SHEET, self.make_order())
        sheet = book.active
        self.assertEqual(sheet.page_setup.orientation, "landscape")
        # One page wide is what a sheet says that gives no number.
        self.assertIn(sheet.page_setup.fitToWidth, (None, 1))
        self.assertEqual(sheet.page_setup.fitToHeight, 0)
        self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
        self.assertEqual(sheet.print_title_rows, "$3:$3")
        self.assertEqual(sheet.freeze_panes, "B4")

    def test_french_days(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        book, _values = self.read_book(SHEET, self.make_order(), lang="fr_FR")
        cell = book.active["E4"]
        self.assertTrue(cell.is_date)
        self.assertEqual(cell.number_format, "dd/mm/yyyy")

    def test_what_differs_is_told(self):
        """Somebody has changed an amount in the books since the file was made."""
        order = self.make_order(upload=False)
        payment = order.payment_lot_ids.payment_ids[:1].sudo()
        self.env.cr.execute(
            "UPDATE account_payment SET amount = amount + 1 WHERE id = %s", payment.ids
        )
        self.env.invalidate_all()
        _book, values = self.read_book(SHEET, order)
        self.assertEqual(
            [values.active[cell].value for cell in ("F6", "F7", "F9")], [65.8, 64.8, 1]
        )
        self.assertEqual(values.active["F4"].value - values.active["I4"].value, 1)

    def test_another_accountant_controls_it(self):
        order = self.make_order()
        other = new_test_user(
            self.env,
            login="second_accountant",
            groups="account.group_account_invoice,account_payment_batch_oca.group_account_payment",
            company_id=self.company.id,
        )
        _book, values = self.read_book(SHEET, order, user=other)
        self.assertEqual(values.active["F9"].value, 0)
        for user in (self.user_sales, self.user_technician):
            with self.assertRaises(AccessError):
                self.read_book(SHEET, order, user=user)

    def test_what_came_of_each_debit(self):
        order = self.make_order()
        first, second = order.payment_lot_ids.payment_ids
        self.return_debit(first)
        second.payment_lot_id.sudo()._credit_alone(date(2026, 7, 1))
        rows = self.read_rows(self.read_book(SHEET, order)[1].active)
        self.assertIn("AM04", rows[3][11])
        self.assertIn("Returned on 06/20/2026", rows[3][11])
        self.assertEqual(rows[4][11], "Credited on 07/01/2026")

    # ----- The sheet of a run -----

    def test_a_run_beside_its_files(self):
        other = self.create_customer("Another", iban=IBANS[1])
        self.create_debited_contract()
        self.create_debited_contract(other, self.product_incl)
        blocked = self.create_debited_contract(self.payers[0])
        self.payers[0].valid_mandate_id.cancel()
        run = self.bill()
        orders = self.collect(run)
        book, values = self.read_book(RUN_SHEET, run)
        name = run.name.replace("/", "-")
        self.assertEqual(values.sheetnames[:3], [name, "Invoices", "Who did what"])
        overview, invoices = values[name], values["Invoices"]
        _line, row = self.find_row(overview, orders.name)
        self.assertEqual(row[3:6], [116.8, 116.8, 0])
        sheet = orders.name.replace("/", "-")
        self.assertEqual(book[name]["D4"].value, f"='{sheet}'!F6")
        self.assertEqual(values[sheet]["F6"].value, 116.8)
        _line, row = self.find_row(overview, "Total")
        self.assertEqual(row[3:6], [116.8, 116.8, 0])
        move = run.invoice_ids.filtered(lambda one: one.partner_id == blocked.partner_id)
        _line, row = self.find_row(invoices, move.name)
        self.assertEqual((row[4], row[6] or ""), (0, ""))
        self.assertTrue(row[7], "it says why it is not debited")
        _line, total = self.find_row(invoices, "Total")
        self.assertEqual(total[4], 116.8)
        self.assertEqual(total[3], 163.6)

    def test_a_run_reads_each_order_once(self):
        """The sheet of a run is made of those of its orders: nothing is asked again."""
        self.create_debited_contract(self.payers[0])
        run = self.bill()
        orders = type(self.collect(run))
        totals, steps = orders._get_service_totals, orders._get_service_steps
        with (
            patch.object(orders, "_get_service_totals", autospec=True, side_effect=totals) as read,
            patch.object(orders, "_get_service_steps", autospec=True, side_effect=steps) as told,
        ):
            self.read_book(RUN_SHEET, run)
        self.assertEqual((read.call_count, told.call_count), (1, 1))

    def test_a_run_without_orders_yet(self):
        self.create_debited_contract()
        run = self.bill()
        _book, values = self.read_book(RUN_SHEET, run)
        self.assertEqual(self.find_row(values["Invoices"], run.invoice_ids.name)[1][5], 46.8)
        with self.assertRaises(AccessError):
            self.read_book(RUN_SHEET, run, user=self.user_sales)

    def test_a_run_says_why_the_rest_is_not_debited(self):
        self.create_debited_contract()
        run = self.bill()
        self.pay(run.invoice_ids, 46.8)
        ((_move, debits, words),) = run._get_control_rows()
        self.assertFalse(debits)
        self.assertEqual(words, "Paid or set off otherwise.")
        other = self.create_invoice(self.payers[0], 10.0, preferred_payment_method_line_id=False)
        self.assertIn("does not pay by direct debit", run._describe_uncollected(other, {}))

    # ----- Who did what -----

    def test_who_did_what(self):
        order = self.make_order(upload=False)
        self.take_files(order)
        order.generated2uploaded()
        first, second = order.payment_lot_ids.payment_ids
        self.return_debit(first)
        lots = second.payment_lot_id.with_user(self.user_accountant).sudo()
        lots._credit_alone(date(2026, 7, 1))
        steps = order._get_service_steps()
        words = [(step.who, step.what) for step in steps]
        accountant = self.user_accountant.name
        file = order.service_file_ids
        self.assertEqual(words[0][1], "Made the order")
        self.assertIn((accountant, f"{accountant} took the file {file.name}."), words)
        self.assertIn((accountant, "Said that the file is at the bank"), words)
        self.assertTrue(any("Booked the return of" in what for _who, what in words))
        self.assertTrue(any("Booked the bank's credit" in what for _who, what in words))
        self.assertIn(f"took the file {file.name}", str(order.service_steps))
        text = str(self.read_rows(self.read_book(SHEET, order)[1].active))
        self.assertIn("Said that the file is at the bank", text)

    def test_words_of_others_are_text(self):
        order = self.make_order(upload=False)
        order.sudo().service_file_ids._as_workflow().name = "<b>bad</b>.xml"
        order.invalidate_recordset(["service_steps"])
        self.assertNotIn("<b>", str(order.service_steps))

    def test_the_accountant_reads_it_in_the_form(self):
        order = self.make_order()
        self.assertIn("at the bank", str(Form(order).service_steps))

    # ----- At risk -----

    def test_until_when_a_debit_may_come_back(self):
        """L14: 8 weeks without a reason, 13 months when unauthorised, by the debit's own day."""
        order = self.make_order(upload=False)
        lots = order.payment_lot_ids
        self.assertFalse(any(lots.mapped("service_refund_until")), "the bank has not got it")
        order.generated2uploaded()
        self.assertEqual(
            lots.mapped("service_refund_until"), [date(2026, 8, 11), date(2026, 8, 25)]
        )
        self.assertEqual(
            lots.mapped("service_contest_until"), [date(2027, 7, 16), date(2027, 7, 30)]
        )
        payment = lots.payment_ids[:1].with_user(self.user_accountant)
        self.assertEqual(payment.service_refund_until, date(2026, 8, 11))

    def test_lots_at_risk_are_found(self):
        lots = self.make_order().payment_lot_ids
        own = [("id", "in", lots.ids)]
        for day, refund, contest in (
            ("2026-08-11", 2, 2),
            ("2026-08-12", 1, 2),
            ("2026-08-26", 0, 2),
            ("2027-07-17", 0, 1),
            ("2027-07-31", 0, 0),
        ):
            with self.subTest(day), freeze_time(day):
                found = lots.search([*own, ("service_refund_until", ">=", "today")])
                self.assertEqual(len(found), refund)
                found = lots.search([*own, ("service_contest_until", ">=", "today")])
                self.assertEqual(len(found), contest)

    def test_the_first_day_that_may_be_contested(self):
        """At the ends of months of unequal length, 29 February among them."""
        for day in (date(2027, 2, 28), date(2028, 2, 29), date(2027, 3, 1), date(2027, 7, 31)):
            first = _get_first_contested(day)
            self.assertGreaterEqual(contest_day(first), day)
            self.assertLess(contest_day(first.replace(day=1)) if first.day > 1 else date.min, day)

    # ----- Returns in figures -----

    def get_report(self, order, user=None):
        report = self.env["service.debit.report"].with_user(user or self.user_accountant)
        return report.search([("order_id", "=", order.id)], order="id")

    def test_returns_by_month_and_reason(self):
        order = self.make_order()
        first, second = order.payment_lot_ids.payment_ids
        self.return_debit(first, "2026-06-20")
        self.return_debit(second, "2026-07-02", "MD01")
        groups = self.env["service.debit.report"].formatted_read_group(
            [("order_id", "=", order.id), ("outcome", "=", "returned")],
            ["returned_on:month", "reason_id"],
            ["returned_count:sum", "returned_amount:sum"],
        )
        found = [(group["returned_count:sum"], group["returned_amount:sum"]) for group in groups]
        self.assertEqual(found, [(1, 46.8), (1, 18.0)])
        self.assertEqual(
            {group["reason_id"][1][:4] for group in groups},
            {reason.display_name[:4] for reason in self.get_report(order).reason_id},
        )

    def test_a_return_that_was_none_counts_no_more(self):
        order = self.make_order()
        payment = order.payment_lot_ids.payment_ids[:1]
        back = self.return_debit(payment)
        row = self.get_report(order).filtered(lambda one: one.payment_id == payment)
        self.assertEqual(
            (row.outcome, row.returned_amount, row.refundable_amount), ("returned", 46.8, 0)
        )
        back.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(
            (row.outcome, row.returned_count, row.refundable_amount), ("bank", 0, 46.8)
        )

    def test_what_is_refundable_today(self):
        order = self.make_order()
        self.assertEqual(sum(self.get_report(order).mapped("refundable_amount")), 64.8)
        with freeze_time("2026-08-12"):
            self.env.invalidate_all()
            self.assertEqual(sum(self.get_report(order).mapped("refundable_amount")), 18)

    def test_b2b_is_not_refunded(self):
        mandate = self.payers[1].valid_mandate_id.sudo()._as_workflow()
        mandate.write({"service_registered_on": "2026-06-01", "format": "sepa_b2b"})
        order = self.create_order(self.create_invoice(self.payers[1], 10.0))
        order.generated2uploaded()
        self.assertFalse(order.payment_lot_ids.service_refund_until)
        self.assertFalse(self.get_report(order).refund_until)
        own = [("id", "in", order.payment_lot_ids.ids)]
        lots = order.payment_lot_ids
        self.assertFalse(lots.search([*own, ("service_refund_until", ">=", "today")]))

    def test_an_order_that_is_not_at_the_bank_is_no_debit(self):
        self.assertFalse(self.get_report(self.make_order(upload=False)))

    def test_a_row_opens_its_debit(self):
        row = self.get_report(self.make_order())[:1]
        self.assertEqual(row.action_open_debit()["res_id"], row.payment_id.id)
        with self.assertRaises(AccessError):
            self.get_report(row.order_id, self.user_sales)
