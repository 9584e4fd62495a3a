from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from .common import RequestCommon
from .test_request_mail import ATTACHMENT, MAIL

RESULT = "Authentication-Results: {server}; dmarc={result} header.from=managed.example\n"


@tagged("post_install", "-at_install")
class TestRequestSender(RequestCommon, MailCommon):
    """Whether a mail comes from whom it says: what the own server says, and nothing else."""

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
        cls.parameters = cls.env["ir.config_parameter"].sudo()
        cls.parameters.set_param("service_contract.mail_servers", "mx.own.example, mx2.own.example")
        cls.number = 0

    def receive(self, headers="", sender="Caller <caller@managed.example>", subject="No printer"):
        type(self).number += 1
        mail = MAIL.format(
            to=f"help@{self.mail_alias_domain.name}",
            return_path="caller@managed.example",
            sender=sender,
            subject=subject,
            message_id=f"sender-{self.number}",
            headers=headers,
            body="<p>It smokes.</p>",
            attachment=ATTACHMENT,
        )
        before = self.env["service.session"].search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].sudo().message_process(None, mail)
        return self.env["service.session"].search([]) - before

    def test_what_the_own_server_says(self):
        cases = {
            "": "unknown",
            RESULT.format(server="mx.own.example", result="pass"): "verified",
            RESULT.format(server="mx2.own.example", result="fail"): "failed",
            RESULT.format(server="mx.evil.example", result="pass"): "unknown",
        }
        for headers, check in cases.items():
            with self.subTest(headers):
                session = self.receive(headers)
                self.assertEqual(session.sender_check, check)
                self.assertEqual(session.partner_id, self.customer_managed)

    def test_nothing_is_known_without_the_name_of_the_server(self):
        self.parameters.set_param("service_contract.mail_servers", "")
        session = self.receive(RESULT.format(server="mx.own.example", result="pass"))
        self.assertEqual(session.sender_check, "unknown")

    def test_nobody_is_told_of_what_somebody_else_wrote(self):
        self.receive(RESULT.format(server="mx.own.example", result="fail"))
        self.assertFalse(self._new_mails.filtered(lambda mail: self.caller in mail.recipient_ids))
        self.receive()
        self.assertTrue(self._new_mails.filtered(lambda mail: self.caller in mail.recipient_ids))

    def test_an_answer_of_a_forged_sender_is_marked(self):
        session = self.receive(RESULT.format(server="mx.own.example", result="pass"))
        reference = session.message_ids.sorted("id")[-1].message_id
        before = session.message_ids
        forged = RESULT.format(server="mx.own.example", result="fail")
        self.assertFalse(self.receive(f"{forged}In-Reply-To: {reference}\n"))
        bodies = "".join((session.message_ids - before).mapped("body"))
        self.assertIn("Nothing proves", bodies)
        before = session.message_ids
        good = RESULT.format(server="mx.own.example", result="pass")
        self.receive(f"{good}In-Reply-To: {reference}\n")
        self.assertNotIn("Nothing proves", "".join((session.message_ids - before).mapped("body")))

    def test_no_client_writes_who_was_verified(self):
        session = self.receive().with_user(self.user_technician)
        for vals in (
            {"sender_check": "verified"},
            {"sender_email": "other@example.com"},
            {"request_source": "portal"},
        ):
            with self.subTest(vals), self.assertRaisesRegex(Exception, "use its buttons"):
                session.write(vals)

    def test_a_mail_from_our_own_address_is_no_request_of_ours(self):
        self.company.partner_id.email = "info@own.example"
        own = ("info@own.example", f"help@{self.mail_alias_domain.name}")
        for address in own:
            with self.subTest(address):
                session = self.receive(sender=f"We <{address}>", subject=f"From {address}")
                self.assertFalse(session.partner_id or session.contact_id)
                self.assertFalse(self._new_mails.filtered(lambda mail: mail.recipient_ids))
