"""An invoice that a debit holds is held; what is paid meanwhile: where is the file?"""

from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import IBANS
from .common import SepaCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestOrdersFollow(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.create_customer("Other", iban=IBANS[1])
        journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "sale")], limit=1
        )
        journal.restrict_mode_hash_table = False  # which alone refuses to undo what is posted

    def make_order(self, state="draft"):
        """Return an order of two debits in a state, and its invoices, as the accountant."""
        self.create_debited_contract()
        self.create_debited_contract(self.other)
        invoices = self.bill().invoice_ids.with_user(self.user_accountant)
        invoices.create_account_payment_line()
        order = invoices.line_ids.payment_line_ids.order_id
        if state in ("open", "generated"):
            order.draft2open()
        if state == "generated":
            order.open2generated()
            self.take_files(order)
        own = invoices.filtered(lambda move: move.partner_id == self.payer)
        return order, own, invoices - own

    def get_invoices(self, order):
        return order.payment_line_ids.move_line_id.move_id

    # ----- No file yet -----

    def test_paid_draft_debit_leaves(self):
        order, own, rest = self.make_order()
        self.pay(own, 46.8)
        self.assertEqual(self.get_invoices(order), rest)
        self.assertIn(own.name, order.message_ids[0].body)

    def test_draft_debits_what_is_left(self):
        order, own, _rest = self.make_order()
        self.pay(own, 40)
        line = order.payment_line_ids.filtered(lambda one: one.partner_id == self.payer)
        self.assertEqual(line.amount_currency, 6.8)
        order.draft2open()
        self.assertEqual(sorted(order.payment_ids.mapped("amount")), [6.8, 46.8])

    def test_paid_debit_leaves_a_confirmed_order(self):
        order, own, rest = self.make_order("open")
        self.pay(own, 46.8)
        self.assertEqual(self.get_invoices(order), rest)
        self.assertEqual(order.payment_ids.partner_id, self.other)
        order.open2generated()
        self.assertEqual(float(order._get_service_totals().control_sum), 46.8)
        order.generated2uploaded()
        self.assertEqual(set((own + rest).mapped("payment_state")), {"in_payment"})

    def test_partly_paid_debit_waits_for_the_next_order(self):
        order, own, rest = self.make_order("open")
        self.pay(own, 40)
        self.assertEqual(self.get_invoices(order), rest)
        run = own.service_run_id.with_user(self.user_accountant)
        run.action_collect()
        self.assertEqual(run.order_ids.payment_ids.amount, 6.8)

    def test_one_of_two_in_one_payment(self):
        """Two invoices of a customer are one payment: what is left of it goes on."""
        self.create_debited_contract()
        order, own, _rest = self.make_order("open")
        self.assertEqual(sorted(order.payment_ids.mapped("amount")), [46.8, 93.6])
        names = order.payment_ids.mapped("memo")
        self.pay(own[0], 46.8)
        self.assertEqual(order.payment_ids.mapped("amount"), [46.8, 46.8])
        self.assertEqual(set(order.payment_ids.mapped("memo")), set(names))
        self.assertEqual(sum(order.payment_lot_ids.mapped("amount")), 93.6)
        order.open2generated()
        order._check_service_totals()

    def test_order_whose_debits_are_all_paid(self):
        order, own, rest = self.make_order("open")
        for invoice in own + rest:
            self.pay(invoice, 46.8)
        self.assertEqual((order.state, order.payment_ids), ("cancel", order.payment_ids.browse()))

    def test_credit_note_takes_a_debit_out(self):
        order, own, rest = self.make_order("open")
        wizards = self.env["account.move.reversal"].with_user(self.user_accountant)
        wizards = wizards.with_context(active_model="account.move", active_ids=own.ids)
        wizards.create({"journal_id": own.journal_id.id}).refund_moves()
        own.reversal_move_ids.action_post()
        self.assertFalse(own.amount_residual)
        self.assertEqual(self.get_invoices(order), rest)

    def test_bank_line_takes_a_debit_out(self):
        order, own, rest = self.make_order("open")
        receivable = own.line_ids.filtered(lambda line: line._is_open_receivable())
        journal = self.method_sdd.journal_id
        account = {"account_id": receivable.account_id.id, "partner_id": self.payer.id}
        entry = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    Command.create({"account_id": journal.default_account_id.id, "debit": 46.8}),
                    Command.create({"credit": 46.8, **account}),
                ],
            }
        )
        entry.action_post()
        (entry.line_ids.filtered("credit") + receivable).with_user(self.user_accountant).reconcile()
        self.assertEqual(self.get_invoices(order), rest)

    # ----- The file is made -----

    def register(self, invoice, place):
        """Register a payment of an invoice as its form does, and say where the file is."""
        wizards = self.env["account.payment.register"].with_user(self.user_accountant)
        wizards = wizards.with_context(active_model="account.move", active_ids=invoice.ids)
        with Form(wizards) as form:
            self.assertIn(invoice.name, form.service_debit_warning)
            self.assertTrue(form.service_is_file_waiting)
            form.service_file_place = place
        form.save().action_create_payments()

    def assertAnew(self, order, invoices):
        """The order is void; another one, with new ids, debits some invoices."""
        self.assertEqual(order.state, "cancel")
        anew = invoices.line_ids.payment_line_ids.order_id - order
        self.assertEqual((len(anew), anew.state), (1, "generated"))
        self.assertEqual(self.get_invoices(anew), invoices)
        totals = anew._get_service_totals()
        self.assertNotEqual(totals.message_id, order.name)
        residual = sum(invoices.mapped("amount_residual"))
        self.assertAlmostEqual(float(totals.control_sum), residual, 2)
        self.assertIn(anew.name, order.message_ids[0].body)
        return anew

    def test_file_that_is_not_at_the_bank_is_made_anew(self):
        order, own, rest = self.make_order("generated")
        old = set(order.payment_ids.mapped("memo"))
        self.register(own, "here")
        anew = self.assertAnew(order, rest)
        self.assertFalse(old & set(anew.payment_ids.mapped("memo")))
        anew.generated2uploaded()
        self.assertEqual(set((own + rest).mapped("payment_state")), {"in_payment"})

    def test_file_at_the_bank_is_booked_all_the_same(self):
        """Books follow the bank: the surplus is the customer's, and somebody gives it back."""
        order, own, rest = self.make_order("generated")
        self.register(own, "bank")
        self.assertEqual((order.state, self.get_invoices(order)), ("generated", own + rest))
        order.generated2uploaded()
        self.assertEqual(order.state, "uploaded")
        self.assertFalse(sum((own + rest).mapped("amount_residual")))
        inbox = self.env["service.exception"]
        self.assertFalse(inbox._get_open(order, "sepa"))
        row = inbox._get_open(own, "sepa").with_user(self.user_accountant)
        self.assertEqual(row.cause_id.code, "excess")
        action = row.action_mend()
        self.assertEqual(action["res_model"], "account.payment.register")
        wizard = self.env[action["res_model"]].with_user(self.user_accountant)
        wizard = wizard.with_context(**action["context"]).create({})
        self.assertEqual((wizard.payment_type, wizard.amount), ("outbound", 46.8))

    def test_what_was_paid_twice_is_set_off(self):
        order, own, _rest = self.make_order("generated")
        self.register(own, "bank")
        order.generated2uploaded()
        self.create_debited_contract(start="2026-06-10")
        owed = self.bill().invoice_ids
        row = self.env["service.exception"]._get_open(own, "sepa")
        row.with_user(self.user_accountant).action_mend()
        self.assertLess(owed.amount_residual, owed.amount_total)

    def test_bank_line_asks_in_the_inbox(self):
        """Nobody is there to be asked: the order and the inbox say it, and nothing is stopped."""
        order, own, rest = self.make_order("generated")
        self.pay(own, 46.8)
        row = self.env["service.exception"]._get_open(order, "sepa")
        self.assertEqual(row.cause_id.code, "debit_file")
        self.assertIn(own.name, row.detail)
        action = row.with_user(self.user_accountant).action_mend()
        anew = self.assertAnew(order, rest)
        self.assertEqual(action["res_id"], anew.id)
        self.assertEqual(row.state, "done")

    def test_file_made_anew_of_what_is_left(self):
        order, own, rest = self.make_order("generated")
        self.pay(own, 40)
        order.action_make_anew()
        anew = self.assertAnew(order, own + rest)
        self.assertEqual(float(anew._get_service_totals().control_sum), 53.6)

    def test_another_accountant_makes_it_anew(self):
        """The file is an attachment, which only who made it might delete."""
        order, own, rest = self.make_order("generated")
        self.pay(own, 46.8)
        colleague = self.user_accountant.copy({"login": "colleague"})
        order.with_user(colleague).action_make_anew()
        self.assertAnew(order, rest)

    def test_file_of_what_is_all_paid_is_void(self):
        order, own, rest = self.make_order("generated")
        for invoice in own + rest:
            self.pay(invoice, 46.8)
        order.action_make_anew()
        self.assertEqual(order.state, "cancel")
        self.assertEqual((own + rest).line_ids.payment_line_ids.order_id, order)

    def test_made_anew_without_what_a_bank_would_refuse(self):
        order, own, rest = self.make_order("generated")
        self.mandate.cancel()
        order.action_make_anew()
        self.assertAnew(order, rest)
        row = self.env["service.exception"]._get_open(own, "sepa")
        self.assertEqual(row.cause_id.code, "mandate")

    def test_file_that_nobody_has_taken_is_made_anew_by_itself(self):
        """It cannot be at the bank: nobody is asked, whichever door the payment came by."""
        self.create_debited_contract()
        self.create_debited_contract(self.other)
        run = self.bill()
        order = self.collect(run)
        own = run.invoice_ids.filtered(lambda move: move.partner_id == self.payer)
        self.pay(own, 46.8)
        self.assertAnew(order, run.invoice_ids - own)
        self.assertTrue(order.service_file_ids.is_void)
        self.assertFalse(self.env["service.exception"]._get_open(order, "sepa"))

    def test_payment_is_booked_whatever_becomes_of_the_file(self):
        self.create_debited_contract()
        run = self.bill()
        order = self.collect(run)
        words = "No schema"

        def fail(_order):
            raise UserError(words)

        with patch.object(type(order), "_make_anew", fail):
            self.pay(run.invoice_ids, 46.8)
        self.assertFalse(run.invoice_ids.amount_residual)
        self.assertTrue(self.env["service.exception"]._get_open(order, "sepa"))

    def test_only_a_file_that_waits_is_made_anew(self):
        order, *_rest = self.make_order("generated")
        order.generated2uploaded()
        with self.assertRaisesRegex(UserError, "no longer possible"):
            order.action_make_anew()

    def test_run_of_an_order_made_anew(self):
        self.create_debited_contract()
        self.create_debited_contract(self.other)
        run = self.bill()
        order = self.collect(run)
        self.take_files(order)
        invoice = run.invoice_ids[0]
        self.pay(invoice, 46.8)
        order.with_user(self.user_accountant).action_make_anew()
        self.assertEqual(len(run.order_ids), 2)
        self.assertFalse(run.to_collect_count)

    # ----- Held -----

    def test_words_name_order_file_and_date(self):
        order, own, _rest = self.make_order("generated")
        words = f"file {order.payment_file_name} of the debit order {order.name}.*06/15/2026"
        with self.assertRaisesRegex(UserError, words):
            own.button_draft()

    def test_register_payment_says_what_follows(self):
        order, own, _rest = self.make_order("open")
        wizards = self.env["account.payment.register"].with_user(self.user_accountant)
        wizards = wizards.with_context(active_model="account.move", active_ids=own.ids)
        with Form(wizards) as form:
            self.assertIn(
                f"debit order {order.name}, which has no file", form.service_debit_warning
            )
            self.assertFalse(form.service_is_file_waiting)

    def test_register_payment_of_others_says_nothing(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids
        wizards = self.env["account.payment.register"].with_user(self.user_accountant)
        wizards = wizards.with_context(active_model="account.move", active_ids=invoice.ids)
        self.assertFalse(Form(wizards).service_debit_warning)

    # ----- Once -----

    def make_second(self):
        vals = {
            "payment_method_line_id": self.method_sdd.id,
            "payment_type": "inbound",
            "company_id": self.company.id,
        }
        return self.env["account.payment.order"].with_user(self.user_accountant).create(vals)

    def test_no_invoice_in_two_open_orders(self):
        """Whatever its state, in words that name the first one."""
        order, own, _rest = self.make_order()
        second = self.make_second()
        line = own.line_ids.filtered(lambda one: one._is_open_receivable())
        for step in (None, order.draft2open, order.open2generated):
            if step:
                step()
            with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
                line.create_payment_line_from_move_line(second)
        order.action_cancel()
        line.create_payment_line_from_move_line(second)
        with self.assertRaisesRegex(UserError, second.name):
            order.cancel2draft()

    def test_no_invoice_twice_in_an_order(self):
        order, own, _rest = self.make_order()
        line = own.line_ids.filtered(lambda one: one._is_open_receivable())
        with self.assertRaisesRegex(UserError, order.name):
            line.create_payment_line_from_move_line(order)

    def test_no_debit_is_pointed_at_a_held_invoice(self):
        order, own, rest = self.make_order()
        line = own.line_ids.filtered(lambda one: one._is_open_receivable())
        theirs = order.payment_line_ids.filtered(lambda one: one.partner_id == self.other)
        with self.assertRaisesRegex(UserError, order.name):
            theirs.move_line_id = line
        self.assertTrue(rest)

    def test_the_database_forbids_it(self):
        """Whichever way: two transactions at once, or SQL."""
        order, *_rest = self.make_order()
        self.env.flush_all()
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE account_payment_line SET move_line_id = "
                "(SELECT min(move_line_id) FROM account_payment_line WHERE order_id = %s) "
                "WHERE order_id = %s",
                [order.id, order.id],
            )

    # ----- At the update -----

    def make_twice(self, state):
        """Return two orders of one invoice, as a database from before may have them."""
        order, own, _rest = self.make_order(state)
        second = self.make_second()
        self.env.cr.execute("DROP INDEX account_payment_line_one_waiting_debit")
        line = own.line_ids.filtered(lambda one: one._is_open_receivable())
        with patch.object(type(order.payment_line_ids), "_check_held_once", lambda self: None):
            line.create_payment_line_from_move_line(second)
        self.env.flush_all()
        return order, second, own

    def update(self):
        script = self.load_migration("19.0.6.0.0/pre-waiting_debits")
        with self.assertLogs(script.__name__, "WARNING") as logs:
            script._logger.warning("Updated")
            script.migrate(self.env.cr, "19.0.5.0.0")
        self.env.invalidate_all()
        return "\n".join(logs.output)

    def test_update_takes_them_out_of_drafts(self):
        for state in ("draft", "open"):
            with self.subTest(state), self.env.cr.savepoint() as savepoint:
                order, second, own = self.make_twice(state)
                logged = self.update()
                self.assertIn(f"{own.name} stood in two debit orders", logged)
                self.assertIn(second.name, logged)
                self.assertFalse(second.payment_line_ids)
                self.assertEqual(len(order.payment_line_ids), 2)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_update_lists_what_a_person_decides(self):
        """Which of two confirmed orders is cancelled, no update knows."""
        order, second, own = self.make_twice("open")
        self.store(second, state="generated")
        words = f"(?s){own.name}: {order.name} .open., {second.name} .generated."
        with self.assertRaisesRegex(UserError, words):
            self.update()
        self.assertEqual(len(second.payment_line_ids), 1)
