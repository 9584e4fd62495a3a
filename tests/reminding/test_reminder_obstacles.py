"""Nobody is reminded of what is disputed, contested, debited, or was never sent (L15c, S30)."""

from freezegun import freeze_time

from odoo.tests import tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestReminderObstacles(ReminderCommon):
    def assertSkipped(self, move, words, day="2026-06-15"):
        self.assertFalse(self.prepare(day))
        with freeze_time(day):
            move.invalidate_recordset()
            self.assertIn(words, move.service_reminder_status)

    def make_debited(self):
        """Return the order of an invoice whose debit is at the bank, and the invoice."""
        self.create_debited_contract()
        run = self.bill()
        order = self.collect(run).with_user(self.user_accountant)
        run.invoice_ids.sudo()._as_workflow().service_sending = "sent"
        return order, run.invoice_ids

    def test_disputed(self):
        move = self.create_late()
        move.action_toggle_block_payment()
        self.assertSkipped(move, "is disputed")
        move.action_toggle_block_payment()
        self.assertTrue(self.prepare())

    def test_contested_sessions(self):
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-05-04 08:00:00", 1800)])
        run = self.create_run("2026-05-15", user=self.user_accountant, is_auto_post=True)
        move = run.invoice_ids
        move.sudo()._as_workflow().service_sending = "sent"
        self.assertEqual(self.prepare("2026-08-15").line_ids.move_id, move)
        self.store(session, sheet_state="contested")
        self.assertSkipped(move, "contested", "2026-08-15")

    def test_a_debit_under_way(self):
        """In an order, and to come: we take the money ourselves."""
        self.create_debited_contract()
        run = self.bill()
        move = run.invoice_ids
        move.sudo()._as_workflow().service_sending = "sent"
        self.assertSkipped(move, "To be debited", "2026-07-15")
        self.collect(run)
        self.assertSkipped(move, "In the debit order", "2026-07-15")

    def test_a_returned_debit_enters_after_its_decision(self):
        order, move = self.make_debited()
        order.generated2uploaded()
        self.return_debits(order.payment_ids)
        self.assertEqual(move.service_debit_decision, "ask")
        self.assertSkipped(move, "decide on its debit first", "2026-07-15")
        own = move.with_user(self.user_accountant)
        own.action_debit_again()
        self.assertSkipped(move, "To be debited", "2026-07-15")
        own.action_no_debit()
        letter = self.prepare("2026-07-15")
        self.assertEqual((letter.line_ids.move_id, letter.amount_total), (move, 46.8))

    def test_a_debit_that_came_back_meanwhile(self):
        """A letter that waits goes nowhere once its invoice is in an order again."""
        order, move = self.make_debited()
        order.generated2uploaded()
        self.return_debits(order.payment_ids)
        own = move.with_user(self.user_accountant)
        own.action_no_debit()
        letter = self.prepare("2026-07-15")
        own.action_debit_again()
        self.send_letters(letter, "2026-07-15")
        self.assertEqual(letter.state, "cancelled")

    def test_whose_mandate_is_dead_pays_otherwise(self):
        self.create_debited_contract()
        move = self.bill().invoice_ids
        move.sudo()._as_workflow().service_sending = "sent"
        self.mandate.sudo().state = "cancel"
        self.assertEqual(self.prepare("2026-07-15").line_ids.move_id, move)

    def test_what_is_missing_here_is_not_the_customers_fault(self):
        self.create_debited_contract()
        move = self.bill().invoice_ids
        move.sudo()._as_workflow().service_sending = "sent"
        self.company.sepa_creditor_identifier = False
        self.assertFalse(self.prepare("2026-07-15"))

    def test_insolvency(self):
        """Earlier debts are declared to the administrator; later ones are reminded of (L15c)."""
        old = self.create_late()
        self.customer.service_insolvent_on = "2026-05-15"
        new = self.create_late(invoice_date="2026-05-20")
        self.assertEqual(self.prepare().line_ids.move_id, new)
        for user in (self.user_accountant, self.user_manager):
            self.assertIn("administrator", old.with_user(user).service_reminder_status)

    def test_never_sent(self):
        self.create_contract(start="2026-06-01")
        run = self.create_run("2026-06-15", user=self.user_accountant, is_auto_post=True)
        move = run.invoice_ids
        self.assertSkipped(move, "has not gone out", "2026-09-01")
        move.sudo()._as_workflow().service_sending = "failed"
        self.assertSkipped(move, "has not gone out", "2026-09-01")
        move.sudo()._as_workflow().service_sending = "sent"
        self.assertTrue(self.prepare("2026-09-01"))

    def test_put_off(self):
        move = self.create_late()
        move.with_user(self.user_accountant).service_reminder_from = "2026-07-01"
        self.assertFalse(self.prepare())
        self.assertIn("07/01/2026", move.service_reminder_status)
        self.assertTrue(self.prepare("2026-07-01"))

    def test_a_payment_online_that_is_under_way(self):
        move = self.create_late()
        provider = self.env["payment.provider"].create({"name": "Provider", "state": "test"})
        method = self.env["payment.method"].create({"name": "Card", "code": "some_card"})
        self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "amount": 120,
                "currency_id": move.currency_id.id,
                "partner_id": move.partner_id.id,
                "reference": "Online",
                "state": "pending",
                "invoice_ids": [(6, 0, move.ids)],
            }
        )
        self.assertSkipped(move, "paid online")
