"""A debit that came back is debited again only if somebody says so (L15c)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..common import IBANS
from ..sepa.common import SepaCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestReturnedDebits(SepaCommon):
    def make_debited(self):
        """Return a run whose file is at the bank, its order and its invoice."""
        self.create_debited_contract()
        run = self.bill()
        order = self.collect(run).with_user(self.user_accountant)
        order.generated2uploaded()
        return run, order, run.invoice_ids.with_user(self.user_accountant)

    def test_no_second_debit_without_a_decision(self):
        run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids, reason_additional_information="AM04")
        self.assertEqual(invoice.amount_residual, 46.8)
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertIn("AM04", invoice.service_debit_note)
        row = self.env["service.exception"]._get_open(invoice, "sepa")
        self.assertEqual(row.partner_id, self.payer)
        self.assertEqual(row.action_open_record()["res_id"], invoice.id)
        self.assertFalse(run.to_collect_count)
        action = run.action_collect()
        self.assertIn(invoice.name, action["params"]["message"])
        self.assertEqual(run.order_ids, order)

    def test_decided_it_is_collected_by_the_next_run(self):
        run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        row = self.env["service.exception"]._get_open(invoice, "sepa")
        invoice.action_debit_again()
        self.assertEqual(row.state, "done")
        self.assertEqual(run.to_collect_count, 1)
        with freeze_time("2026-07-01"):
            following = self.create_run("2026-07-01", user=self.user_accountant)
            following.action_post_invoices()
            again = self.assertCollected(following, "93.60", 1)
            self.assertIn(invoice, again.payment_line_ids.move_line_id.move_id)
            self.assertFalse(run.to_collect_count)
            again.generated2uploaded()
            self.assertFalse(invoice.service_debit_decision, "it was for one debit")

    def test_a_decision_is_for_one_debit(self):
        run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        invoice.action_debit_again()
        run.action_collect()
        again = run.order_ids - order
        again.generated2uploaded()
        self.assertEqual(invoice.payment_state, "in_payment")
        self.return_debits(again.payment_ids)
        run.action_collect()
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertEqual(run.order_ids, order + again)

    def pay_loosely(self, amount=46.8):
        """Book a payment that stands in no account and pays no invoice."""
        method = self.method_sdd.journal_id.inbound_payment_method_line_ids.filtered(
            lambda one: one.code == "manual"
        )
        method.payment_account_id = False
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.payer.id,
                "amount": amount,
                "journal_id": method.journal_id.id,
                "payment_method_line_id": method.id,
            }
        )
        payment.action_post()
        self.assertFalse(payment.move_id)
        return payment

    def test_a_decision_is_about_what_was_known(self):
        """A payment that came in after “Debit It” asks anew; decided on too, it asks no more."""
        run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        invoice.action_debit_again()
        self.pay_loosely()
        run.action_collect()
        self.assertEqual(run.order_ids, order)
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertIn("46.80", invoice.service_debit_note)
        self.assertIn(order.name, invoice.service_debit_note)
        self.debit_anyway(invoice)
        run.action_collect()
        self.assertIn(invoice, (run.order_ids - order).payment_line_ids.move_line_id.move_id)

    def test_a_decision_is_known_in_other_languages(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        run, order, invoice = self.make_debited()
        self.pay_loosely()
        self.return_debits(order.payment_ids)
        run.with_context(lang="fr_FR").action_collect()
        self.assertIn("46,80", invoice.service_debit_note)
        self.debit_anyway(invoice.with_context(lang="fr_FR"))
        run.with_context(lang="en_US").action_collect()
        self.assertIn(invoice, (run.order_ids - order).payment_line_ids.move_line_id.move_id)

    def test_a_decision_leaves_the_look_at_credits(self):
        """Odoo's own buttons debit no invoice whose customer was given back something since."""
        _run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        invoice.action_debit_again()
        self.credit(self.payer, 10)
        invoice.create_account_payment_line()
        again = invoice.line_ids.payment_line_ids.order_id - order
        with self.assertRaisesRegex(UserError, "Payer has a credit of 10.00"):
            again.draft2open()

    def test_paid_meanwhile_there_is_nothing_to_decide(self):
        _run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        row = self.env["service.exception"]._get_open(invoice, "sepa")
        self.run_cron("service_contract.service_billing_day_cron")
        self.assertEqual((row.state, invoice.service_debit_decision), ("open", "ask"))
        self.pay(invoice, 46.8)
        self.assertFalse(invoice.amount_residual)
        self.run_cron("service_contract.service_billing_day_cron")
        self.assertEqual((row.state, invoice.service_debit_decision), ("done", False))

    def test_a_decision_outlives_an_order_that_was_not_sent(self):
        run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        invoice.action_debit_again()
        run.action_collect()
        (run.order_ids - order).action_cancel()
        run.action_collect()
        self.assertEqual(len(run.order_ids), 3)

    def test_paid_otherwise_is_never_collected(self):
        run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        invoice.action_no_debit()
        with self.assertRaisesRegex(UserError, "there is nothing to collect"):
            run.action_collect()
        invoice.create_account_payment_line()
        waiting = invoice.line_ids.payment_line_ids.order_id - order
        with self.assertRaisesRegex(UserError, invoice.name):
            waiting.draft2open()
        waiting.unlink()
        invoice.action_debit_again()
        self.assertEqual(run.to_collect_count, 1)

    def test_odoos_own_buttons_ask_too(self):
        _run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        invoice.create_account_payment_line()
        again = invoice.line_ids.payment_line_ids.order_id - order
        with self.assertRaisesRegex(UserError, invoice.name), self.env.cr.savepoint():
            again.draft2open()
        invoice.action_debit_again()
        again.draft2open()
        self.assertEqual(again.state, "open")

    def test_match_undone_by_hand(self):
        """Whoever takes the debit from its invoice without a return is asked as well."""
        run, order, invoice = self.make_debited()
        order.payment_ids.action_draft()
        order.payment_ids.action_cancel()
        self.assertEqual(invoice.amount_residual, 46.8)
        run.action_collect()
        self.assertEqual(run.order_ids, order)
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertIn(order.name, invoice.service_debit_note)

    def test_rejected_payment_without_entries(self):
        self.method_sdd.payment_account_id = False
        run, order, invoice = self.make_debited()
        order.payment_ids.action_reject()
        run.action_collect()
        self.assertEqual(run.order_ids, order)
        self.assertEqual(invoice.service_debit_decision, "ask")

    def test_what_is_at_the_bank_is_not_cancelled(self):
        run, order, invoice = self.make_debited()
        with self.assertRaisesRegex(UserError, "Bank Files"), self.env.cr.savepoint():
            order.action_cancel()
        self.assertEqual((order.state, invoice.payment_state), ("uploaded", "in_payment"))

    def test_uploaded_order_that_was_cancelled(self):
        """When that was possible: confirmed anew, it would be debited twice."""
        run, order, invoice = self.make_debited()
        order.payment_ids.action_draft()
        order.payment_ids.action_cancel()
        self.store(order, state="cancel")
        run.action_collect()
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertEqual(run.order_ids, order)
        order.cancel2draft()
        with self.assertRaisesRegex(UserError, invoice.name), self.env.cr.savepoint():
            order.draft2open()
        invoice.action_debit_again()
        order.draft2open()
        self.assertEqual(order.state, "open")

    def test_return_that_was_none(self):
        run, order, invoice = self.make_debited()
        one = self.return_debits(order.payment_ids)
        row = self.env["service.exception"]._get_open(invoice, "sepa")
        one.action_cancel()
        self.assertFalse(invoice.service_debit_decision)
        self.assertEqual(row.state, "done")
        self.assertFalse(invoice.amount_residual)
        with self.assertRaisesRegex(UserError, "there is nothing to collect"):
            run.action_collect()

    def test_returned_invoice_may_be_undone(self):
        """The debit that came back holds nothing any more."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")], limit=1
        )
        journal.restrict_mode_hash_table = False
        _run, order, invoice = self.make_debited()
        with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
            invoice.button_draft()
        self.return_debits(order.payment_ids)
        invoice.button_draft()
        self.assertEqual(invoice.state, "draft")

    def test_who_may_decide(self):
        run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        billing_only = new_test_user(
            self.env,
            login="billing_only",
            groups="account.group_account_invoice",
            company_id=self.company.id,
        )
        for user in (billing_only, self.user_manager, self.user_sales, self.user_technician):
            for verb in ("action_debit_again", "action_no_debit"):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    getattr(invoice.with_user(user), verb)()
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertFalse(run.to_collect_count)

    def test_no_client_decides_past_the_buttons(self):
        """Neither a write nor what a client gives at creation is a decision."""
        _run, order, invoice = self.make_debited()
        self.return_debits(order.payment_ids)
        for name, value in (
            ("service_debit_decision", "debit"),
            ("service_debit_decision", False),
            ("service_debit_note", False),
            ("service_has_debit", False),
        ):
            with self.subTest(name), self.assertRaises(AccessError), self.env.cr.savepoint():
                invoice.write({name: value})
        moves = self.env["account.move"].with_user(self.user_accountant)
        vals = {"move_type": "out_invoice", "partner_id": self.payer.id}
        given = moves.create({**vals, "service_debit_decision": "debit"})
        meant = moves.with_context(default_service_debit_decision="debit").create(vals)
        self.assertEqual((given + meant).mapped("service_debit_decision"), [False, False])

    def test_nothing_to_decide(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, "nothing to decide"):
            invoice.action_debit_again()

    # ----- VAT on payment -----

    def get_vat(self, invoice):
        """Return ``[(day, VAT)]`` of the entries of VAT on payment of an invoice."""
        entries = self.env["account.move"].search(
            [("tax_cash_basis_origin_move_id", "=", invoice.id)], order="date, id"
        )
        return [
            (entry.date.isoformat(), -sum(entry.line_ids.filtered("tax_line_id").mapped("balance")))
            for entry in entries
        ]

    def make_debited_in_october(self):
        """Return a debit of 30 October, the bank has it since the 29th, and its invoice."""
        with freeze_time("2026-10-29"):
            self.create_debited_contract(start="2026-10-01")
            run = self.create_run("2026-10-29", user=self.user_accountant)
            run.action_post_invoices()
            order = self.collect(run).with_user(self.user_accountant)
            order.generated2uploaded()
        self.assertEqual(self.get_vat(run.invoice_ids), [("2026-10-30", 7.8)])
        return order, run.invoice_ids

    def test_vat_is_taken_back_on_the_day_of_the_return(self):
        """Debited on 30/10, returned on 28/11: October may be declared already (L15c)."""
        order, invoice = self.make_debited_in_october()
        with freeze_time("2026-12-05"):
            self.prepare_return(order.payment_ids, day="2026-11-28").action_confirm()
        self.assertEqual(self.get_vat(invoice), [("2026-10-30", 7.8), ("2026-11-28", -7.8)])

    def test_vat_is_taken_back_after_the_tax_lock(self):
        order, invoice = self.make_debited_in_october()
        with freeze_time("2026-12-05"):
            self.company.tax_lock_date = "2026-11-30"
            self.prepare_return(order.payment_ids, day="2026-11-28").action_confirm()
        days = [day for day, _amount in self.get_vat(invoice)]
        self.assertEqual([day[:7] for day in days], ["2026-10", "2026-12"])

    def test_no_client_dates_what_is_undone(self):
        """The day of a return comes from a return, not from a context; else from Odoo.

        By its rule the entry is undone at the end of the month that it is of.
        """
        order, invoice = self.make_debited_in_october()
        with freeze_time("2026-12-05"):
            given = {"service_return_day": "2026-12-01"}
            entries = order.payment_ids.move_id.line_ids
            entries.with_context(**given).remove_move_reconcile()
        self.assertEqual(self.get_vat(invoice), [("2026-10-30", 7.8), ("2026-10-31", -7.8)])

    def test_a_debit_comes_back_once(self):
        """Two returns of one debit, each prepared before the other was booked."""
        _run, order, invoice = self.make_debited()
        first, second = (self.prepare_return(order.payment_ids) for _time in range(2))
        first.action_confirm()
        with self.assertRaisesRegex(ValidationError, "unique"):
            second.action_confirm()
        self.assertEqual(invoice.amount_residual, 46.8)

    def test_a_returned_payment_says_so(self):
        _run, order, _invoice = self.make_debited()
        one = self.return_debits(order.payment_ids)
        self.assertEqual(order.payment_ids.state, "rejected")
        one.action_cancel()
        self.assertEqual(order.payment_ids.state, "in_process")

    def test_return_of_one_of_two_customers(self):
        other = self.create_customer("Other", iban=IBANS[1])
        self.create_debited_contract()
        self.create_debited_contract(other)
        run = self.bill()
        order = self.collect(run).with_user(self.user_accountant)
        order.generated2uploaded()
        returned = order.payment_ids.filtered(lambda one: one.partner_id == other)
        self.return_debits(returned)
        asked = run.invoice_ids.filtered(lambda move: move.service_debit_decision == "ask")
        self.assertEqual(asked.partner_id, other)
