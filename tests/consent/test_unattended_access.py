"""Unattended access by agreement alone: dated, revocable, with how it is stopped (S27)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ConsentCommon


@tagged("post_install", "-at_install")
class TestUnattendedAccess(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.env["res.partner"].create(
            {"name": "Boss", "parent_id": cls.customer.id, "email": "boss@example.com"}
        )

    def agree(self, activate=True, **vals):
        access = (
            self.env["service.unattended.access"]
            .with_user(self.user_technician)
            .create(
                {
                    "partner_id": self.customer.id,
                    "contact_id": self.boss.id,
                    "device_name": "SERVER",
                    "agreed_on": "2026-06-01",
                    "date_start": "2026-06-01",
                    "date_end": "2026-06-30",
                    "stop_instructions": "Quit the tool, or call 01 02 03 04 05",
                    **vals,
                }
            )
        )
        if activate:
            with freeze_time("2026-06-01 09:00:00"):
                access.action_activate()
        return access

    def start_at(self, workstation, at="2026-06-15 22:00:00"):
        session = self.prepare(at=at).with_user(self.user_technician)
        with freeze_time(at):
            session._start_connections(lambda _session: workstation)
        return session

    def test_it_starts_the_timer_on_its_device(self):
        access = self.agree()
        session = self.start_at("SERVER")
        self.assertEqual(session.consent_ids.way, "agreement")
        self.assertEqual(session.consent_ids.access_id, access)
        self.assertEqual(session.consent_ids.partner_id, self.boss)
        for words in ("PC-1", "", False):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.start_at(words)

    def test_not_before_nor_after_its_days(self):
        self.agree()
        for at in ("2026-05-31 20:00:00", "2026-07-01 20:00:00"):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.start_at("SERVER", at)

    def test_revoked_at_once(self):
        access = self.agree()
        with freeze_time("2026-06-10 09:00:00"):
            access.action_revoke()
        self.assertEqual(str(access.revoked_on), "2026-06-10")
        with self.assertRaises(UserError):
            self.start_at("SERVER")

    def test_nothing_without_who_when_and_how_to_stop(self):
        for name in ("contact_id", "agreed_on", "stop_instructions"):
            with self.assertRaisesRegex(UserError, "how the customer stops it"):
                self.agree(**{name: False})
        self.agree(activate=False)
        with self.assertRaises(UserError):
            self.start_at("SERVER")

    def test_another_customer_has_other_people(self):
        """Who of the customer before asked for it did not ask for this one."""
        access = self.agree(activate=False).with_user(self.user_technician)
        self.assertEqual(access.contact_id, self.boss)
        access.partner_id = self.create_customer("Somebody Else")
        self.assertFalse(access.contact_id)

    def test_the_customer_reads_how_to_stop_it(self):
        access = self.agree()
        message = access.message_ids.filtered(lambda item: self.boss in item.partner_ids)
        self.assertIn("01 02 03 04 05", message.body)
        self.assertIn("revoke", message.body)

    def test_what_was_agreed_stays_as_it_was(self):
        access = self.agree()
        with self.assertRaises(UserError):
            access.write({"date_end": "2027-06-30"})
        with self.assertRaises(UserError):
            access.with_user(self.user_manager).unlink()
        with self.assertRaises(AccessError):
            access.write({"state": "draft"})

    def test_of_another_customer_or_company_it_is_none(self):
        self.agree(partner_id=self.person.id, contact_id=self.person.id)
        with self.assertRaises(UserError):
            self.start_at("SERVER")
