"""From a billing run to the bank file: one click, checked before and after."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from unittest.mock import patch

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...tools import sepa
from ..common import IBANS
from .common import SepaCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSepa(SepaCommon):
    # ----- The sum -----

    def test_one_click_makes_the_file(self):
        self.create_debited_contract()
        run = self.bill()
        self.assertEqual(run.to_collect_count, 1)
        order = self.assertCollected(run, "46.80", 1)
        self.assertEqual(order.service_run_id, run)
        batch = order._get_service_totals().batches[0]
        self.assertEqual(batch.sequence_type, "RCUR")
        self.assertEqual(batch.collection_date, date(2026, 6, 16))
        self.assertEqual(run.action_open_orders()["res_id"], order.id)
        self.assertEqual((run.order_count, run.to_collect_count), (1, 0))

    def test_tax_included_cents(self):
        for _number in range(3):
            self.create_debited_contract(product=self.product_incl)
        self.assertCollected(self.bill(), "210.00", 1)

    def test_odd_cents_of_many_invoices(self):
        prices = (33.335, 0.03, 19.99, 66.67)
        for price in prices:
            self.create_debited_contract(line={"price_unit": price})
        run = self.bill()
        total = sum(Decimal(f"{invoice.amount_total:.2f}") for invoice in run.invoice_ids)
        self.assertCollected(run, str(total), 1)

    def test_partly_paid_invoice(self):
        self.create_debited_contract()
        run = self.bill()
        self.pay(run.invoice_ids, 20)
        self.assertCollected(run, "26.80", 1)

    def test_paid_invoice_is_not_collected(self):
        self.create_debited_contract()
        run = self.bill()
        self.pay(run.invoice_ids, 46.8)
        with self.assertRaisesRegex(UserError, "there is nothing to collect"):
            run.action_collect()

    def test_credit_note_is_set_off(self):
        self.create_debited_contract()
        run = self.bill()
        credit = self.credit(self.payer, 10)
        self.assertCollected(run, "36.80", 1)
        self.assertEqual(credit.payment_state, "paid")

    def test_credit_note_of_somebody_else_is_not(self):
        self.create_debited_contract()
        run = self.bill()
        credit = self.credit(self.customer, 10)
        self.assertCollected(run, "46.80", 1)
        self.assertEqual(credit.payment_state, "not_paid")

    def test_credit_note_that_pays_everything(self):
        self.create_debited_contract()
        run = self.bill()
        credit = self.credit(self.payer, 100)
        action = run.action_collect()
        self.assertIn("nothing is left to debit", action["params"]["message"])
        self.assertEqual(run.invoice_ids.amount_residual, 0)
        self.assertEqual(credit.amount_residual, 53.2)
        self.assertFalse(run.order_ids)

    def test_contact_as_invoice_address(self):
        """The debit is the customer's, whoever receives the invoice."""
        contact = self.env["res.partner"].create(
            {"name": "Accounts", "type": "invoice", "parent_id": self.payer.id}
        )
        contract = self.create_debited_contract()
        self.assertEqual(contract.partner_invoice_id, contact)
        run = self.bill()
        self.assertEqual(run.invoice_ids.partner_id, contact)
        order = self.assertCollected(run, "46.80", 1)
        self.assertEqual(order.payment_ids.partner_id, self.payer)

    def test_several_mandates_of_one_customer(self):
        other = self.create_mandate(self.payer, IBANS[1])
        self.create_debited_contract()
        self.create_debited_contract(mandate_id=other.id)
        order = self.assertCollected(self.bill(), "93.60", 2)
        self.assertEqual(order.payment_line_ids.mandate_id, self.mandate + other)
        self.assertEqual(
            order.payment_line_ids.partner_bank_id,
            self.mandate.partner_bank_id + other.partner_bank_id,
        )

    def test_sequence_types(self):
        single = self.create_customer("Single")
        self.create_mandate(single, IBANS[1], type="oneoff")
        final = self.create_customer("Final")
        self.create_mandate(final, IBANS[2], state="final")
        for customer in (self.payer, single, final):
            customer.with_company(
                self.company
            ).property_inbound_payment_method_line_id = self.method_sdd
            self.create_debited_contract(customer)
        order = self.assertCollected(self.bill(), "140.40", 3)
        types = {batch.sequence_type for batch in order._get_service_totals().batches}
        self.assertEqual(types, {"RCUR", "OOFF", "FNAL"})

    def test_payment_terms_give_the_dates(self):
        term = self.env.ref("account.account_payment_term_30days")
        self.create_debited_contract(payment_term_id=term.id)
        order = self.assertCollected(self.bill(), "46.80", 1)
        self.assertEqual(order._get_service_totals().batches[0].collection_date, date(2026, 7, 15))

    def test_one_off_products_are_collected_too(self):
        product = self.create_product("Set-up", 100.0)
        order = self.create_quote(
            self.product_fibre, product, customer=self.payer, start="2026-06-01"
        )
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-06-15"
        invoice.action_post()
        self.assertCollected(self.bill(), "166.80")
        self.assertTrue(invoice.line_ids.payment_line_ids)

    def test_other_ways_of_payment_are_left_alone(self):
        self.create_contract(start="2026-06-01")
        run = self.bill()
        self.assertEqual(run.to_collect_count, 0)
        with self.assertRaisesRegex(UserError, "there is nothing to collect"):
            run.action_collect()

    # ----- Refusals -----

    def assertRefused(self, run, *sentences):
        """Every reason is told at once, and nothing is left half-written."""
        orders = self.env["account.payment.order"].search_count([])
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            run.action_collect()
        self.env.invalidate_all()
        for sentence in sentences:
            self.assertIn(sentence, str(caught.exception))
        self.assertEqual(self.env["account.payment.order"].search_count([]), orders)
        self.assertFalse(run.order_ids)

    def test_drafts_are_not_collected(self):
        self.create_debited_contract()
        self.assertRefused(self.bill(post=False), "Post its invoices first")

    def test_second_click_is_refused(self):
        self.create_debited_contract()
        run = self.bill()
        self.collect(run)
        for state in ("generated", "uploaded"):
            self.assertEqual(run.order_ids.state, state)
            with self.assertRaisesRegex(UserError, "look at its debit orders"):
                run.action_collect()
            if state == "generated":
                run.order_ids.generated2uploaded()
        self.assertEqual(run.invoice_ids.payment_state, "in_payment")
        self.assertEqual(self.mandate.last_debit_date, date(2026, 6, 15))

    def test_upload_without_payment_entries_is_not_collected_again(self):
        """Such a method leaves the invoices open: only the debit order tells."""
        self.method_sdd.payment_account_id = False
        self.create_debited_contract()
        run = self.bill()
        self.collect(run).generated2uploaded()
        self.assertEqual(run.invoice_ids.amount_residual, 46.8)
        with self.assertRaisesRegex(UserError, "there is nothing to collect"):
            run.action_collect()

    def test_cancelled_order_frees_its_invoices(self):
        self.create_debited_contract()
        run = self.bill()
        first = self.collect(run)
        first.action_cancel()
        first.cancel2draft()
        first.unlink()
        self.assertCollected(run, "46.80", 1)

    def assertStays(self, run, *sentences, debits=0):
        """Every reason is told at once, in the inbox; what is good is collected (L08d)."""
        run.action_collect()
        self.assertEqual(len(run.order_ids.payment_line_ids), debits)
        moves = run.invoice_ids - run.order_ids.payment_line_ids.move_line_id.move_id
        inbox = self.env["service.exception"]
        rows = inbox._get_open(moves, "sepa") + inbox._get_open(self.company, "sepa")
        told = "\n".join(rows.mapped("detail"))
        for sentence in sentences:
            self.assertIn(sentence, told)
        return rows

    def test_every_missing_mandate_is_named(self):
        for index, iban in enumerate(IBANS):
            customer = self.create_customer(f"C{index}", iban=iban)
            self.create_debited_contract(customer, self.product_support)
        self.create_debited_contract()
        run = self.bill()
        _good, *bad = run.invoice_ids.sorted(lambda move: move.partner_id.name == "Payer")[::-1]
        without, cancelled, expired = sorted(bad, key=lambda move: move.partner_id.name)
        without.mandate_id = False
        cancelled.mandate_id.cancel()
        expired.mandate_id.state = "expired"
        self.assertStays(
            run,
            f"{without.name}: C0 has no mandate.",
            f"{cancelled.name}: the mandate {cancelled.mandate_id.unique_mandate_reference} of C1",
            f"{expired.name}: the mandate {expired.mandate_id.unique_mandate_reference} of C2",
            debits=1,
        )

    def test_mandate_of_somebody_else(self):
        self.create_debited_contract()
        run = self.bill()
        other = self.create_mandate(self.customer, IBANS[1])
        run.invoice_ids.mandate_id = other
        self.assertStays(run, f"the mandate {other.unique_mandate_reference} is not one of Payer")

    def test_single_use_mandate_used_twice(self):
        self.mandate.sudo().type = "oneoff"
        self.create_debited_contract()
        self.create_debited_contract(
            payment_term_id=self.env.ref("account.account_payment_term_30days").id
        )
        run = self.bill()
        self.assertStays(run, "is for a single debit", *run.invoice_ids.mapped("name"))

    def test_company_without_creditor_identifier(self):
        self.create_debited_contract()
        run = self.bill()
        self.company.sepa_creditor_identifier = False
        row = self.assertStays(run, "has no SEPA creditor identifier")
        self.assertEqual((len(row), row.cause_id.code), (1, "debit_setup"))
        self.method_sdd.sepa_creditor_identifier = "FR78ZZZ424242"
        self.assertCollected(run, "46.80", 1)
        self.assertEqual(row.state, "done")

    def test_another_currency(self):
        zloty = self.setup_other_currency("PLN", rates=[("2020-01-01", 4.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "PLN", "currency_id": zloty.id, "company_id": self.company.id}
        )
        self.create_debited_contract(product=self.product_support, pricelist_id=pricelist.id)
        self.create_debited_contract()
        run = self.bill()
        self.assertStays(run, "is in PLN: SEPA collects euros only.", debits=1)

    def test_lines_that_somebody_else_is_collecting(self):
        self.create_debited_contract()
        run = self.bill()
        line_class = type(self.env["account.move.line"])
        with patch.object(line_class, "try_lock_for_update", lambda self, **kw: self.browse()):
            self.assertRefused(run, "Somebody else is handling the same records")

    def test_file_that_collects_another_sum_is_refused(self):
        self.create_debited_contract()
        run = self.bill()
        totals = sepa.ControlTotals(1, Decimal("46.79"), "x", ())
        order_class = type(self.env["account.payment.order"])
        with patch.object(order_class, "_get_service_totals", lambda self: totals):
            self.assertRefused(run, "its file collects 46.79, but 46.80 is open")

    def test_rights(self):
        """An accountant of this company, with the right to make payment orders, and nobody else."""
        self.create_debited_contract()
        run = self.bill()
        billing_only = new_test_user(
            self.env,
            login="billing_only",
            groups="account.group_account_invoice",
            company_id=self.company.id,
        )
        for user in (billing_only, self.user_manager, self.user_sales, self.user_technician):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                run.with_user(user).action_collect()
        self.env.invalidate_all()
        self.assertFalse(run.order_ids)
        run.with_user(self.user_accountant).action_collect()
        self.assertTrue(run.order_ids)

    # ----- The control sheet -----

    def read_sheet(self, orders):
        report = self.env["ir.actions.report"].with_user(self.user_accountant)
        content, extension = report._render_xlsx(
            "service_contract.service_control_sheet_report", orders.ids, {}
        )
        self.assertEqual(extension, "xlsx")
        return load_workbook(BytesIO(content))

    def test_control_sheet(self):
        other = self.create_customer("Another", iban=IBANS[1])
        self.create_debited_contract()
        self.create_debited_contract()
        self.create_debited_contract(other, self.product_incl)
        run = self.bill()
        order = self.assertCollected(run, "163.60", 2)
        sheet = self.read_sheet(order).active
        self.assertEqual(sheet["A1"].value, order.name)
        header, *rows = [
            [cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=5)
        ]
        self.assertEqual(header[5], "Amount")
        by_customer = {row[0]: row for row in rows}
        self.assertEqual(set(by_customer), {"Payer", "Another"})
        payer = by_customer["Payer"]
        self.assertEqual(payer[1], self.mandate.unique_mandate_reference)
        self.assertEqual(payer[2], "••• •••• •••• •••• •••• •••• 0189")
        self.assertEqual(payer[3], "RCUR")
        self.assertEqual(payer[4].date(), date(2026, 6, 16))
        self.assertEqual(payer[5], 93.6)
        self.assertEqual(
            set(payer[6].split(", ")),
            set(
                run.invoice_ids.filtered(lambda move: move.partner_id == self.payer).mapped("name")
            ),
        )
        self.assertEqual(sheet["F6"].value, "=SUM(F4:F5)")
        self.assertEqual(sheet["F7"].value, float(order._get_service_totals().control_sum))
        self.assertEqual(sheet["F8"].value, 2)
        self.assertNotIn(IBANS[0], str([cell.value for row in sheet.iter_rows() for cell in row]))

    def test_control_sheet_of_several_orders(self):
        self.create_debited_contract()
        run = self.bill()
        first = self.collect(run)
        second = self.create_debited_contract() and self.collect(self.bill())
        workbook = self.read_sheet(first + second)
        self.assertEqual(len(workbook.sheetnames), 2)

    def test_control_sheets_whose_names_are_cut(self):
        """Two orders whose numbers differ after the 31st character only, of a company “=1”."""
        self.create_debited_contract()
        order = self.collect(self.bill())
        other = order.copy()
        with self.assertRaisesRegex(UserError, "no file yet"):
            self.read_sheet(other)
        other.sudo().payment_file_id = order.payment_file_id
        (order | other).sudo().company_id.name = "=1+1"
        order.name = "PRELEVEMENTS/2026/06/[MARSEILLE]/1"
        other.name = "prelevements/2026/06/[MARSEILLE]/2"
        workbook = self.read_sheet(order + other)
        self.assertEqual(workbook.sheetnames[0], "PRELEVEMENTS-2026-06-MARSEILLE-")
        self.assertNotEqual(*(name.lower() for name in workbook.sheetnames))
        self.assertEqual(workbook.worksheets[0]["B1"].data_type, "s")
