"""Each invoice goes out by its customer's channel, once, or somebody is told why not (L08)."""

import io
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader
from odoo.tools.safe_eval import safe_eval

from ..common import ServiceContractCommon
from ..verbs import VerbsCommon
from .common import SinkMixin

CRON = "service_contract.service_sending_cron"
QUIET = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestSending(SinkMixin, ServiceContractCommon):
    def setUp(self):
        super().setUp()
        self.company.email = "billing@example.com"

    def get_matters(self, moves):
        rows = self.env["service.exception"].search(
            [("res_model", "=", "account.move"), ("job", "=", "send"), ("state", "=", "open")]
        )
        return rows.filtered(lambda row: row.res_id in moves.ids)

    def get_unsent(self):
        """Return what the list “Not Sent Yet” shows to the accountant."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_unsent_action"
        )
        moves = self.env["account.move"].with_user(self.user_accountant)
        return moves.search(safe_eval(action["domain"]))

    def give_pdf(self, moves):
        """Give invoices a file of one empty page, as printing is not what is tried."""
        for move in moves:
            move.invoice_pdf_report_id.raw = VerbsCommon.make_page()

    # ----- By mail -----

    def test_a_runs_invoices_go_out_by_mail_in_the_background(self):
        run = self.create_invoices("Ada", "Bea")
        self.assertEqual((run.to_send_count, run.sent_count), (2, 0))
        self.assertEqual(self.get_unsent() & run.invoice_ids, run.invoice_ids)
        with self.receiving() as sink:
            run.action_send_invoices()
            self.assertEqual((sink.mails, run.sending_count), ([], 2))
            self.send()
        self.assertEqual(sink.get_addresses(), ["ada@example.com", "bea@example.com"])
        self.assertEqual(set(run.invoice_ids.mapped("service_sending")), {"sent"})
        self.assertEqual((run.sent_count, run.sending_progress), (2, 100))
        self.assertFalse(self.get_unsent() & run.invoice_ids)
        for move, mail in zip(run.invoice_ids.sorted("id"), sink.mails, strict=True):
            names = [part.get_filename() for part in mail.walk() if part.get_filename()]
            self.assertEqual(names, [move._get_invoice_report_filename()])
        with self.receiving() as sink:
            self.send()
            self.assertEqual(sink.mails, [])
        with self.assertRaisesRegex(UserError, "sent, or are being sent"):
            run.action_send_invoices()

    def test_who_asked_sends_and_is_told(self):
        run = self.create_invoices("Ada")
        with self.receiving() as sink:
            run.action_send_invoices()
            self.send()
        self.assertEqual(len(sink.mails), 1)
        move = run.invoice_ids.sudo()
        self.assertEqual(move.service_sending_message_id.create_uid, self.user_accountant)
        self.assertIn("the invoices have been sent", run.message_ids[0].body)

    def test_send_at_once(self):
        run = self.create_invoices("Ada")
        self.create_contract(
            self.create_customer("Bea", email="bea@example.com"), start="2026-06-01"
        )
        run = self.create_run(
            "2026-06-15", user=self.user_accountant, is_auto_post=True, is_auto_send=True
        )
        self.assertEqual(run.invoice_ids.service_sending, "waiting")

    def test_of_a_run_that_is_stopped_nothing_is_sent(self):
        """Before it has gone on to its end, or somebody sends what is posted."""
        for name in ("Ada", "Bea"):
            customer = self.create_customer(name, email=f"{name.lower()}@example.com")
            self.create_contract(customer, start="2026-06-01")
        vals = {"is_auto_post": True, "is_auto_send": True, "start": False}
        run = self.create_run("2026-06-15", user=self.user_accountant, **vals)
        with patch.object(type(run), "_is_small", lambda run: False):
            run.action_start()
        while "posted" not in run.invoice_ids.mapped("state"):
            run._step(limit=1)
        run.action_stop()
        self.assertEqual((run.is_stopped, run.to_send_count), (True, 1))
        self.assertEqual(set(run.invoice_ids.mapped("service_sending")), {False})
        run.action_post_invoices()
        self.assertEqual(set(run.invoice_ids.mapped("service_sending")), {"waiting"})

    def test_drafts_and_other_invoices_are_not_sent(self):
        self.create_contract(start="2026-06-01")
        draft = self.create_run("2026-06-15", user=self.user_accountant).invoice_ids
        with self.assertRaisesRegex(UserError, "is not posted"):
            draft.action_send_service()
        plain = self.init_invoice("out_invoice", products=self.product_a, post=True)
        with self.assertRaisesRegex(UserError, "not an invoice of service contracts"):
            plain.with_user(self.user_accountant).action_send_service()
        with self.assertRaises(AccessError):
            draft.with_user(self.user_technician).action_send_service()

    def test_no_client_says_that_it_was_sent(self):
        move = self.create_invoices("Ada").invoice_ids
        with self.assertRaises(AccessError):
            move.service_sending = "sent"

    # ----- What fails -----

    def test_no_address(self):
        run = self.create_invoices("Ada", "Bea")
        ada = run.invoice_ids.filtered(lambda move: move.partner_id.name == "Ada")
        ada.partner_id.sudo().email = False
        with self.receiving() as sink:
            run.action_send_invoices()
            self.send()
            self.assertEqual(len(sink.mails), 1)
            matter = self.get_matters(run.invoice_ids)
            self.assertEqual(matter.res_id, ada.id)
            self.assertIn("no e-mail address is known", matter.detail)
            self.assertEqual((ada.service_sending, run.unsent_count), ("failed", 1))
            self.assertEqual(self.get_unsent() & run.invoice_ids, ada)
            ada.partner_id.sudo().email = "ada@example.com"
            self.assertEqual(matter.cause_id.code, "unsent")
            matter.with_user(self.user_accountant).action_mend()
            self.send()
        self.assertEqual(sink.get_addresses(), ["ada@example.com", "bea@example.com"])
        self.assertEqual((ada.service_sending, matter.state), ("sent", "done"))

    def test_what_people_write_on_an_invoice_is_not_its_mail(self):
        run = self.create_invoices("Ada")
        move = run.invoice_ids
        move.partner_id.sudo().email = False
        words = "Who knows her address?"
        move.with_user(self.user_accountant).message_post(
            body=words,
            message_type="comment",
            partner_ids=self.user_manager.partner_id.ids,
        )
        with self.receiving():
            run.action_send_invoices()
            self.send()
        self.assertEqual(move.service_sending, "failed")
        self.assertIn("no e-mail address is known", self.get_matters(move).detail)

    def test_one_whose_channel_cannot_be_told_hinders_no_other(self):
        run, sends = self.create_invoices("Ada", "Bea"), type(self.env["account.move.send"])
        ada, bea = run.invoice_ids.sorted("id")
        get_methods = sends._get_default_sending_methods

        def fail(model, move):
            if move == ada:
                raise UserError(model.env._("The platform is not set up."))
            return get_methods(model, move)

        with self.receiving(), patch.object(sends, "_get_default_sending_methods", fail):
            run.action_send_invoices()
            self.send()
        self.assertEqual((ada.service_sending, bea.service_sending), ("failed", "sent"))

    @mute_logger(*QUIET)
    def test_a_server_that_does_not_answer_is_tried_again_later_each_time(self):
        """After 5 min, 30 min, 2 h and 8 h it is told; the mail that was made is the one sent."""
        run = self.create_invoices("Ada")
        move = run.invoice_ids
        with self.receiving() as sink:
            sink.answer = (451, "4.7.1 Greylisted, try again later")
            run.action_send_invoices()
            waits = []
            with freeze_time("2026-06-15 12:00:00") as clock:
                for _try in range(4):
                    self.send()
                    note = move.sudo().service_sending_note
                    self.assertEqual(move.service_sending, "waiting", note)
                    waits.append(move.service_sending_after - fields.Datetime.now())
                    clock.tick(waits[-1] - timedelta(seconds=1))
                    self.send()
                    self.assertEqual(move.service_sending_tries, len(waits), "it was too early")
                    clock.tick(timedelta(seconds=1))
                self.assertFalse(self.get_matters(move))
                self.send()
        self.assertEqual([wait.total_seconds() / 60 for wait in waits], [5, 30, 120, 480])
        self.assertEqual((move.service_sending, sink.mails), ("failed", []))
        self.assertIn("Greylisted", self.get_matters(move).detail)
        comments = move.message_ids.filtered(lambda row: row.message_type == "comment")
        self.assertEqual(len(comments), 1)

    @mute_logger(*QUIET)
    def test_a_server_that_answers_again_gets_the_mail_once(self):
        run = self.create_invoices("Ada")
        with self.receiving() as sink:
            sink.answer = (451, "4.3.0 Try again")
            run.action_send_invoices()
            self.send()
            sink.answer = None
            with freeze_time("2026-06-15 12:10:00"):
                self.send()
                self.send()
        self.assertEqual(len(sink.mails), 1)
        self.assertEqual(run.invoice_ids.service_sending, "sent")
        self.assertFalse(run.invoice_ids.sudo().service_sending_note)

    @mute_logger(*QUIET)
    def test_what_is_refused_for_good_is_told_at_once(self):
        run = self.create_invoices("Ada")
        with self.receiving() as sink:
            sink.answer = (550, "5.1.1 No such user here")
            run.action_send_invoices()
            self.send()
        self.assertEqual(run.invoice_ids.service_sending, "failed")
        self.assertIn("No such user", self.get_matters(run.invoice_ids).detail)

    def test_a_bounced_mail_is_a_failure(self):
        run = self.create_invoices("Ada", "Bea")
        with self.receiving():
            run.action_send_invoices()
            self.send()
        ada, bea = run.invoice_ids.sorted(lambda move: move.partner_id.name)
        ada._message_receive_bounce("somebody@example.com", self.env["res.partner"])
        self.assertEqual(ada.service_sending, "sent")
        ada._message_receive_bounce("ada@example.com", ada.partner_id)
        rows = bea.sudo().service_sending_message_id.notification_ids
        rows.write({"notification_status": "bounce", "failure_reason": "Mailbox full"})
        self.send()
        self.assertEqual(set(run.invoice_ids.mapped("service_sending")), {"failed"})
        matters = self.get_matters(run.invoice_ids)
        self.assertEqual(len(matters), 2)
        self.assertIn("Mailbox full", " ".join(matters.mapped("detail")))
        with self.receiving() as sink:
            matters.with_user(self.user_accountant).action_mend()
            self.send()
        self.assertEqual(len(sink.mails), 2)
        self.assertEqual(set(matters.mapped("state")), {"done"})

    def test_a_mail_that_bounces_after_it_was_settled_is_a_failure_again(self):
        run = self.create_invoices("Ada")
        move = run.invoice_ids
        for _number in range(2):
            with self.receiving() as sink:
                run.action_send_invoices()
                self.send()
            self.assertEqual((len(sink.mails), move.service_sending), (1, "sent"))
            self.assertFalse(self.get_matters(move).filtered(lambda row: row.state == "open"))
            move._message_receive_bounce("ada@example.com", move.partner_id)
            self.assertEqual((move.service_sending, run.unsent_count), ("failed", 1))
            matter = self.get_matters(move).filtered(lambda row: row.state == "open")
            self.assertIn("came back", matter.detail)

    @mute_logger(*QUIET)
    def test_a_customer_who_wants_post_meanwhile_gets_no_mail(self):
        """What is tried again goes by the channel that the customer has by then."""
        run = self.create_invoices("Ada")
        with self.receiving() as sink:
            sink.answer = (451, "4.3.0 Try again")
            run.action_send_invoices()
            self.send()
            self.assertEqual(run.invoice_ids.service_sending, "waiting")
            sink.answer = None
            run.invoice_ids.partner_id.sudo().invoice_sending_method = "manual"
            with freeze_time("2026-06-15 12:10:00"):
                self.send()
        self.assertEqual((sink.mails, run.invoice_ids.service_sending), ([], "print"))
        self.assertFalse(run.invoice_ids._get_mails("exception"))

    def test_an_invoice_that_is_cancelled_before_it_is_sent_stays(self):
        self.company_data["default_journal_sale"].restrict_mode_hash_table = False
        run = self.create_invoices("Ada", "Bea")
        ada = run.invoice_ids.filtered(lambda move: move.partner_id.name == "Ada")
        with self.receiving() as sink:
            run.action_send_invoices()
            ada.button_cancel()
            self.send()
        self.assertEqual(sink.get_addresses(), ["bea@example.com"])
        self.assertEqual((ada.state, ada.service_sending), ("cancel", False))
        self.assertIn("the invoices have been sent", run.message_ids[0].body)

    def test_a_followers_bounce_is_none(self):
        run = self.create_invoices("Ada")
        with self.receiving():
            run.action_send_invoices()
            self.send()
        move = run.invoice_ids.sudo()
        row = move.service_sending_message_id.notification_ids[:1]
        row.copy({"res_partner_id": self.user_sales.partner_id.id, "notification_status": "bounce"})
        self.send()
        self.assertEqual(move.service_sending, "sent")

    # ----- By other channels -----

    def send_by(self, method, send):
        """Let a platform's module send by a method of its own."""
        model = type(self.env["account.move.send"])
        return (
            patch.object(model, "_get_default_sending_methods", lambda *args: {method}),
            patch.object(model, "_call_web_service_after_invoice_pdf_render", send),
        )

    def test_a_platform_is_asked_once(self):
        run, calls = self.create_invoices("Ada"), []

        def send(model, data):
            calls.extend(data)
            self.assertEqual(set(move.service_sending for move in data), {"calling"})

        methods, service = self.send_by("platform", send)
        with methods, service, self.receiving() as sink:
            run.action_send_invoices()
            self.send()
            self.send()
        self.assertEqual((len(calls), sink.mails), (1, []))
        self.assertEqual(run.invoice_ids.service_sending, "sent")

    def test_what_a_platform_says(self):
        """What it asks to be tried again is; a refusal, and what a stop left open, is told."""
        run = self.create_invoices("Ada")
        move, answer = run.invoice_ids, {}

        def send(model, data):
            for values in data.values():
                if answer:
                    values["error"] = dict(answer)

        methods, service = self.send_by("platform", send)
        with methods, service:
            answer.update(error_title="Busy", retry=True)
            run.action_send_invoices()
            self.send()
            self.assertEqual((move.service_sending, move.service_sending_tries), ("waiting", 1))
            answer.update(error_title="SIREN unknown", retry=False)
            with freeze_time("2026-06-15 12:06:00"):
                self.send()
            self.assertEqual(move.service_sending, "failed")
            self.assertIn("SIREN unknown", self.get_matters(move).detail)
            move.sudo()._as_workflow().service_sending = "calling"
            self.send()
        self.assertEqual(move.service_sending, "failed")
        self.assertIn("nobody knows whether it arrived", self.get_matters(move).detail)

    def test_post_is_a_print_list(self):
        run = self.create_invoices("Ada", "Bea", invoice_sending_method="manual")
        with self.receiving() as sink:
            run.action_send_invoices()
            self.send()
        moves = run.invoice_ids
        self.assertEqual(set(moves.mapped("service_sending_channel")), {"By post (print list)"})
        self.assertEqual((sink.mails, set(moves.mapped("service_sending"))), ([], {"print"}))
        with self.assertRaisesRegex(UserError, "Print the list first"):
            run.action_confirm_posted()
        self.give_pdf(moves)
        action = run.action_print_invoices()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[3].split("?")[0])
        )
        self.assertEqual(PdfFileReader(io.BytesIO(attachment.raw)).getNumPages(), 2)
        self.assertEqual(self.get_unsent() & moves, moves)
        run.action_confirm_posted()
        self.assertEqual((set(moves.mapped("service_sending")), run.sent_count), ({"sent"}, 2))
        self.assertIn("Sent by post", moves[0].message_ids[0].body)
        self.assertFalse(self.get_unsent() & moves)

    def test_the_print_list_prints_what_is_new(self):
        """Else what was printed in the morning would be posted twice."""
        run = self.create_invoices("Ada", "Bea", invoice_sending_method="manual")
        with self.receiving():
            run.action_send_invoices()
            self.send()
        moves = run.invoice_ids
        self.give_pdf(moves)
        moves[0].action_print_service()
        self.assertEqual(self.count_printed(run), 1)
        self.assertEqual(set(moves.mapped("service_sending")), {"printed"})
        self.assertEqual(self.count_printed(run), 2)

    def count_printed(self, run):
        url = run.action_print_invoices()["url"]
        file = self.env["ir.attachment"].browse(int(url.split("/")[3].split("?")[0]))
        return PdfFileReader(io.BytesIO(file.raw)).getNumPages()

    # ----- Other doors -----

    def test_odoos_own_button_is_noted(self):
        move = self.create_invoices("Ada").invoice_ids
        with self.receiving() as sink:
            self.env["account.move.send"].with_user(
                self.user_accountant
            )._generate_and_send_invoices(move)
        self.assertEqual((len(sink.mails), move.service_sending), (1, "sent"))

    def test_what_waits_for_both_jobs_goes_out_once(self):
        run = self.create_invoices("Ada")
        with self.receiving() as sink:
            run.action_send_invoices()
            run.invoice_ids.sudo().sending_data = {
                "author_user_id": self.user_accountant.id,
                "author_partner_id": self.user_accountant.partner_id.id,
            }
            self.send()
            self.run_cron("account.ir_cron_account_move_send")
        self.assertEqual(len(sink.mails), 1)

    def test_an_invoice_that_was_taken_back_has_to_be_sent_anew(self):
        self.company_data["default_journal_sale"].restrict_mode_hash_table = False
        run = self.create_invoices("Ada")
        move = run.invoice_ids
        with self.receiving():
            run.action_send_invoices()
            self.send()
        move.button_draft()
        self.assertFalse(move.service_sending)
        self.assertFalse(move.is_move_sent)
        move.action_post()
        self.assertIn(move, self.get_unsent())

    def test_what_has_not_left_by_then_never_does(self):
        """Else the customer would get what was taken back, and the new one would count as sent."""
        self.company_data["default_journal_sale"].restrict_mode_hash_table = False
        run, mails = self.create_invoices("Ada"), self.env["mail.mail"].sudo()
        move = run.invoice_ids
        with self.receiving() as sink:
            run.action_send_invoices()
            with patch.object(type(mails), "send", lambda *args, **kwargs: None):
                self.send()
            self.assertEqual(move.service_sending, "mailing")
            move.button_draft()
            mails.process_email_queue()
            self.assertNotIn("ada@example.com", sink.get_addresses())
            self.assertFalse(move.service_sending)
            move.action_post()
            run.action_send_invoices()
            self.send()
        self.assertEqual(sink.get_addresses().count("ada@example.com"), 1)
        self.assertEqual(move.service_sending, "sent")
