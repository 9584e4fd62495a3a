"""The pages for everybody: a request of who is no customer yet, conditions (S26, S37)."""

import re

from odoo.tests import HttpCase, tagged

from .common import ConsentCommon

SCRIPT = "<script>alert('x')</script>"


@tagged("post_install", "-at_install")
class TestPublicPages(ConsentCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.company.service_has_public_pages = True
        self.path = f"/service/request/{self.company.id}"
        self.env["service.remote.tool"].create(
            {
                "name": "Tool",
                "session_url": "https://example.com/session",
                "prerequisites": "A broadband connection\nWindows 7 or later",
                "company_id": self.company.id,
            }
        )

    def get(self, path=None):
        self.env.flush_all()
        return self.url_open(path or self.path)

    def send(self, **values):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get().text)[1]
        data = {"name": "Dominique", "email": "new@example.com", "description": "Help", **values}
        response = self.url_open(self.path, data={"csrf_token": token, **data})
        self.env.invalidate_all()
        return response

    def find(self):
        domain = [("request_source", "=", "page"), ("company_id", "=", self.company.id)]
        return self.env["service.session"].search(domain)

    def test_prerequisites_and_download_stand_on_the_page(self):
        text = self.get().text
        for words in ("Windows 7 or later", "https://example.com/session", "Write no passwords"):
            self.assertIn(words, text)

    def test_a_request_waits_for_its_customer(self):
        """Nothing proves the address: it is nobody's, even where a customer has it."""
        response = self.send(email=self.person.email, description=SCRIPT)
        session = self.find()
        self.assertIn(session.name, response.text)
        self.assertFalse(session.partner_id)
        self.assertEqual(session.sender_email, self.person.email)
        self.assertEqual(session.state, "draft")
        self.assertIn(SCRIPT, session.request)
        self.assertFalse(session.message_ids.partner_ids)

    def test_what_is_missing_is_said_and_what_was_typed_stays(self):
        response = self.send(email="no address", description=SCRIPT)
        self.assertIn("an e-mail address", response.text)
        self.assertNotIn(SCRIPT, response.text)
        self.assertIn("&lt;script&gt;", response.text)
        self.assertFalse(self.find())

    def test_no_more_than_a_person_asks(self):
        for _number in range(5):
            self.send()
        self.assertIn("Too many requests", self.send().text)
        self.assertEqual(len(self.find()), 5)

    def test_what_a_machine_fills_in_vanishes(self):
        self.assertIn("we have your request", self.send(website="https://spam.example").text)
        self.assertFalse(self.find())

    def test_conditions_are_read_by_everybody(self):
        text = self.get(f"/service/conditions/{self.company.id}").text
        self.assertIn("Every started half-hour is due.", text)

    def test_only_where_it_is_switched_on(self):
        self.company.service_has_public_pages = False
        for path in (self.path, f"/service/conditions/{self.company.id}", "/service/request/0"):
            self.assertEqual(self.get(path).status_code, 404)
