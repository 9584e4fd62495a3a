"""Who may answer in the customer's name (S30): the link, and from where an answer comes."""

from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MailCommon

from ...tools.networks import get_network
from .common import SheetCommon

SENT = "2026-03-02 12:00:00"
THERE = "203.0.113.9"


@tagged("post_install", "-at_install")
class TestSheetLink(SheetCommon, MailCommon):
    """The signed link is in the customer's copy of the mail, and kept nowhere."""

    def send_really(self, session, *followers):
        session.message_subscribe([user.partner_id.id for user in followers])
        with self.mock_mail_gateway(), freeze_time(SENT):
            session.with_user(self.user_technician).action_send_sheet()
            self.env.flush_all()
            self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).send()
        return self._mails

    def test_the_customer_alone_gets_the_link(self):
        session = self.close()
        mails = self.send_really(session)
        path = session._get_sheet_path()
        [mail] = [mail for mail in mails if "customer@example.com" in str(mail["email_to"])]
        self.assertIn(path, mail["body"])
        self.assertNotIn("/service/sheets/", mail["body"])

    def test_what_is_kept_has_no_link(self):
        session = self.close()
        self.send_really(session)
        token = session._get_sheet_token(session.sheet_revision)
        message = session.sudo().sheet_message_id
        self.assertIn(f"/service/sheets/{session.id}/0", message.body)
        kept = [
            *session.sudo().message_ids.mapped("body"),
            *self.env["mail.mail"].sudo().search([]).mapped("body_html"),
        ]
        self.assertFalse([body for body in kept if token in str(body)])
        technician = session.with_user(self.user_technician)
        found = technician.message_ids.search(
            [("res_id", "=", session.id), ("model", "=", session._name), ("body", "ilike", token)]
        )
        self.assertFalse(found)

    def test_a_template_that_a_technician_looks_at_has_no_link(self):
        session = self.close_and_send()
        template = session._get_sheet_template().with_user(self.user_technician)
        body = template._render_field("body_html", session.ids)[session.id]
        self.assertNotIn(session._get_sheet_token(0), body)

    def test_another_address_gets_no_link(self):
        session = self.close_and_send()
        text = f"https://x/service/sheets/{session.id}/0"
        self.assertTrue(session._is_sheet_recipient(["customer@example.com"]))
        for addresses in ([], ["other@example.com"], ["customer@example.com", "other@example.com"]):
            with self.subTest(addresses):
                self.assertFalse(session._is_sheet_recipient(addresses))
        self.customer.email = "customer@example.com, two@example.com"
        self.assertTrue(session._is_sheet_recipient(["customer@example.com", "two@example.com"]))
        self.assertIn(session._get_sheet_path(), session._sign_sheet_links(text))
        other = f"https://x/service/sheets/{session.id}1/0"
        self.assertEqual(session._sign_sheet_links(other), other)


@tagged("post_install", "-at_install")
class TestStaffAnswer(SheetCommon):
    """An answer from where one of us logged in is told to the managers, and refused by nobody."""

    def log_in(self, user, at="2026-03-01 12:00:00", address=THERE):
        self.env["res.device.log"].sudo().create(
            {
                "session_identifier": "x",
                "user_id": user.id,
                "ip_address": address,
                "first_activity": at,
                "last_activity": at,
            }
        )

    def answer(self, address=THERE):
        session = self.close_and_send(SENT)
        with freeze_time("2026-03-03 12:00:00"):
            session.sudo()._confirm_by_link(address)
        return session

    def get_matters(self, session):
        return self.env["service.exception"]._get_open(session, "session", "answer")

    def test_a_colleagues_address_is_told_and_not_refused(self):
        self.log_in(self.user_technician)
        session = self.answer()
        self.assertEqual(session.sheet_state, "validated")
        self.assertEqual(session.billing_state, "ready")
        self.assertTrue(session.sudo().sheet_is_staff_ip)
        self.assertIn("ask the customer", self.get_matters(session).detail)

    def test_what_is_no_colleagues_address(self):
        self.log_in(self.user_technician, at="2026-01-01 12:00:00")
        self.log_in(self.user_portal)
        self.log_in(self.user_technician, address="203.0.113.10")
        session = self.answer()
        self.assertFalse(session.sudo().sheet_is_staff_ip)
        self.assertFalse(self.get_matters(session))

    def test_a_contest_is_told_as_well_and_goes_with_its_sheet(self):
        self.log_in(self.user_sales, address="2001:db8:1:2::5")
        session = self.close_and_send(SENT)
        with freeze_time("2026-03-03 12:00:00"):
            session.sudo()._contest_by_link("Not me", "2001:db8:1:2:aaaa::1")
        self.assertTrue(self.get_matters(session))
        session.with_user(self.user_manager).action_reopen()
        self.assertFalse(session.sudo().sheet_is_staff_ip)
        self.assertTrue(session.sudo().sheet_revision_ids.is_staff_ip)
        self.assertFalse(self.get_matters(session))

    def test_no_address_is_nobodys(self):
        self.log_in(self.user_technician, address="unknown")
        self.assertEqual(get_network("unknown"), "")
        self.assertFalse(self.answer("unknown").sudo().sheet_is_staff_ip)


@tagged("post_install", "-at_install")
class TestKeptAddress(SheetCommon, HttpCase):
    def test_the_kept_address_leads_staff_to_the_session(self):
        session = self.close_and_send(SENT)
        self.user_technician.password = "service_technician"
        self.authenticate("service_technician", "service_technician")
        response = self.url_open(f"/service/sheets/{session.id}/0", allow_redirects=False)
        self.assertIn(f"/odoo/service.session/{session.id}", response.headers["Location"])
        self.logout()
        response = self.url_open(f"/service/sheets/{session.id}/0", allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])
        self.assertEqual(session.sheet_state, "sent")
