"""Nobody floods the pages, nor another one's mailbox; nobody is kept out by others (L21)."""

from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.service_contract.models.declaration import service_declaration_intake as intake

from .common import PageCommon


@tagged("post_install", "-at_install")
class TestDeclarationLimits(PageCommon, HttpCase):
    def test_a_connection_sends_so_many_an_hour(self):
        with patch.object(intake, "BY_NETWORK", ("declaration", 2, 3600)):
            for number in range(2):
                self.assertEqual(self.send(reference=f"A{number}").status_code, 303)
            answer = self.send(reference="A9")
            self.assertEqual(answer.status_code, 429)
            self.assertIn("Nothing was sent yet: too many", answer.text)
            self.assertIn("desk@example.com", answer.text)
            self.assertIn('value="A9"', answer.text, "nothing is to be typed again")
            later = self.send(reference="A9", at="2026-06-15 10:33:13")
            self.assertEqual(later.status_code, 303)

    def test_no_header_says_who_one_is(self):
        """Where Odoo stands behind no proxy, what a visitor says of himself is not believed."""
        with patch.object(intake, "BY_NETWORK", ("declaration", 1, 3600)):
            self.assertEqual(self.send().status_code, 303)
            headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "x.example"}
            self.assertEqual(self.send(headers=headers).status_code, 429)

    def test_a_mailbox_gets_so_many_receipts_a_day(self):
        declarations = [self.declare(reference=f"A{number}") for number in range(7)]
        self.take_in()
        mailed = [bool(row.receipt_mail_id) for row in declarations]
        self.assertEqual(mailed, [True] * 5 + [False] * 2)
        held = declarations[-1]
        self.assertTrue(held.is_receipt_held)
        self.assertIn("no further mail", self.get(held._get_receipt_path()).text)
        other = self.declare(email="other@example.com")
        self.take_in()
        self.assertTrue(other.receipt_mail_id)

    def test_crowds_are_told_and_lock_nobody_out(self):
        with patch.object(intake, "OF_ALL", ("declaration_all", 3, 3600)):
            for number in range(5):
                self.declare(reference=f"A{number}", email=f"a{number}@example.com")
            self.take_in()
        matter = self.get_matters(self.company)
        self.assertIn("More than 3 declarations within an hour", matter.detail)
        self.assertEqual(self.declarations.search_count([("is_taken_in", "=", True)]), 5)
