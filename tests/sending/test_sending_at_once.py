"""Two workers send at once, and one of them is killed: each invoice goes out once (L08)."""

import os
import signal
from unittest.mock import patch

from freezegun import freeze_time

from odoo import api
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..transactions import TransactionsCommon
from .common import SinkMixin

NUMBER = 6
JOB = ("account.move", "_cron_send_service")


@tagged("post_install", "-at_install")
class TestSendingAtOnce(SinkMixin, TransactionsCommon):
    def setUp(self):
        super().setUp()
        self.company.email = "billing@example.com"

    def queue(self, number=NUMBER, **vals):
        names = [f"Sent{index}{self._testMethodName[-6:]}" for index in range(number)]
        with freeze_time("2026-06-15 12:00:00"):
            run = self.create_invoices(*names, **vals)
            run.action_send_invoices()
        self.commit()
        return self.env["account.move"].browse(run.invoice_ids.ids)

    def assertSentOnce(self, moves, sink):
        self.begin_anew()
        customers = sorted(moves.partner_id.mapped("email"))
        found = [address for address in sink.get_addresses() if address in customers]
        self.assertEqual(found, customers, "each gets one mail")
        self.assertEqual(set(moves.mapped("service_sending")), {"sent"})
        for move in moves:
            comments = move.message_ids.filtered(lambda row: row.message_type == "comment")
            self.assertEqual(len(comments), 1)

    def fork_sender(self):
        """Start a process of its own that sends what waits; return its number."""
        return self.fork(lambda env: env[JOB[0]]._cron_send_service())

    @mute_logger("odoo.sql_db")
    def test_two_processes(self):
        with self.receiving() as sink:
            moves = self.queue()
            for pid in [self.fork_sender(), self.fork_sender()]:
                self.assertEqual(self.await_end(pid), 0)
            self.assertSentOnce(moves, sink)

    @mute_logger("odoo.sql_db")
    def test_one_of_two_processes_is_killed(self):
        """At the third mail one of them is ended at once; what it had in hand another one sends.

        The mail that the server was just given is the one of which nobody can know: it is the
        mail queue's, which this test does not run.
        """
        with self.receiving() as sink:
            moves = self.queue()
            pids = [self.fork_sender(), self.fork_sender()]

            def kill(_message):
                if len(sink.mails) == 3:
                    os.kill(pids[0], signal.SIGKILL)

            sink.on_mail = kill
            ends = [self.await_end(pid) for pid in pids]
            self.assertIn(ends[0], (0, -signal.SIGKILL))
            self.assertEqual(ends[1], 0)
            self.await_end(self.fork_sender())
            self.begin_anew()
            addresses = sink.get_addresses()
            self.assertEqual(len(addresses), len(set(addresses)))
            states = moves.mapped("service_sending")
            self.assertEqual(states.count("sent") + states.count("mailing"), NUMBER)
            self.assertLessEqual(states.count("mailing"), 1)
            self.assertGreaterEqual(len(addresses), NUMBER - 1)

    def test_killed_before_and_after_each_commit(self):
        with self.receiving() as sink:
            moves = self.queue(4)
            with patch.object(type(self.env["mail.mail"]), "send_after_commit", _send_by_queue):
                self.assertGreaterEqual(self.run_killed_everywhere(*JOB), 2)
            self.env["mail.mail"].sudo().process_email_queue()
            self.commit()
            self.run_job(*JOB)
            self.assertSentOnce(moves, sink)

    def test_what_another_worker_has_in_hand_is_left_to_it(self):
        with self.receiving() as sink:
            moves = self.queue(2)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                with env["account.move"].browse(moves[0].id)._hold() as is_free:
                    self.assertTrue(is_free)
                    self.run_job(*JOB)
                    self.assertEqual(moves.mapped("service_sending"), ["waiting", "sent"])
            self.run_job(*JOB)
            self.assertSentOnce(moves, sink)

    def test_a_worker_that_was_killed_while_a_platform_got_it_is_told(self):
        """Nobody knows whether it arrived: it is not sent again by itself."""
        model, calls = type(self.env["account.move.send"]), []
        moves = self.queue(1)
        with (
            patch.object(model, "_get_default_sending_methods", lambda *args: {"platform"}),
            patch.object(
                model, "_call_web_service_after_invoice_pdf_render", lambda *args: calls.append(1)
            ),
        ):
            self.assertTrue(self.run_job(*JOB, kill=-2))
            self.assertEqual((moves.service_sending, len(calls)), ("calling", 1))
            self.run_job(*JOB)
        self.assertEqual((moves.service_sending, len(calls)), ("failed", 1))


def _send_by_queue(mails):
    """Leave mails to the queue, as a server that is stopped at that moment does."""
