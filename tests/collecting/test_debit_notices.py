"""A debit waits for its notice: sent, arrived, as much as was said, after the delay (L12)."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import IBANS
from ..sepa.common import SepaCommon


class NoticeCommon(SepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_notice_rule = "invoice"
        cls.company.service_notice_days = 14
        cls.payer.email = "payer@example.com"

    def bill_one(self, **vals):
        self.create_debited_contract(**vals)
        run = self.bill()
        return run, run.invoice_ids.with_user(self.user_accountant)

    def go_out(self, invoices, arrived=True):
        """Let invoices go out as Odoo's own wizard tells it, and arrive."""
        for move in invoices:
            move._note_channels({"manual"}, 0)
        if arrived:
            invoices.action_posted_service()

    def assertLeft(self, run, *words):
        action = run.action_collect()
        for word in words:
            self.assertIn(word, action["params"]["message"])
        self.assertFalse(run.order_ids)

    def get_days(self, run):
        return {str(batch.collection_date) for batch in self.get_batches(run.order_ids)}

    def get_batches(self, orders):
        return [batch for order in orders for batch in order._get_service_totals().batches]


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestNotices(NoticeCommon):
    # ----- Sent -----

    def test_what_is_not_sent_waits(self):
        run, invoice = self.bill_one()
        self.assertLeft(run, invoice.name, "not sent")
        self.assertFalse(invoice.service_debit_decision, "nothing is to be decided")

    def test_what_has_not_arrived_waits(self):
        run, invoice = self.bill_one()
        self.go_out(invoice, arrived=False)
        self.assertEqual(str(invoice.service_notice_day), "2026-06-29")
        self.assertLeft(run, invoice.name, "on its way")

    def test_the_delay_runs_from_the_day_of_the_notice(self):
        """Due on its date, the invoice is debited 14 days after it went out."""
        run, invoice = self.bill_one()
        self.assertIn("06/29/2026", invoice._get_service_payment_notice())
        self.go_out(invoice)
        self.assertEqual(
            (
                invoice.service_notice_source,
                str(invoice.service_notice_day),
                invoice.service_notice_amount,
                invoice.service_notice_mandate_id,
                str(invoice.service_notice_told_on),
            ),
            ("invoice", "2026-06-29", 46.8, self.mandate, "2026-06-15"),
        )
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-29"})

    def test_a_later_due_date_counts(self):
        term = self.env.ref("account.account_payment_term_30days")
        run, invoice = self.bill_one(payment_term_id=term.id)
        self.go_out(invoice)
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-07-15"})

    def test_a_delay_that_ends_on_a_holiday(self):
        with freeze_time("2026-03-20"):  # 14 days later is Good Friday
            self.create_debited_contract(start="2026-03-01")
            run = self.create_run("2026-03-20", user=self.user_accountant)
            run.action_post_invoices()
            self.go_out(run.invoice_ids.with_user(self.user_accountant))
            self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-04-07"})

    def test_posted_by_letter_later_than_printed(self):
        run, invoice = self.bill_one()
        self.go_out(invoice, arrived=False)
        with freeze_time("2026-06-18"):
            invoice.action_posted_service()
            self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-07-02"})

    def test_a_mandate_with_a_delay_of_its_own(self):
        self.mandate.with_user(self.user_accountant).write(
            {"service_is_notice_agreed": True, "service_notice_days": 3}
        )
        run, invoice = self.bill_one()
        self.go_out(invoice)
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-18"})

    def test_a_company_with_a_delay_of_its_own(self):
        self.company.service_notice_days = 5
        run, invoice = self.bill_one()
        self.go_out(invoice)
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-22"}, "the 20th is a Saturday")

    def test_a_shorter_delay_does_not_debit_before_what_was_told(self):
        run, invoice = self.bill_one()
        self.go_out(invoice)
        self.company.service_notice_days = 2
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-29"})

    def test_announced_otherwise_nothing_is_waited_for(self):
        self.company.service_notice_rule = "other"
        run, _invoice = self.bill_one()
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-16"})

    # ----- Bounced -----

    def test_what_came_back_does_not_count(self):
        run, invoice = self.bill_one()
        self.go_out(invoice)
        invoice._fail_sending("Unknown address")
        self.assertFalse(invoice.service_notice_told_on)
        self.assertLeft(run, invoice.name, "not reached")
        invoice._forget_sending()
        with freeze_time("2026-06-22"):
            self.go_out(invoice)
            self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-07-06"})

    def test_said_again_nothing_changes(self):
        """Whoever sends the same invoice a second time does not put off its debit."""
        run, invoice = self.bill_one()
        self.go_out(invoice)
        with freeze_time("2026-06-22"):
            self.go_out(invoice)
            self.collect(run)
        self.assertEqual(str(invoice.service_notice_told_on), "2026-06-15")
        self.assertEqual(self.get_days(run), {"2026-06-29"})

    def test_said_again_after_its_day(self):
        """What was not debited on its day may be at once: the mail says the same day."""
        run, invoice = self.bill_one()
        self.go_out(invoice)
        with freeze_time("2026-07-20"):
            self.assertIn("07/21/2026", invoice._get_service_payment_notice())
            self.go_out(invoice)
            self.assertIn("07/21/2026", invoice._get_service_payment_notice())
            self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-07-21"})

    def test_taken_back_it_is_announced_anew(self):
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")], limit=1
        )
        journal.restrict_mode_hash_table = False
        run, invoice = self.bill_one()
        self.go_out(invoice)
        invoice.button_draft()
        self.assertFalse(invoice.service_notice_day)
        self.assertFalse(invoice.service_notice_source)
        invoice.action_post()
        self.assertLeft(run, "not sent")

    # ----- As much as was said -----

    def test_less_than_announced_is_debited(self):
        run, invoice = self.bill_one()
        self.go_out(invoice)
        self.pay(invoice, 10)
        self.assertCollected(run, "36.80", 1)

    def test_more_than_announced_is_not(self):
        run, invoice = self.bill_one()
        self.pay(invoice, 10)
        self.go_out(invoice)
        self.assertEqual(invoice.service_notice_amount, 36.8)
        invoice.line_ids.remove_move_reconcile()
        payment = self.env["account.payment"].search([("partner_id", "=", self.payer.id)])
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(invoice.amount_residual, 46.8)
        self.assertLeft(run, "36.80", "46.80")

    def test_another_mandate_than_announced(self):
        run, invoice = self.bill_one()
        self.go_out(invoice)
        other = self.create_mandate(self.payer, IBANS[1])
        invoice.sudo().mandate_id = other
        self.assertLeft(run, other.unique_mandate_reference)

    # ----- Other doors -----

    def test_orders_made_by_hand_look_too(self):
        _run, invoice = self.bill_one()
        invoice.create_account_payment_line()
        order = invoice.line_ids.payment_line_ids.order_id.with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, "not sent"), self.env.cr.savepoint():
            order.draft2open()
        self.env.invalidate_all()
        self.go_out(invoice)
        order.draft2open()
        self.assertEqual(str(order.payment_ids.date), "2026-06-29")

    def test_a_fixed_day_is_not_before_the_notice(self):
        _run, invoice = self.bill_one()
        self.go_out(invoice)
        invoice.create_account_payment_line()
        order = invoice.line_ids.payment_line_ids.order_id.with_user(self.user_accountant)
        order.write({"date_prefered": "fixed", "date_scheduled": "2026-06-17"})
        with self.assertRaisesRegex(UserError, "debited from 06/29/2026"), self.env.cr.savepoint():
            order.draft2open()
        order.date_scheduled = "2026-06-30"
        order.draft2open()
        self.assertEqual(str(order.payment_ids.date), "2026-06-30")

    def test_no_execution_on_a_day_that_is_none(self):
        self.company.service_notice_rule = "other"
        _run, invoice = self.bill_one()
        for wished, day in (("2026-06-15", "2026-06-16"), ("2026-06-20", "2026-06-22")):
            with self.subTest(wished), self.env.cr.savepoint() as savepoint:
                invoice.create_account_payment_line()
                order = invoice.line_ids.payment_line_ids.order_id
                order.write({"date_prefered": "fixed", "date_scheduled": wished})
                with self.assertRaisesRegex(UserError, "no day of"), self.env.cr.savepoint():
                    order.draft2open()
                order._take_next_day()
                order.draft2open()
                self.assertEqual(str(order.payment_ids.date), day)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_file_made_on_a_sunday(self):
        """It reaches the bank on Monday, which collects on Tuesday."""
        self.company.service_notice_rule = "other"
        run, _invoice = self.bill_one()
        with freeze_time("2026-06-21"):
            self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-23"})

    def test_each_part_of_an_invoice_on_its_own_day(self):
        self.company.service_notice_days = 5
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        run, invoice = self.bill_one(payment_term_id=term.id)
        for words in ("23.40\N{NO-BREAK SPACE}€ on 06/22/2026", "on 07/15/2026", "FR78ZZZ424242"):
            self.assertIn(words, invoice._get_service_payment_notice())
        self.go_out(invoice)
        self.assertEqual(str(invoice.service_notice_day), "2026-06-22")
        self.assertEqual(str(invoice.service_collection_day), "2026-06-22")
        self.company.service_notice_days = 2
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-22", "2026-07-15"})
        self.assertIn("on 06/22/2026", invoice._get_service_payment_notice())

    def test_a_part_goes_by_the_day_of_the_invoice_too(self):
        """Nothing is debited on the day on which it is invoiced, parts neither (L11)."""
        self.company.service_notice_rule = "other"
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        _run, invoice = self.bill_one(payment_term_id=term.id)
        with freeze_time("2026-06-12"):
            first, second = invoice._get_debit_parts().sorted("date_maturity")
            self.assertEqual(str(first._get_collection_day()), "2026-06-16")
            self.assertEqual(str(second._get_collection_day()), "2026-07-15")

    def test_what_was_announced_is_not_typed(self):
        _run, invoice = self.bill_one()
        self.go_out(invoice)
        for vals in (
            {"service_notice_told_on": "2026-05-01"},
            {"service_notice_amount": 1000},
            {"service_notice_source": "before"},
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                invoice.write(vals)
        self.assertFalse(invoice.copy().service_notice_day)

    def test_an_invoice_made_by_hand_is_announced_too(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.payer.id,
                "invoice_date": "2026-06-15",
                "invoice_line_ids": [(0, 0, {"name": "Cable", "price_unit": 100})],
            }
        )
        invoice.action_post()
        self.assertEqual(invoice.preferred_payment_method_line_id, self.method_sdd)
        self.assertIn("06/29/2026", invoice._get_service_payment_notice())
        invoice.with_user(self.user_accountant)._note_channels({"manual"}, 0)
        self.assertEqual(str(invoice.service_notice_day), "2026-06-29")

    def test_a_mail_that_leaves(self):
        """What Odoo's own button sends is recorded with the mail's own delivery."""
        _run, invoice = self.bill_one()
        with patch.object(
            type(self.env["account.move.send"]),
            "_get_default_sending_methods",
            lambda self, move: {"email"},
        ):
            self.env["account.move.send"].with_user(
                self.user_accountant
            )._generate_and_send_invoices(invoice)
        self.assertEqual(str(invoice.service_notice_day), "2026-06-29")
        self.assertIn("06/29/2026", invoice.sudo().service_sending_message_id.body)
        self.assertEqual(invoice.service_sending, "mailing")
        self.assertFalse(invoice.service_notice_told_on)
        rows = invoice._get_customer_notifications()
        rows.notification_status = "sent"
        invoice._follow_mail()
        self.assertEqual(str(invoice.service_notice_told_on), "2026-06-15")
        rows.notification_status = "bounce"
        invoice._follow_mail()
        self.assertFalse(invoice.service_notice_told_on)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSentBefore(NoticeCommon):
    """What went out before notices were recorded is decided once, by a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_debited_contract(cls)
        cls.run_1 = cls.create_run("2026-06-15", user=cls.user_accountant)
        cls.run_1.action_post_invoices()
        cls.invoice = cls.run_1.invoice_ids
        cls.invoice._set_sending("sent")
        cls.migrate("19.0.6.0.0/post-notices")

    def decide(self, decision):
        row = self.env["service.exception"]._get_open(self.company, "sepa", "notice")
        action = row.with_user(self.user_accountant).action_mend()
        wizards = self.env[action["res_model"]].with_user(self.user_accountant)
        wizard = wizards.with_context(**action["context"]).create({"decision": decision})
        self.assertEqual((wizard.count, wizard.amount), (1, 46.8))
        wizard.action_confirm()
        self.assertEqual(row.state, "done")
        return wizard

    def test_nothing_is_debited_or_waived_before(self):
        self.assertEqual(self.invoice.service_notice_source, "before")
        self.assertEqual(self.company.service_notice_before, "ask")
        self.assertLeft(self.run_1, self.invoice.name, "To Settle")

    def test_they_announced_it(self):
        self.decide("count")
        self.assertIn(self.user_accountant.name, self.company.service_notice_before_note)
        self.assertIn(self.user_accountant.name, self.invoice.message_ids[0].body)
        self.assertCollected(self.run_1, "46.80", 1)
        self.assertEqual(self.get_days(self.run_1), {"2026-06-16"})

    def test_they_are_announced_anew(self):
        self.decide("anew")
        self.assertEqual(self.invoice.service_sending, "waiting")
        self.assertLeft(self.run_1, "on its way")

    def test_it_is_decided_once(self):
        wizard = self.decide("count")
        with self.assertRaisesRegex(UserError, "decided already"):
            wizard.action_confirm()
        self.env["res.company"]._ask_notice_before()
        self.assertEqual(self.company.service_notice_before, "count")

    def test_who_is_archived_is_not_asked(self):
        """Nobody could answer: nobody works in that company."""
        self.company.sudo().write({"service_notice_before": False})
        self.env["service.exception"]._settle(self.company, "sepa", "notice")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_company SET active = FALSE WHERE id = %s", [self.company.id]
        )
        self.env.invalidate_all()
        self.env["res.company"]._ask_notice_before()
        self.assertFalse(self.company.service_notice_before)
        self.assertFalse(self.env["service.exception"]._get_open(self.company, "sepa", "notice"))

    def test_who_decides(self):
        wizard = self.env["service.notice.decision"]
        for user in (self.user_manager, self.user_sales, self.user_technician):
            with self.assertRaises(AccessError):
                wizard.with_user(user).create({"company_id": self.company.id, "decision": "count"})
