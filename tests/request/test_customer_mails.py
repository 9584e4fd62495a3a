"""All that we mail to customers about sessions: it reaches them, and is no internal note."""

from pathlib import Path

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from .common import MONDAY, PortalCommon

TUESDAY = "2026-03-03 09:00:00"
# Notes that nobody but colleagues receives: the order has none, the contract tells its salesperson.
NOTES_TO_COLLEAGUES = {"models/sale/sale_order.py", "models/sepa/service_contract.py"}


@tagged("post_install", "-at_install")
class TestCustomerMails(PortalCommon, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer_managed.email = "managed@managed.example"
        cls.company.email = "desk@example.com"
        cls.level_managed.contest_days = 5

    def get_mails(self):
        """Yield ``(what, work, recipient)``: who does what mails whom."""
        managed, user = self.customer_managed, self.user_customer
        with freeze_time(MONDAY):
            planned = self.create_request(planned_start=TUESDAY).with_user(self.user_technician)
            closed = self.create_session([(MONDAY, 60)], customer=managed)
        yield "appointment", planned.action_tell_appointment, managed
        planned.planned_start = "2026-03-03 10:00:00"
        yield "moved", planned.action_tell_appointment, managed
        yield "called off by the customer", planned.with_user(user)._withdraw_by_customer, managed
        yield "sheet", closed.action_send_sheet, managed
        closed._set_sheet_contested("No")
        manager = closed.with_user(self.user_manager)
        yield "settlement", lambda: manager._settle_sheet("confirm", "It stands"), managed
        request = self.create_request()
        yield "acknowledgement", request.sudo()._acknowledge, managed
        portal = self.env["service.session"].with_user(user)
        yield "of the portal", lambda: portal._create_portal_request("a", "b"), user.partner_id
        yield "of a portal user's mail", lambda: self.receive(user), user.partner_id

    def receive(self, user):
        mail = {"email_from": user.partner_id.email, "subject": "Help", "body": "<p>Me</p>"}
        sessions = self.env["service.session"].with_user(user).sudo()
        sessions.message_new(mail, {"company_id": self.company.id})

    def test_each_of_them(self):
        for what, work, recipient in self.get_mails():
            with self.subTest(what=what), freeze_time(MONDAY), self.mock_mail_gateway():
                work()
                mail = self._new_mails
                self.assertEqual(mail.recipient_ids, recipient)
                self.assertNotIn("Internal communication", mail.body_html)
                message = mail.mail_message_id
                self.assertFalse(message.subtype_id.internal, "an answer would be a note")
                self.assertNotEqual(message.author_id, recipient)
                self.assertEqual(mail.state, "sent")

    def test_only_the_reader_of_the_mail_holds_the_link(self):
        with freeze_time(MONDAY):
            session = self.create_session([(MONDAY, 60)], customer=self.customer_managed)
            session.action_send_sheet()
        message = session.sudo().sheet_message_id
        self.assertTrue(message.is_internal)
        self.env.flush_all()
        found = self.env["mail.message"].with_user(self.user_customer)
        self.assertFalse(found.search([("id", "=", message.id)]))

    def test_customers_read_the_acknowledgement_in_the_portal(self):
        session = self.env["service.session"].with_user(self.user_customer)
        session = session._create_portal_request("a", "b")
        messages = self.env["mail.message"].with_user(self.user_customer)
        bodies = messages.search(
            [("model", "=", session._name), ("res_id", "=", session.id)]
        ).mapped("body")
        self.assertTrue(any("We received your request" in body for body in bodies))

    def test_no_note_is_sent_to_customers(self):
        root = Path(__file__).parents[2]
        files = [*root.glob("models/**/*.py"), *root.glob("wizards/**/*.py")]
        noting = {
            str(file.relative_to(root)) for file in files if "mail.mt_note" in file.read_text()
        }
        self.assertEqual(noting, NOTES_TO_COLLEAGUES)
