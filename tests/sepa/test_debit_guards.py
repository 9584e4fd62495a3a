"""Nothing is debited twice: what is paid already, what another order holds, what changed since."""

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import IBANS
from .common import SepaCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSetOff(SepaCommon):
    """Collecting sees all that a customer has paid or was given back."""

    def receive(self, partner, amount, day="2026-06-15", account=True, **vals):
        """Book a transfer on account, matched with nothing, as the accountant does."""
        journal = self.method_sdd.journal_id
        line = journal.inbound_payment_method_line_ids.filtered(lambda one: one.code == "manual")
        line.payment_account_id = account and self.method_sdd.payment_account_id
        payment = (
            self.env["account.payment"]
            .with_user(self.user_accountant)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": partner.id,
                    "amount": amount,
                    "date": day,
                    "journal_id": journal.id,
                    "payment_method_line_id": line.id,
                    **vals,
                }
            )
        )
        payment.action_post()
        return payment

    def test_transfer_on_account_is_set_off(self):
        self.create_debited_contract()
        run = self.bill()
        self.receive(self.payer, 46.8)
        action = run.action_collect()
        self.assertIn("nothing is left to debit", action["params"]["message"])
        self.assertFalse(run.order_ids)
        self.assertFalse(run.invoice_ids.amount_residual)

    def test_overpayment_of_last_month_is_set_off(self):
        self.create_debited_contract()
        first = self.create_run("2026-06-15", user=self.user_accountant)
        first.action_post_invoices()
        self.pay(first.invoice_ids, 60)
        with freeze_time("2026-07-01"):
            second = self.create_run("2026-07-01", user=self.user_accountant)
            second.action_post_invoices()
            self.assertCollected(second, "33.60", 1)

    def test_payment_of_a_contact_is_the_customers(self):
        contact = self.env["res.partner"].create(
            {"name": "Accounts", "type": "invoice", "parent_id": self.payer.id}
        )
        self.create_debited_contract()
        run = self.bill()
        self.receive(contact, 10)
        self.assertCollected(run, "36.80", 1)

    def test_bank_line_booked_on_the_customer_is_set_off(self):
        self.create_debited_contract()
        run = self.bill()
        receivable = run.invoice_ids.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).account_id
        bank = self.method_sdd.journal_id
        entry = self.env["account.move"].create(
            {
                "journal_id": bank.id,
                "date": "2026-06-14",
                "line_ids": [
                    Command.create({"account_id": bank.default_account_id.id, "debit": 16.8}),
                    Command.create(
                        {
                            "account_id": receivable.id,
                            "partner_id": self.payer.id,
                            "credit": 16.8,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.assertCollected(run, "30.00", 1)

    def test_payments_pay_what_was_due_first(self):
        """An older invoice that is paid by transfer keeps its payment (Code civil 1342-10)."""
        self.create_debited_contract()
        older = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.payer.id,
                "invoice_date": "2026-05-02",
                "invoice_payment_term_id": False,
                "invoice_date_due": "2026-05-02",
                "preferred_payment_method_line_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Cable",
                            "price_unit": 100,
                            "tax_ids": [Command.set(self.tax_included.ids)],
                        }
                    )
                ],
            }
        )
        older.action_post()
        run = self.bill()
        self.receive(self.payer, 100)
        self.assertCollected(run, "46.80", 1)
        self.assertFalse(older.amount_residual)

    def test_what_an_order_holds_is_not_set_off(self):
        """Its file takes the whole amount: the credit is for what is debited next."""
        self.create_debited_contract()
        first = self.bill()
        self.collect(first)
        self.receive(self.payer, 46.8)
        self.create_debited_contract()
        second = self.bill()
        action = second.action_collect()
        self.assertIn("nothing is left to debit", action["params"]["message"])
        self.assertFalse(second.invoice_ids.amount_residual)
        self.assertEqual(first.invoice_ids.amount_residual, 46.8)

    def test_what_was_paid_back_is_no_credit(self):
        self.create_debited_contract()
        run = self.bill()
        self.credit(self.payer, 20)
        bank = self.method_sdd.journal_id
        outbound = bank.outbound_payment_method_line_ids[:1]
        outbound.payment_account_id = self.method_sdd.payment_account_id
        back = {"payment_type": "outbound", "payment_method_line_id": outbound.id}
        self.receive(self.payer, 20, day="2026-06-10", **back)
        self.assertCollected(run, "46.80", 1)

    def test_credit_note_that_is_paid_out_is_not_set_off(self):
        """A payment order gives it back: set off as well, the customer would have it twice."""
        self.create_debited_contract()
        run = self.bill()
        refund = self.credit(self.payer, 20)
        bank = self.method_sdd.journal_id
        method = bank.outbound_payment_method_line_ids[:1]
        method.write({"selectable": True, "payment_order_ok": True})
        vals = {
            "payment_method_line_id": method.id,
            "payment_type": "outbound",
            "company_id": self.company.id,
        }
        order = self.env["account.payment.order"].create(vals)
        receivable = refund.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        receivable.create_payment_line_from_move_line(order)
        self.assertCollected(run, "46.80", 1)
        self.assertEqual(refund.amount_residual, 20)

    def test_credit_between_confirmation_and_file(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        invoice.create_account_payment_line()
        order = invoice.line_ids.payment_line_ids.order_id
        order.draft2open()
        self.receive(self.payer, 10)
        with self.assertRaisesRegex(UserError, "Payer has a credit of 10.00"):
            order.open2generated()

    def test_odoos_own_buttons_see_credits_too(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        payment = self.receive(self.payer, 10)
        invoice.create_account_payment_line()
        order = invoice.line_ids.payment_line_ids.order_id
        with self.assertRaisesRegex(UserError, "Payer has a credit of 10.00"):
            order.draft2open()
        receivable = (invoice + payment.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        receivable.reconcile()
        order.payment_line_ids.unlink()
        receivable.filtered(lambda line: line.debit).create_payment_line_from_move_line(order)
        order.draft2open()
        self.assertEqual(order.payment_ids.amount, 36.8)

    def assertPutAside(self, run, sentence):
        """The invoice waits for a decision, in words; the others are collected."""
        invoice = run.invoice_ids.filtered(lambda move: move.partner_id == self.payer)
        run.action_collect()
        self.assertNotIn(invoice, run.order_ids.payment_line_ids.move_line_id.move_id)
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertIn(sentence, invoice.service_debit_note)
        row = self.env["service.exception"]._get_open(invoice, "sepa")
        self.assertIn(sentence, row.detail)
        return invoice, row

    def test_payment_without_an_entry_waits_for_a_decision(self):
        """Such a payment is in no account: nobody but a person sees what it pays."""
        other = self.create_customer("Other", iban=IBANS[1])
        self.create_debited_contract()
        self.create_debited_contract(other)
        run = self.bill()
        payment = self.receive(self.payer, 46.8, account=False)
        self.assertFalse(payment.move_id)
        invoice, row = self.assertPutAside(run, "46.80")
        self.assertEqual(run.order_ids.payment_line_ids.partner_id, other)
        payment.action_cancel()
        invoice.with_user(self.user_accountant).action_debit_again()
        self.assertEqual(row.state, "done")
        run.action_collect()
        self.assertIn(invoice, run.order_ids.payment_line_ids.move_line_id.move_id)

    def test_credit_on_another_account_waits_for_a_decision(self):
        self.create_debited_contract()
        run = self.bill()
        other = self.env["account.account"].create(
            {
                "name": "Other customers",
                "code": "411900",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        bank = self.method_sdd.journal_id.default_account_id
        self.env["account.move"].create(
            {
                "journal_id": self.method_sdd.journal_id.id,
                "line_ids": [
                    Command.create({"account_id": bank.id, "debit": 46.8}),
                    Command.create(
                        {"account_id": other.id, "partner_id": self.payer.id, "credit": 46.8}
                    ),
                ],
            }
        ).action_post()
        self.assertPutAside(run, "411900")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestHeldInvoices(SepaCommon):
    """What a debit order holds stays as it is until the order lets it go."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "sale")], limit=1
        )
        journal.restrict_mode_hash_table = False  # which alone refuses to undo what is posted

    def make_held(self, uploaded=False):
        self.create_debited_contract()
        run = self.bill()
        order = self.collect(run)
        self.take_files(order)
        if uploaded:
            order.with_user(self.user_accountant).generated2uploaded()
        return run, order, run.invoice_ids.with_user(self.user_accountant)

    def rebill(self, invoice):
        wizard = self.env["account.move.reversal"].with_user(self.user_accountant)
        wizard = wizard.with_context(active_model="account.move", active_ids=invoice.ids)
        return wizard.create({"journal_id": invoice.journal_id.id, "date": "2026-06-15"})

    def assertHeld(self, invoice, order):
        doors = {
            "draft": invoice.button_draft,
            "cancel": invoice.button_cancel,
            "refund and rebill": self.rebill(invoice).modify_moves,
            "write": lambda: invoice.write({"state": "draft"}),
            "write of a superuser": lambda: invoice.sudo().write({"state": "cancel"}),
        }
        for name, door in doors.items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, order.name),
                self.env.cr.savepoint(),
            ):
                door()
            invoice.invalidate_recordset()
            self.assertEqual(invoice.state, "posted")

    def test_invoice_in_a_file(self):
        _run, order, invoice = self.make_held()
        self.assertHeld(invoice, order)

    def test_invoice_in_a_draft_order(self):
        _run, order, invoice = self.make_held()
        order.action_cancel()
        order.cancel2draft()
        self.assertHeld(invoice, order)

    def test_invoice_in_an_uploaded_file(self):
        _run, order, invoice = self.make_held(uploaded=True)
        self.assertHeld(invoice, order)

    def test_invoice_in_an_uploaded_file_without_entries(self):
        self.method_sdd.payment_account_id = False
        _run, order, invoice = self.make_held(uploaded=True)
        self.assertHeld(invoice, order)

    def test_order_of_odoos_own_buttons_holds_too(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        invoice.create_account_payment_line()
        self.assertHeld(invoice, invoice.line_ids.payment_line_ids.order_id)

    def test_the_order_says_how_many_invoices_it_debits(self):
        _run, order, _invoice = self.make_held()
        theirs = order.with_user(self.user_accountant)
        self.assertEqual(theirs.service_invoice_count, 1)
        view = etree.fromstring(theirs.get_view(view_type="form")["arch"])
        (button,) = view.xpath("//button[@name='action_open_invoices']")
        self.assertFalse(button.get("string"))
        (count,) = button.xpath("field")
        self.assertEqual(count.get("name"), "service_invoice_count")

    def assertSaid(self, invoice, *words):
        """The dialog says what becomes of the debit, and offers no new invoice."""
        with Form(self.rebill(invoice)) as dialog:
            for word in (*words, "no invoice is made anew"):
                self.assertIn(word, dialog.service_debit_warning)
        view = self.env["account.move.reversal"].get_view(view_type="form")
        (button,) = etree.fromstring(view["arch"]).xpath("//button[@name='modify_moves']")
        self.assertIn("or (service_debit_warning)", button.get("invisible"))

    def test_the_dialog_of_a_credit_note_says_what_the_debit_does(self):
        _run, order, invoice = self.make_held()
        self.assertSaid(invoice, f"in the file of {order.name}", "Cancel the order first")
        order.with_user(self.user_accountant).generated2uploaded()
        self.assertSaid(invoice, order.name, "06/15/2026", "not stopped", "pay it back")

    def test_the_dialog_says_it_of_a_draft_order(self):
        _run, order, invoice = self.make_held()
        order.action_cancel()
        self.assertFalse(self.rebill(invoice).service_debit_warning)
        order.cancel2draft()
        self.assertSaid(invoice, f"{order.name} (Draft)", "take the debit out")

    def test_the_dialog_of_other_invoices_says_nothing(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        self.assertFalse(self.rebill(invoice).service_debit_warning)

    def test_cancelled_order_lets_go(self):
        _run, order, invoice = self.make_held()
        order.action_cancel()
        invoice.button_draft()
        self.assertEqual(invoice.state, "draft")

    def test_credit_notes_and_receipts_are_always_booked(self):
        _run, order, invoice = self.make_held()
        self.pay(invoice, 10)
        self.assertEqual(invoice.amount_residual, 36.8)
        self.rebill(invoice).refund_moves()
        invoice.reversal_move_ids.action_post()
        self.assertFalse(invoice.amount_residual)
        order.with_user(self.user_accountant).generated2uploaded()
        self.assertEqual(order.state, "uploaded")

    def test_uploaded_debits_are_credited(self):
        _run, _order, invoice = self.make_held(uploaded=True)
        self.rebill(invoice).refund_moves()
        invoice.reversal_move_ids.action_post()
        self.assertEqual(invoice.reversal_move_ids.amount_residual, 46.8)

    # ----- The file -----

    def test_paid_between_file_and_upload(self):
        """What the bank takes is booked; what it takes too much is the customer's next credit."""
        other = self.create_customer("Other", iban=IBANS[1])
        self.create_debited_contract(other)
        run, order, invoice = self.make_held()
        invoice = invoice.filtered(lambda move: move.partner_id == self.payer)
        self.assertFalse(order.service_changes)
        self.pay(invoice, 46.8)
        self.assertIn(invoice.name, order.service_changes)
        order.with_user(self.user_accountant).generated2uploaded()
        self.assertEqual(order.state, "uploaded")
        self.assertFalse(sum(run.invoice_ids.mapped("amount_residual")))
        row = self.env["service.exception"]._get_open(invoice, "sepa")
        self.assertIn(invoice.name, row.detail)
        with freeze_time("2026-07-01"):
            following = self.create_run("2026-07-01", user=self.user_accountant)
            following.action_post_invoices()
            self.assertCollected(following, "46.80", 1)
        self.assertEqual(following.order_ids.payment_line_ids.partner_id, other)

    def test_credited_while_the_file_waits(self):
        """What an order takes too much is not taken a second time for the invoice made anew."""
        run, order, invoice = self.make_held()
        wizard = self.rebill(invoice)
        wizard.service_after_credit = "owed"
        wizard.refund_moves()
        refund = invoice.reversal_move_ids
        refund.action_post()
        anew = self.bill()
        self.assertEqual(anew.invoice_ids.amount_total, 46.8)
        anew.action_collect()
        self.assertFalse(anew.order_ids)
        self.assertIn(order.name, anew.invoice_ids.service_debit_note)
        order.with_user(self.user_accountant).generated2uploaded()
        action = anew.action_collect()
        self.assertFalse(anew.order_ids, action)
        self.assertFalse(anew.invoice_ids.amount_residual)
        self.assertFalse(run.to_collect_count)

    # ----- Orders and their lines -----

    def test_steps_are_taken_in_their_order(self):
        _run, order, _invoice = self.make_held()
        order = order.with_user(self.user_accountant)
        for step in ("draft2open", "open2generated", "cancel2draft"):
            with self.subTest(step), self.assertRaises(UserError), self.env.cr.savepoint():
                getattr(order, step)()
        order.generated2uploaded()
        for step in ("open2generated", "generated2uploaded", "draft2open", "cancel2draft"):
            with self.subTest(step), self.assertRaises(UserError), self.env.cr.savepoint():
                getattr(order, step)()

    def test_lines_of_a_file_stay(self):
        _run, order, invoice = self.make_held()
        lines = order.payment_line_ids.with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
            lines.unlink()
        for vals in ({"amount_currency": 1}, {"order_id": False}, {"move_line_id": False}):
            with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
                lines.write(vals)
        self.assertTrue(invoice)

    def test_order_with_a_file_is_not_deleted(self):
        _run, order, _invoice = self.make_held()
        with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
            order.with_user(self.user_accountant).unlink()
        order.generated2uploaded()
        for step in ("action_cancel", "unlink"):
            with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
                getattr(order.with_user(self.user_accountant), step)()

    # ----- The customer -----

    def test_customer_changed_on_the_draft(self):
        """Who did not order is not debited, although his mandate is valid."""
        other = self.create_customer("Other", iban=IBANS[1])
        self.create_debited_contract()
        run = self.bill(post=False)
        with self.env.cr.savepoint():
            run.invoice_ids.partner_id = other
            run.invoice_ids.preferred_payment_method_line_id = self.method_sdd
            run.invoice_ids.mandate_id = other.valid_mandate_id
        run.invoice_ids.invoice_line_ids.service_reason_id = self.env["service.reason"].create(
            {"name": "He pays", "usage": "invoice"}
        )
        run.action_post_invoices()
        run.action_collect()
        self.assertFalse(run.order_ids)
        row = self.env["service.exception"]._get_open(run.invoice_ids, "sepa")
        self.assertIn("Payer", row.detail)
        self.assertEqual(row.cause_id.code, "debit_hold")
        invoice = run.invoice_ids.with_user(self.user_accountant)
        invoice.create_account_payment_line()
        order = invoice.line_ids.payment_line_ids.order_id
        with self.assertRaisesRegex(UserError, "Payer"):
            order.draft2open()

    def test_who_pays_the_contract_now_is_debited(self):
        """The payer of the contract changed after the charge was made: his mandate is right."""
        other = self.create_customer("Other", iban=IBANS[1])
        contract = self.create_debited_contract()
        run = self.bill(post=False)
        contract.write({"partner_invoice_id": other.id, "mandate_id": other.valid_mandate_id.id})
        run.invoice_ids.partner_id = other
        run.invoice_ids.preferred_payment_method_line_id = self.method_sdd
        run.invoice_ids.mandate_id = other.valid_mandate_id
        run.action_post_invoices()
        self.assertFalse(run.draft_count)
        self.assertCollected(run, "46.80", 1)
