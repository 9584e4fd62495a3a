"""Who writes is not silent: a person's message takes a sheet out of silence (S30)."""

from freezegun import freeze_time
from markupsafe import Markup

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from ..sheet.common import SheetCommon

MAIL = """Return-Path: <customer@example.com>
To: {to}
From: {sender}
Subject: {subject}
Date: {date}
Message-Id: <sheet-{number}@example.com>
MIME-Version: 1.0
{headers}Content-Type: text/plain; charset="utf-8"

{body}
"""
IN_TIME = "2026-03-05 12:00:00"
OVER = "2026-03-08 12:00:00"


@tagged("post_install", "-at_install")
class TestSheetWritten(SheetCommon, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.mail_alias_domain
        cls.company.service_alias_name = "help"
        cls.number = 0

    def setUp(self):
        super().setUp()
        self.session = self.close_and_send()
        self.deliver(self.session)

    def receive(self, at=IN_TIME, headers="", is_reply=True, **vals):
        """Let an answer to the sheet's mail arrive."""
        type(self).number += 1
        reference = self.session.sudo().sheet_message_id.message_id
        reply = f"In-Reply-To: {reference}\n" if is_reply else ""
        values = {
            "to": f"help@{self.mail_alias_domain.name}",
            "sender": "Customer <customer@example.com>",
            "subject": f"Re: Intervention sheet {self.session.name}",
            "date": "Thu, 05 Mar 2026 12:00:00 +0000",
            "number": self.number,
            "headers": reply + headers,
            "body": "I contest: I was not there.",
            **vals,
        }
        with freeze_time(at), self.mock_mail_gateway():
            self.env["mail.thread"].sudo().message_process(None, MAIL.format(**values))
        self.env.invalidate_all()

    def assert_out(self):
        """The sheet waits for a reader: no silence, no bill, but a loose end."""
        self.cron(OVER)
        self.assertEqual(self.state(self.session), ("sent", "on_hold", "written", False))
        self.assertFalse(self.bill().invoice_ids)
        self.assertEqual(self.session.loose_end, "written")
        self.assertIn(self.session, self.session.search([("loose_end", "=", "written")]))

    def test_by_mail(self):
        self.receive()
        self.assert_out()
        self.assertFalse(self.session.message_ids[0].is_internal)

    def test_by_mail_without_references(self):
        before = self.session.search([])
        self.receive(subject=f"TR : {self.session.name} ?", is_reply=False)
        self.assertEqual(self.session.search([]), before)
        self.assert_out()

    def test_by_the_portal(self):
        user = self.user_portal
        user.partner_id.write({"parent_id": self.customer.id, "email": "portal@example.com"})
        with freeze_time(IN_TIME):
            self.session.with_user(user).sudo().message_post(
                body=Markup("<p>No!</p>"), message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        self.assert_out()

    def test_of_a_stranger(self):
        self.receive(sender="Lawyer <lawyer@example.org>")
        self.assert_out()

    def test_no_machine(self):
        for headers in (
            "Auto-Submitted: auto-replied\n",
            "X-Autoreply: yes\n",
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n",
        ):
            self.receive(headers=headers)
        self.assertFalse(self.session.sheet_written_at)
        self.cron(OVER)
        self.assertEqual(self.session.sheet_state, "validated")

    def test_no_colleague_and_no_mail_of_ours(self):
        with freeze_time(IN_TIME):
            technician = self.session.with_user(self.user_technician)
            technician.message_post(body=Markup("<p>Called him</p>"), message_type="comment")
            self.session._acknowledge()
            self.send(self.session, IN_TIME)
        self.assertFalse(self.session.sheet_written_at)

    def test_one_click_puts_it_back(self):
        self.receive(body="Thank you")
        with freeze_time("2026-03-06 12:00:00"):
            self.session.with_user(self.user_technician).action_resume_silence()
        self.assertEqual(self.state(self.session)[:3], ("sent", "on_hold", "sent"))
        self.assertFalse(self.session.loose_end)
        self.assertIn("no objection", self.session.message_ids[0].body)
        self.cron(OVER)
        self.assertEqual(self.session.sheet_state, "validated")

    def test_another_message_takes_it_out_again(self):
        self.receive(body="Thank you")
        self.session.action_resume_silence()
        self.receive()
        self.assert_out()

    def test_sending_again_does_not_pass_over_it(self):
        self.receive()
        self.send(self.session, "2026-03-06 12:00:00")
        self.deliver(self.session, "2026-03-06 12:00:00")
        self.assert_out()

    def test_contested_with_the_customers_words(self):
        self.receive()
        action = self.session.with_user(self.user_technician).action_open_contest()
        self.assertIn("I was not there", action["context"]["default_text"])
        wizard = self.env["service.session.contest"].with_user(self.user_technician)
        wizard.with_context(**action["context"]).create({}).action_contest()
        self.assertEqual(self.session.sheet_state, "contested")
        self.assertEqual(self.session.loose_end, "contested")

    def test_confirmed_all_the_same(self):
        self.receive(body="A question: whose computer was it?")
        self.session._set_sheet_validated("customer")
        self.assertEqual(self.state(self.session)[:3], ("validated", "ready", False))
        self.assertFalse(self.session.loose_end)

    def test_fetched_late(self):
        """Written in time: what silence accepted meanwhile is taken back."""
        self.cron(OVER)
        self.assertEqual(self.session.sheet_state, "validated")
        self.receive(at=OVER)
        self.assert_out()

    def test_written_late(self):
        self.cron(OVER)
        self.receive(at=OVER, date="Sun, 08 Mar 2026 12:00:00 +0000")
        self.assertEqual(self.state(self.session)[:2], ("validated", "ready"))

    def test_fetched_after_the_bill(self):
        self.cron(OVER)
        self.assertTrue(self.bill().invoice_ids)
        self.receive(at=OVER)
        self.assertEqual(self.session.sheet_state, "validated")
        row = self.env["service.exception"]._get_open(self.session, "session", "written")
        self.assertIn("billed already", row.detail)

    def test_without_days(self):
        """Nothing is held there; but somebody reads it."""
        self.level.contest_days = 0
        self.session = self.close_and_send()
        self.deliver(self.session)
        self.receive()
        self.cron(OVER)
        self.assertEqual(self.state(self.session)[:3], ("sent", "ready", False))
        self.assertEqual(self.session.loose_end, "written")
