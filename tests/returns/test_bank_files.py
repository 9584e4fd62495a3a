"""From a bank's file to what follows: found, booked, decided, debited again (L12, L15c)."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.service_contract.models.common import service_job_mixin
from odoo.addons.service_contract.models.returns import payment_return

from .. import bank_files
from ..common import IBANS
from ..sepa.common import SepaCommon
from .common import drop


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBankFiles(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer.email = "payer@example.com"

    def make_debited(self, *customers, upload=True):
        """Return the order of some customers' debits, at the bank."""
        for customer in customers or [self.payer]:
            self.create_debited_contract(customer)
        run = self.bill()
        order = self.collect(run).with_user(self.user_accountant)
        if upload:
            order.generated2uploaded()
        return order

    def drop(self, *contents, user=None):
        """Drop files on the list, as the browser does; return the files and the action."""
        env = self.env(user=user or self.user_accountant)
        action = drop(env, *contents)
        digests = env["service.bank.file"].search([])
        return digests, action

    def tell(self, order, reason="AM04", amount="46.80"):
        """Return what a bank's file says of the debits of an order."""
        return [(payment.memo, amount, reason) for payment in order.payment_ids]

    def get_invoice(self, order):
        return order.payment_line_ids.move_line_id.move_id

    def test_found_and_booked_in_two_clicks(self):
        order = self.make_debited()
        file, action = self.drop(bank_files.account(self.tell(order, "MS02")))
        self.assertEqual((action["res_model"], action["res_id"]), ("service.bank.file", file.id))
        self.assertEqual((file.debit_count, file.to_book_count, file.to_find_count), (1, 1, 0))
        self.assertEqual((file.kind, file.other_count), ("camt.054.001.08", 2))
        invoice = self.get_invoice(order)
        self.assertFalse(invoice.amount_residual, "reading books nothing")
        file.action_book()
        self.assertEqual((file.booked_count, file.to_book_count), (1, 0))
        self.assertEqual(invoice.amount_residual, 46.8)
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertIn("Refused by the customer", invoice.service_debit_note)
        self.assertEqual(file.return_ids.move_id.date.isoformat(), "2026-06-20")
        self.assertEqual(order.payment_ids.state, "rejected")

    def test_many_are_booked_in_the_background(self):
        order = self.make_debited()
        file, _action = self.drop(bank_files.account(self.tell(order, "MS02")))
        with patch(f"{service_job_mixin.__name__}.AT_ONCE", 0):
            action = file.action_book()
        self.assertIn("in the background", action["params"]["message"])
        self.assertEqual((file.return_ids.state, file.to_book_count), ("booking", 0))
        with self.assertRaisesRegex(UserError, "nothing to book"):
            file.action_book()
        self.run_cron(payment_return.CRON)
        self.assertEqual(file.booked_count, 1)

    def test_every_kind_means_the_same_debits(self):
        """A status first, then notification and statement: the debits are known from the first."""
        order = self.make_debited()
        told = self.tell(order, "MS02")
        files = [
            bank_files.status(told, message=order.name, batch=order.payment_lot_ids.name),
            bank_files.account(told, "camt.054.001.02"),
            bank_files.account(told, "camt.053.001.08"),
        ]
        for number, content in enumerate(files):
            found, _action = self.drop(content)
            newest = found[0]
            self.assertEqual(newest.known_count, 1 if number else 0)
            if not number:
                newest.action_book()
        self.assertEqual(len(found), 3)
        self.assertEqual(len(found.return_ids), 1)

    def test_the_same_file_twice_adds_nothing(self):
        order = self.make_debited()
        content = bank_files.account(self.tell(order))
        first, _action = self.drop(content)
        again, action = self.drop(content)
        self.assertEqual(again, first)
        self.assertEqual(action["res_id"], first.id)
        self.assertEqual(len(first.return_ids.line_ids), 1)

    def test_a_broken_file_changes_nothing_and_stops_no_other(self):
        order = self.make_debited()
        good = bank_files.account(self.tell(order))
        file, action = self.drop(good[:-9], good)
        self.assertEqual(len(file), 1)
        self.assertEqual(file.name, "file1.xml")
        (name,) = action["context"]["notifications"]
        self.assertEqual(name, "file0.xml")
        self.assertRegex(action["context"]["notifications"][name], "readable XML.*Line")
        kept = self.env["ir.attachment"].search([("name", "in", ["file0.xml", "file1.xml"])])
        self.assertEqual(
            (kept.name, kept.res_model, kept.res_id), ("file1.xml", file._name, file.id)
        )

    def test_whole_batch_refused(self):
        other = self.create_customer("Other", iban=IBANS[1])
        order = self.make_debited(self.payer, other)
        batch = order.payment_lot_ids.name
        file, _action = self.drop(bank_files.refused(message=order.name, batch=batch))
        self.assertEqual(file.to_book_count, 2)
        file.action_book()
        self.assertEqual(self.get_invoice(order).mapped("amount_residual"), [46.8, 46.8])

    def test_whole_message_refused(self):
        order = self.make_debited()
        file, _action = self.drop(bank_files.refused(message=order.name))
        self.assertEqual(file.to_book_count, 1)

    def test_unknown_debits_keep_nobody_from_the_rest(self):
        other = self.create_customer("Other", iban=IBANS[1])
        order = self.make_debited(self.payer, other)
        first, second = self.tell(order, "MS02")
        unknown = ("NOTPROVIDED", "46.80", "MS02")
        file, _action = self.drop(bank_files.account([first, unknown]))
        self.assertEqual((file.to_book_count, file.to_find_count), (1, 1))
        file.action_book()
        self.assertEqual((file.booked_count, file.to_find_count), (1, 1))
        line = file.return_ids.line_ids.filtered(lambda one: not one.move_line_ids)
        self.assertIn("find the invoice", line.service_problem)
        invoice = order.payment_line_ids.filtered(
            lambda one: one.payment_ids.memo == second[0]
        ).move_line_id.move_id
        self.assertIn(invoice, line.service_candidate_ids)
        line.service_invoice_id = invoice
        self.assertEqual(line.partner_id, invoice.partner_id)
        file.action_book()
        self.assertEqual(invoice.amount_residual, 46.8)
        self.assertFalse(file.to_find_count)

    def test_what_is_unknown_is_looked_for_at_once(self):
        """However many rows of a file, or lines that are looked for again, are not found."""
        counts = []
        for round_, number in enumerate((1, 3, 30)):  # the first fills the caches
            rows = [(f"LOST{round_}/{row}", "46.80", "MS02") for row in range(number)]
            data, files = bank_files.account(rows), self.env["service.bank.file"]
            reading = self.count_queries(lambda data=data: self.drop(data))
            file = files.search([], order="id desc", limit=1)
            self.assertEqual(file.to_find_count, number)
            counts.append((reading, self.count_queries(file.action_match)))
        self.assertEqual(*counts[1:])

    def test_before_the_upload_is_booked(self):
        """Banks refuse within the hour; whoever books the upload later looks again."""
        order = self.make_debited(upload=False)
        file, _action = self.drop(bank_files.status(self.tell(order), message=order.name))
        self.assertEqual((file.to_find_count, file.to_book_count), (1, 0))
        self.assertIn(order.name, file.return_ids.line_ids.service_problem)
        with self.assertRaisesRegex(UserError, "nothing to book"):
            file.action_book()
        order.generated2uploaded()
        file.action_match()
        self.assertEqual((file.to_find_count, file.to_book_count), (0, 1))
        file.action_book()
        self.assertEqual(self.get_invoice(order).amount_residual, 46.8)

    def test_another_amount_is_looked_at(self):
        order = self.make_debited()
        file, _action = self.drop(bank_files.account(self.tell(order, amount="46.00")))
        self.assertEqual(file.to_find_count, 1)
        self.assertRegex(file.return_ids.line_ids.service_problem, r"46\.00.*46\.80")

    def test_same_reference_of_another_company(self):
        order = self.make_debited()
        foreign = self.env["res.company"].create({"name": "Foreign"})
        user = self.user_accountant
        user.company_ids += foreign
        env = self.env(user=user, context={"allowed_company_ids": foreign.ids})
        journal = self.env["account.journal"].create(
            {"name": "Bank", "code": "BNKF", "type": "bank", "company_id": foreign.id}
        )
        content = bank_files.account(self.tell(order))
        drop(env, content)
        file = env["service.bank.file"].search([("company_id", "=", foreign.id)])
        self.assertEqual((file.to_find_count, file.to_book_count), (1, 0))
        self.assertEqual(file.return_ids.journal_id, journal)

    def test_who_may_read_files(self):
        content = bank_files.account([("X", "1.00", "AM04")])
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.subTest(user.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                self.drop(content, user=user)

    def test_no_client_writes_a_file(self):
        order = self.make_debited()
        file, _action = self.drop(bank_files.account(self.tell(order)))
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            file.write({"digest": "other"})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            file.create({"name": "x", "kind": "camt", "day": "2026-06-20", "digest": "x"})

    # ----- What follows by the reason -----

    def return_for(self, order, reason):
        file, _action = self.drop(
            bank_files.account(self.tell(order, reason), message=f"BANK-{reason}-{order.id}")
        )
        file.filtered("to_book_count").action_book()

    def test_insufficient_funds_are_debited_again_once(self):
        """Told today, debited again 14 days later, on a TARGET day; the second time is asked."""
        order = self.make_debited()
        invoice = self.get_invoice(order).with_user(self.user_accountant)
        self.return_for(order, "AM04")
        self.assertEqual(invoice.service_debit_decision, "debit")
        self.assertEqual(invoice.service_debit_from.isoformat(), "2026-06-29")
        letter = invoice.message_ids.filtered(lambda one: one.message_type == "comment")
        self.assertIn("Insufficient funds", letter.body)
        self.assertIn("06/29/2026", letter.body)
        self.assertIn(invoice.partner_id, letter.notified_partner_ids)
        run = invoice.service_run_id.with_user(self.user_accountant)
        self.assertFalse(run.to_collect_count, "the customer was told another day")
        with freeze_time("2026-06-29"):
            run.invalidate_recordset(["to_collect_count"])
            run.action_collect()
            again = run.order_ids - order
            self.assertEqual(again.payment_ids.amount, 46.8)
            again.with_user(self.user_accountant).generated2uploaded()
            self.assertFalse(invoice.service_debit_from)
            self.return_for(again, "AM04")
            self.assertEqual(invoice.service_debit_decision, "ask")
            self.assertFalse(invoice.service_debit_from)

    def test_one_line_says_where_the_debit_is(self):
        """From the next collection to the return and the second debit, and why there is none."""
        self.create_debited_contract()
        run = self.bill()
        invoice = run.invoice_ids.with_user(self.user_accountant)

        def status():
            self.env.invalidate_all()
            return invoice.service_debit_status

        self.assertRegex(status(), r"^To be debited on 0\d/\d\d/2026\.$")
        order = self.collect(run).with_user(self.user_accountant)
        self.assertIn(f"In the debit order {order.name}, for ", status())
        order.generated2uploaded()
        self.assertRegex(status(), rf"^Debited on 06/\d\d/2026 by {order.name}\.$")
        self.return_for(order, "MS02")
        returned = "Returned on 06/20/2026: [MS02] Refused by the customer."
        self.assertEqual(status(), f"{returned} Not debited: somebody has to decide.")
        contract = invoice.service_contract_id.with_user(self.user_sales)
        self.assertEqual(contract.returned_count, 1)
        invoice.sudo().invoice_user_id = self.user_manager
        self.env.invalidate_all()
        self.assertFalse(invoice.with_user(self.user_sales).has_access("read"))
        self.assertEqual(contract.action_open_returned()["domain"], [("id", "in", invoice.ids)])
        invoice.action_debit_again()
        self.assertRegex(status(), r" To be debited on 06/\d\d/2026\.$")
        self.mandate.cancel()
        self.assertIn("Not debited. ", status())
        self.assertIn("is not valid", status())
        invoice.action_no_debit()
        self.assertIn("the customer pays it otherwise", status())
        self.pay(invoice, invoice.amount_residual)
        self.assertEqual(status(), returned)
        self.assertEqual(contract.returned_count, 0)
        self.assertFalse(self.create_invoice_of_nobody().service_debit_status)

    def create_invoice_of_nobody(self):
        """Return a plain posted invoice, of no contract and no mandate."""
        line = Command.create({"name": "Plain", "price_unit": 10})
        vals = {"move_type": "out_invoice", "partner_id": self.customer.id}
        move = self.env["account.move"].create({**vals, "invoice_line_ids": [line]})
        move.action_post()
        return move

    def test_one_letter_for_one_debit(self):
        """A debit of two invoices is one letter, of what both come to."""
        order = self.make_debited(self.payer, self.payer)
        self.assertEqual(len(order.payment_ids), 1)
        invoices = self.get_invoice(order)
        self.assertEqual(len(invoices), 2)
        file, _action = self.drop(bank_files.account(self.tell(order, amount="93.60")))
        file.action_book()
        letters = invoices.message_ids.filtered(lambda one: one.message_type == "comment")
        self.assertEqual(len(letters), 1)
        for word in (*invoices.mapped("name"), "93.60", "06/29/2026"):
            self.assertIn(word, letters.body)
        self.assertNotIn("46.80", letters.body)
        self.assertEqual(set(invoices.mapped("service_debit_decision")), {"debit"})
        other = invoices.filtered(lambda move: letters.res_id != move.id)
        self.assertIn("was told on", other.message_ids[0].body)
        (invoices - other).with_user(self.user_accountant).action_no_debit()
        self.assertEqual(other._get_returned_together(), other, "the first is debited no more")

    def test_other_doors_keep_to_the_day(self):
        order = self.make_debited()
        invoice = self.get_invoice(order).with_user(self.user_accountant)
        self.return_for(order, "AM04")
        invoice.create_account_payment_line()
        waiting = invoice.line_ids.payment_line_ids.order_id - order
        with self.assertRaisesRegex(UserError, "06/29/2026"), self.env.cr.savepoint():
            waiting.draft2open()
        invoice.action_debit_again()
        waiting.draft2open()
        self.assertEqual(waiting.state, "open")

    def test_parts_keep_to_the_day_too(self):
        """Each part of an invoice is debited on its own day, and not before what was told."""
        shares = [{"value": "percent", "value_amount": 50, "nb_days": days} for days in (0, 30)]
        term = self.env["account.payment.term"].create(
            {"name": "Two parts", "line_ids": [Command.create(share) for share in shares]}
        )
        self.create_debited_contract(payment_term_id=term.id)
        invoice = self.bill().invoice_ids
        invoice.sudo()._as_workflow().service_debit_from = "2026-07-01"
        days = [str(line._get_collection_day()) for line in invoice._get_debit_parts()]
        self.assertEqual(sorted(days), ["2026-07-01", "2026-07-15"])

    def test_who_cannot_be_told_is_not_debited_by_rule(self):
        self.payer.email = False
        order = self.make_debited()
        self.return_for(order, "AM04")
        self.assertEqual(self.get_invoice(order).service_debit_decision, "ask")

    def test_without_a_mandate_never_again(self):
        """MD01 cancels the mandate: the contract is in the inbox, no debit goes on."""
        order = self.make_debited()
        self.return_for(order, "MD01")
        invoice = self.get_invoice(order).with_user(self.user_accountant)
        self.assertEqual(self.mandate.state, "cancel")
        self.assertIn("No mandate", self.mandate.message_ids[0].body)
        before = invoice.service_debit_note
        self.assertIn("mandate is ended", before)
        invoice.action_debit_again()
        self.assertNotIn("debited again.", before)
        run = invoice.service_run_id.with_user(self.user_accountant)
        run.action_collect()
        self.assertEqual(run.order_ids, order)
        row = self.env["service.exception"]._get_open(invoice, "sepa")
        self.assertIn("not valid", row.detail)

    def test_what_follows_is_settable(self):
        self.env.ref("service_contract.payment_return_reason_am04").service_action = "ask"
        order = self.make_debited()
        self.return_for(order, "AM04")
        self.assertEqual(self.get_invoice(order).service_debit_decision, "ask")

    def test_unknown_codes_are_told_as_they_are(self):
        order = self.make_debited()
        self.return_for(order, "ZZ99")
        note = self.get_invoice(order).service_debit_note
        self.assertIn("ZZ99", note)
        self.assertIn("Decide whether it is debited again.", note)

    def test_cancelled_return_takes_the_second_debit_back(self):
        order = self.make_debited()
        self.return_for(order, "AM04")
        invoice = self.get_invoice(order)
        self.env["service.bank.file"].search([]).return_ids.action_cancel()
        self.assertFalse(invoice.amount_residual)
        self.assertFalse(invoice.service_debit_decision)
        self.assertFalse(invoice.service_debit_from)

    def test_letter_by_hand(self):
        order = self.make_debited()
        self.return_for(order, "MS02")
        invoice = self.get_invoice(order).with_user(self.user_accountant)
        action = invoice.action_tell_return()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.user_accountant)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn("Please pay by transfer", composer.body)
        self.assertIn("Refused by the customer", composer.body)
        self.assertIn(invoice.name, composer.subject)
