"""A reminder goes out once, by its customer's channel, as things are then."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..sending.common import SinkMixin
from .common import CRON, ReminderCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestReminderSending(SinkMixin, ReminderCommon):
    def get_matter(self, letter):
        return self.env["service.exception"]._get_open(letter, "billing", "remind")

    # ----- By mail -----

    def test_by_mail_in_the_background(self):
        move = self.create_late()
        letter = self.prepare()
        with self.receiving() as sink:
            letter.action_send()
            self.assertEqual((letter.state, sink.mails), ("waiting", []))
            self.run_cron(CRON)
            self.run_cron(CRON)
        self.assertEqual(sink.get_addresses(), ["customer@example.com"])
        (mail,) = sink.mails
        self.assertIn("Reminder", mail["Subject"])
        body = letter.notice_message_id.body
        for words in (move.name, "120.00", "06/23/2026", "/my/invoices/"):
            self.assertIn(words, body)
        self.assertTrue(letter.notice_message_id.attachment_ids, "the letter itself")
        self.assertEqual((letter.state, str(letter.sent_on)), ("sent", "2026-06-15"))
        self.assertIn("Reminder", move.message_ids[0].body)

    def test_the_formal_notice_says_what_the_law_adds(self):
        move = self.create_late()
        for day in ("2026-06-15", "2026-06-30", "2026-07-15"):
            self.assertFalse(move.service_formal_notice_on)
            letter = self.remind(day)
        self.assertEqual(str(move.service_formal_notice_on), "2026-07-15")
        body = letter.notice_message_id.body
        for words in ("L441-10", "D441-5", "12.15", "1.80", "40.00", "161.80", "formal notice"):
            self.assertIn(words, body)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("service_contract.report_service_reminder", letter.ids)[0]
            .decode()
        )
        for words in ("L441-10", "161.80", "45", "07/23/2026"):
            self.assertIn(words, html)

    def test_a_formal_notice_that_came_back_was_not_given(self):
        move = self.create_late()
        for day in ("2026-06-15", "2026-06-30", "2026-07-15"):
            letter = self.remind(day)
        self.assertTrue(move.service_formal_notice_on)
        rows = letter.sudo().notice_message_id.notification_ids
        rows.write({"notification_status": "bounce", "failure_reason": "No such user"})
        self.run_cron(CRON)
        self.assertEqual(letter.state, "failed")
        self.assertFalse(move.service_formal_notice_on)

    def make_served(self):
        """Return an invoice of a contract whose formal notice was served, then mailed.

        The mail comes back.
        """
        self.create_contract(start="2026-06-01")
        run = self.create_run("2026-06-15", user=self.user_accountant, is_auto_post=True)
        move = run.invoice_ids
        move.sudo()._as_workflow().service_sending = "sent"
        with freeze_time("2026-08-20 12:00:00"):
            move.with_user(self.user_accountant).action_note_formal_notice()
        for day in ("2026-09-01", "2026-09-16", "2026-10-01"):
            letter = self.remind(day)
        self.assertTrue(letter.level_id.is_formal)
        rows = letter.sudo().notice_message_id.notification_ids
        rows.write({"notification_status": "bounce", "failure_reason": "No such user"})
        self.run_cron(CRON)
        self.assertEqual(letter.state, "failed")
        return move

    def test_a_notice_that_was_served_outlives_a_letter_that_came_back(self):
        """It has its own proof, which no mail takes away."""
        move = self.make_served()
        self.assertEqual(str(move.service_formal_notice_on), "2026-08-20")
        self.assertFalse(move.service_reminder_level_id.is_formal)
        with self.assertRaises(AccessError):
            move.with_user(self.user_accountant).service_is_notice_served = False

    def test_a_notice_served_before_the_update_stays_too(self):
        served = self.make_served()
        mailed = self.create_late(due="2026-08-30")
        for day in ("2026-10-15", "2026-10-30", "2026-11-14"):
            letters = self.remind(day)
        self.assertIn(mailed, letters.line_ids.move_id)
        both = served + mailed
        self.store(served, service_is_notice_served=False)
        self.migrate("19.0.7.0.0/post-formal_notices")
        self.assertEqual(both.mapped("service_is_notice_served"), [True, False])
        self.assertTrue(mailed.service_formal_notice_on)

    def test_paid_meanwhile_is_left_out(self):
        paid, late = self.create_late(), self.create_late(price=50.0)
        letter = self.prepare()
        self.pay(paid, 120)
        self.send_letters(letter)
        self.assertEqual((letter.state, letter.line_ids.move_id), ("sent", late))
        self.assertEqual(letter.amount_total, 60)
        self.assertFalse(paid.service_reminder_level_id)

    def test_nothing_left_goes_nowhere(self):
        move = self.create_late()
        letter = self.prepare()
        letter.action_send()
        self.pay(move, 120)
        self.run_cron(CRON)
        self.assertEqual(letter.state, "cancelled")
        self.assertFalse(self.get_mails(letter))

    def test_a_credit_that_came_meanwhile_is_taken_off(self):
        self.create_late()
        letter = self.prepare()
        self.credit(self.customer, 100.0)
        self.send_letters(letter)
        self.assertEqual((letter.state, letter.amount_total), ("sent", 20))

    def test_put_off_on_the_draft(self):
        move, other = self.create_late(), self.create_late()
        letter = self.prepare()
        letter.line_ids.filtered(lambda line: line.move_id == move).not_before = "2026-07-01"
        self.send_letters(letter)
        self.assertEqual(letter.line_ids.move_id, other)
        self.assertFalse(self.prepare("2026-06-29"))
        self.assertEqual(self.prepare("2026-07-01").line_ids.move_id, move + other)

    def test_a_bad_one_harms_no_other(self):
        """What a killed worker had not committed is sent by the next one, the rest is not again."""
        bad = self.create_customer("Bad", email="bad@example.com")
        self.create_late(bad)
        self.create_late()
        letters = self.prepare()
        send, words = type(letters)._send_mail, "No"

        def fail(letter):
            if letter.partner_id == bad:
                raise UserError(words)
            return send(letter)

        letters.action_send()
        with self.receiving() as sink:
            with patch.object(type(letters), "_send_mail", fail), mute_logger("odoo.addons"):
                self.run_cron(CRON)
            self.assertEqual(sink.get_addresses(), ["customer@example.com"])
            stuck = letters.filtered(lambda letter: letter.state == "waiting")
            self.assertEqual(stuck.partner_id, bad)
            self.assertEqual(self.get_matter(stuck).cause_id.code, "unreminded")
            self.run_cron(CRON)
        self.assertEqual(sink.get_addresses(), ["bad@example.com", "customer@example.com"])
        self.assertFalse(self.get_matter(stuck), "settled by what went well")

    def test_what_came_back_reminded_nobody(self):
        move = self.create_late()
        letter = self.prepare()
        self.send_letters(letter)
        rows = letter.sudo().notice_message_id.notification_ids
        rows.write({"notification_status": "bounce", "failure_reason": "No such user"})
        self.run_cron(CRON)
        self.assertEqual(letter.state, "failed")
        self.assertFalse(move.service_reminder_level_id)
        matter = self.get_matter(letter)
        self.assertIn("No such user", matter.detail)
        self.assertFalse(self.prepare("2026-06-20"), "it waits for a person")
        self.customer.email = "better@example.com"
        with self.receiving() as sink:
            matter.with_user(self.user_accountant).action_mend()
            self.run_cron(CRON)
        self.assertEqual(sink.get_addresses(), ["better@example.com"])
        self.assertEqual((letter.state, matter.state), ("sent", "done"))
        self.assertEqual(move.service_reminder_level_id, letter.level_id)

    def test_who_left_the_company_sends_none(self):
        """The letter goes out all the same, as what asked for it."""
        self.create_late()
        letter = self.prepare()
        letter.action_send()
        self.user_accountant.active = False
        self.run_cron(CRON)
        self.assertEqual(letter.state, "sent")

    # ----- By post -----

    def test_by_post_where_invoices_go_by_post(self):
        self.customer.invoice_sending_method = "manual"
        move = self.create_late()
        letter = self.prepare()
        self.assertEqual(letter.channel, "post")
        self.send_letters(letter)
        self.assertEqual(letter.state, "print")
        self.assertFalse(self.get_mails(letter))
        self.assertFalse(move.service_reminder_level_id, "it lies in the office")
        with self.assertRaises(UserError):
            letter.action_posted()
        action = letter.action_print()
        self.assertEqual(action["report_name"], "service_contract.report_service_reminder")
        self.assertEqual(letter.state, "printed")
        letter.action_posted()
        self.assertEqual((letter.state, str(move.service_reminded_on)), ("sent", "2026-06-15"))

    def test_paid_before_it_is_printed(self):
        self.customer.invoice_sending_method = "manual"
        move = self.create_late()
        letter = self.prepare()
        self.send_letters(letter)
        self.pay(move, 120)
        with self.assertRaises(UserError):
            letter.action_print()

    def test_nobody_has_a_letter_go_out_as_another(self):
        self.create_late()
        letter = self.prepare()
        letter.user_id = self.user_accountant
        letter.action_send()
        self.assertEqual(letter.state, "waiting")
        with self.assertRaises(UserError):
            letter.user_id = self.user_manager

    def test_letters_are_brought_up_to_date_at_once(self):
        """What is late is looked up once for all that are printed; what was paid is left out."""
        customers = [self.create_customer(f"Silent {number}") for number in range(3)]
        moves = [self.create_late(customer) for customer in customers]
        letters = self.prepare()
        letters.action_send()
        self.run_cron(CRON)
        self.assertEqual(letters.mapped("state"), ["print"] * 3)
        self.pay(moves[0], 120)
        find = type(letters)._find_rows
        with patch.object(type(letters), "_find_rows", autospec=True, side_effect=find) as found:
            letters.action_print()
        self.assertEqual(found.call_count, 1)
        states = {letter.partner_id: letter.state for letter in letters}
        self.assertEqual([states[one] for one in customers], ["cancelled", "printed", "printed"])

    def test_deadlines_are_looked_up_at_once(self):
        moves = self.create_late()
        for number in range(2):
            moves += self.create_late(self.create_customer(f"{number}", email="a@example.com"))
        for day in ("2026-06-15", "2026-06-30", "2026-07-15"):
            self.remind(day)
        counts = [
            self.count_queries(lambda some=some: [one._get_formal_deadline() for one in some])
            for some in (moves, moves[:1], moves)
        ]
        self.assertEqual(*counts[1:])
        self.assertEqual({str(move._get_formal_deadline()) for move in moves}, {"2026-07-23"})

    def test_by_post_where_no_address_is_known(self):
        self.create_late(self.create_customer("Silent"))
        self.assertEqual(self.prepare().channel, "post")

    # ----- Every day -----

    def test_prepared_every_day_where_it_is_wanted(self):
        self.create_late(invoice_user_id=self.user_accountant.id)
        cron = "service_contract.service_reminder_daily_cron"
        self.run_cron(cron)
        self.assertFalse(self.letters.search([]))
        self.company.service_is_reminding = True
        self.run_cron(cron)
        letter = self.letters.search([])
        self.assertEqual((letter.state, letter.user_id), ("draft", self.user_accountant))

    def test_not_sent(self):
        self.create_late()
        letter = self.prepare()
        letter.action_cancel()
        self.assertEqual(letter.state, "cancelled")
        with self.assertRaises(UserError):
            letter.action_send()
        self.assertTrue(self.prepare(), "it is prepared again")

    def test_the_customer_reads_his_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        level = self.env.ref("service_contract.service_reminder_level_first")
        level.with_context(lang="fr_FR").write({"name": "Relance", "text": "Sauf erreur"})
        self.create_late()
        letter = self.remind("2026-06-15")
        self.assertIn("Relance", letter.notice_message_id.subject)
        self.assertIn("Sauf erreur", letter.notice_message_id.body)
