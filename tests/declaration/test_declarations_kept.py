"""How long declarations are kept, and what is forgotten of them (L18, L18b)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CRON, DeclarationCommon


@tagged("post_install", "-at_install")
class TestDeclarationsKept(DeclarationCommon):
    def forget(self):
        for model, domain, work, _job in self.declarations._get_keeping_steps():
            work(model.search(domain))

    def test_traces_go_after_twelve_months(self):
        with self.subTest("within"), freeze_time("2027-06-15 10:00:00"):
            declaration = self.declare()
            self.forget()
            self.assertEqual(declaration.ip_address, "192.0.2.7")
        with self.subTest("after"), freeze_time("2027-06-16 10:00:00"):
            self.forget()
            self.assertFalse(declaration.ip_address or declaration.browser)
            self.assertEqual(declaration.sender_name, "Jean Client")
            self.assertTrue(declaration.is_intact)

    def test_evidence_stays_for_five_years(self):
        declaration = self.declare()
        self.take_in()
        waiting = self.declare(reference="A1")
        declaration.answer_text = "No"
        declaration.action_close()
        with freeze_time("2031-06-15 10:00:00"):
            self.forget()
            with self.assertRaisesRegex(UserError, "kept until 06/15/2031"):
                declaration.with_user(self.user_manager).unlink()
        with freeze_time("2031-06-16 10:00:00"):
            self.forget()
        self.assertFalse(declaration.exists())
        self.assertTrue(waiting.exists(), "what waits for somebody is never forgotten")

    def test_the_job_does_all_of_it(self):
        declaration = self.declare(at="2024-06-15 10:00:00")
        self.run_cron(CRON)
        self.assertEqual(declaration.state, "matched")
        self.assertFalse(declaration.ip_address)
