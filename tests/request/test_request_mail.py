import base64

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from .common import RequestCommon

ATTACHMENT = base64.b64encode(b"%PDF-1.4 screen").decode()
MALICIOUS = """<p>Hello <b>there</b></p><script>alert('x')</script>
<img src="x" onerror="alert('y')"/><a href="javascript:alert(1)">press</a>
<iframe src="https://evil.example"></iframe><style>body{display:none}</style>"""
MAIL = """Return-Path: <{return_path}>
To: {to}
From: {sender}
Subject: {subject}
Date: Mon, 02 Mar 2026 09:00:00 +0000
Message-Id: <{message_id}@example.com>
MIME-Version: 1.0
{headers}Content-Type: multipart/mixed; boundary="=="

--==
Content-Type: text/html; charset="utf-8"

{body}
--==
Content-Type: application/pdf; name="screen.pdf"
Content-Disposition: attachment; filename="screen.pdf"
Content-Transfer-Encoding: base64

{attachment}
--==--
"""


@tagged("post_install", "-at_install")
class TestRequestMail(RequestCommon, MailCommon):
    """Requests that arrive by e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.mail_alias_domain
        cls.company.service_alias_name = "help"
        cls.caller = cls.env["res.partner"].create(
            {
                "name": "Caller",
                "parent_id": cls.customer_managed.id,
                "email": "caller@managed.example",
            }
        )
        cls.number = 0

    def receive(self, sender="Caller <caller@managed.example>", **vals):
        """Let an e-mail arrive; return the sessions that it made and the mails that went out."""
        type(self).number += 1
        mail = MAIL.format(
            **{
                "to": f"help@{self.mail_alias_domain.name}",
                "return_path": "caller@managed.example",
                "sender": sender,
                "subject": "No printer",
                "message_id": f"request-{self.number}",
                "headers": "",
                "body": "<p>It <b>smokes</b>.</p>",
                "attachment": ATTACHMENT,
                **vals,
            }
        )
        before = self.env["service.session"].search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].sudo().message_process(None, mail)
        return self.env["service.session"].search([]) - before

    # ----- Arrival -----

    def test_request_of_a_known_customer(self):
        session = self.receive()
        self.assertEqual(session.partner_id, self.customer_managed)
        self.assertEqual(session.contact_id, self.caller)
        self.assertEqual(session.contract_id, self.contract_managed)
        self.assertEqual(session.company_id, self.company)
        self.assertEqual(session.request, "No printer\n\nIt *smokes*.")
        self.assertEqual((session.state, session.request_source), ("draft", "mail"))
        self.assertFalse(session.user_id)
        self.assertRegex(session.name, r"^SES/\d{4}/\d{5}$")
        self.assertEqual(session.priority, "2")
        self.assertTrue(session.due_at)
        self.assertEqual(session.message_attachment_count, 1)
        attachment = session.message_ids.attachment_ids
        self.assertEqual(attachment.raw, b"%PDF-1.4 screen")

    def test_customers_are_found_only_when_one_fits(self):
        twin = self.create_customer("Twin", email="twin@twin.example")
        self.create_customer("Other Twin", email="twin@twin.example")
        foreign = self.setup_other_company(name="Sister")["company"]
        self.create_customer("Foreign", email="foreign@x.example", company_id=foreign.id)
        own = self.user_technician.partner_id
        own.email = "own@x.example"
        same = self.env["res.partner"].create(
            {"name": "Same", "parent_id": self.customer_managed.id, "email": self.caller.email}
        )
        cases = [
            ("CALLER@managed.example", self.customer_managed),
            ("twin@twin.example", None),
            ("foreign@x.example", None),
            ("own@x.example", None),
            ("stranger@x.example", None),
        ]
        self.assertTrue(same and twin)
        for sender, customer in cases:
            with self.subTest(sender=sender):
                session = self.receive(sender)
                self.assertEqual(session.partner_id, customer or session.partner_id.browse())

    def test_several_contracts_are_left_to_a_person(self):
        other = self.create_contract(customer=self.customer_managed, product=self.product_managed)
        session = self.receive()
        self.assertFalse(session.contract_id)
        self.assertIn(other.name, session.contract_warning)

    def test_unknown_sender_waits_for_the_customer(self):
        session = self.receive("Stranger <stranger@x.example>")
        self.assertEqual(len(session), 1)
        self.assertFalse(session.partner_id)
        self.assertIn("stranger@x.example", session.sender_email)
        self.assertFalse(self._new_mails, "nobody can have mail sent to strangers")
        found = self.env["service.session"].search([("partner_id", "=", False)])
        self.assertIn(session, found)

    # ----- What no request is -----

    def test_answers_of_machines_make_nothing(self):
        cases = {
            "out of office": {"headers": "Auto-Submitted: auto-replied\n"},
            "exchange": {
                "headers": "Auto-Submitted: auto-generated\n",
                "subject": "Automatic reply: your request",
            },
            "autoreply": {"headers": "X-Autoreply: yes\n"},
            "bounce": {"return_path": ""},
            "daemon": {"sender": "MAILER-DAEMON@x.example"},
        }
        for what, vals in cases.items():
            with self.subTest(what=what):
                self.assertFalse(self.receive(**vals))

    def test_lists_and_machines_make_one_without_acknowledgement(self):
        """The address is a mailing group, a rule forwards, a backup alerts: nothing vanishes."""
        for number, headers in enumerate(
            ("Precedence: list", "Auto-Submitted: auto-generated", "Precedence: bulk")
        ):
            with self.subTest(headers=headers):
                session = self.receive(headers=f"{headers}\n", subject=f"No printer {number}")
                self.assertEqual(session.partner_id, self.customer_managed)
                self.assertFalse(self._new_mails)

    def test_alerts_of_one_sender_and_subject_join(self):
        alert = {"headers": "Auto-Submitted: auto-generated\n", "subject": "Backup failed"}
        session = self.receive(**alert)
        self.assertFalse(self.receive(**alert, body="<p>Again</p>"))
        self.assertIn("Again", session.message_ids[0].body)
        other = self.receive("Other <other@managed.example>", **alert)
        self.assertEqual(len(other), 1)
        self.assertEqual(len(self.receive(**{**alert, "subject": "Disk full"})), 1)
        person = self.receive(subject="Backup failed")
        self.assertEqual(len(person), 1, "a person is no alert")
        (session | person).action_cancel()
        self.assertEqual(len(self.receive(**alert)), 1)

    def test_alerts_join_within_their_company(self):
        alert = {"headers": "Auto-Submitted: auto-generated\n", "subject": "Backup failed"}
        session = self.receive(**alert)
        self.store(session, company_id=self.setup_other_company(name="Sister")["company"])
        self.assertEqual(len(self.receive(**alert)), 1)

    def test_persons_who_say_so_make_one(self):
        self.assertEqual(len(self.receive(headers="Auto-Submitted: no\n")), 1)

    def test_automatic_answer_to_the_acknowledgement_says_nothing(self):
        session = self.receive()
        before = session.message_ids
        reply = f"In-Reply-To: {before.sorted('id')[0].message_id}\n"
        for headers in (
            "Auto-Submitted: auto-replied\n",
            "Precedence: junk\n",
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n",
        ):
            with self.subTest(headers=headers):
                self.assertFalse(self.receive(headers=reply + headers))
                self.assertEqual(session.message_ids, before)

    def test_replies_through_lists_and_rules_are_persons(self):
        session = self.receive()
        reply = f"In-Reply-To: {session.message_ids.sorted('id')[0].message_id}\n"
        for headers in ("Precedence: list\n", "Auto-Submitted: auto-generated\n"):
            with self.subTest(headers=headers):
                before = session.message_ids
                self.assertFalse(self.receive(headers=reply + headers))
                self.assertEqual(len(session.message_ids - before), 1)

    # ----- Safety -----

    def test_signed_links_come_back_as_names(self):
        """Who quotes the mail of a sheet gives its link to whoever reads the chatter (S30)."""
        link = f"https://desk.example/service/sheet/7/{'0f' * 32}"
        session = self.receive(body=f'<p>I contest</p><a href="{link}">{link}</a>')
        text = session.message_ids[0].body + session.request
        self.assertIn("I contest", text)
        self.assertNotIn("0f0f", text)

    def test_malicious_mail(self):
        session = self.receive(body=MALICIOUS, subject="<script>alert(1)</script>")
        message = session.message_ids.filtered(lambda item: item.message_type == "email")
        for bad in ("<script", "onerror", "javascript:", "<iframe", "<style"):
            with self.subTest(bad=bad):
                self.assertNotIn(bad, message.body)
        self.assertIn("there", session.request)
        self.assertNotIn("alert('x')", session.request)
        self.assertNotIn("onerror", session.request)

    def test_endless_mail_is_cut(self):
        session = self.receive(body="x" * 50000)
        self.assertEqual(len(session.request), 10001)

    def test_mail_without_subject_or_body(self):
        self.assertEqual(self.receive(subject="", body="<p>Only this</p>").request, "Only this")
        self.assertEqual(self.receive(body="").request, "No printer")

    # ----- Acknowledgement -----

    def test_acknowledgement(self):
        session = self.receive()
        mail = self._new_mails
        self.assertEqual(mail.recipient_ids, self.caller)
        self.assertIn(session.name, mail.subject)
        self.assertIn("We answer by", mail.body_html)

    def test_nothing_is_promised_while_the_contract_is_to_be_chosen(self):
        self.create_contract(self.customer_managed)
        session = self.receive()
        self.assertIn("several contracts in force", session.contract_warning)
        self.assertNotIn("We answer by", self._new_mails.body_html)

    def test_acknowledgement_can_be_switched_off(self):
        self.company.service_acknowledge_requests = False
        self.receive()
        self.assertFalse(self._new_mails)

    # ----- Replies -----

    def test_reply_joins_its_request(self):
        session = self.receive()
        reference = session.message_ids.sorted("id")[-1].message_id
        made = self.receive(
            headers=f"In-Reply-To: {reference}\n",
            body="<p>More smoke</p>",
            subject="Re: No printer",
        )
        self.assertFalse(made)
        self.assertIn("More smoke", session.message_ids[0].body)
        self.assertNotIn("More smoke", session.request)

    def test_reply_after_the_closing_wakes_the_technician(self):
        session = self.receive()
        session.user_id = self.user_technician
        session.action_cancel()
        reference = session.message_ids.sorted("id")[-1].message_id
        self.receive(headers=f"In-Reply-To: {reference}\n", body="<p>Still smoke</p>")
        self.assertEqual(session.activity_ids.user_id, self.user_technician)
        self.assertEqual(session.state, "cancelled")

    # ----- Address -----

    def test_address_is_a_setting(self):
        alias = self.company.service_alias_id
        self.company.service_alias_name = "aid"
        self.assertEqual((self.company.service_alias_id, alias.alias_name), (alias, "aid"))
        self.company.service_alias_name = False
        self.assertFalse(alias.exists())
        self.assertFalse(self.company.service_alias_name)
