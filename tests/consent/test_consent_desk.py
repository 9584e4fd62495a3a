"""The technician asks, waits and starts at the desk (S24, S07)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ConsentCommon


@tagged("post_install", "-at_install")
class TestConsentDesk(ConsentCommon):
    def desk(self, user=None):
        return self.env["service.desk"].with_user(user or self.user_technician)

    def test_code_wait_start(self):
        with freeze_time("2026-06-15 09:00:00"):
            asked = self.desk().ask_consent(
                {"partner_id": self.customer.id, "workstation": "PC-7", "request": "Mute printer"}
            )
        self.assertRegex(asked["code"]["code"], r"^\d{4} \d{4}$")
        self.assertTrue(asked["code"]["page"].endswith("/service/consent"))
        [row] = asked["consents"]
        self.assertEqual((row["standing"], row["is_given"]), ("waiting", False))
        self.give(asked["code"]["code"], reservations="Not the mailbox")
        with freeze_time("2026-06-15 09:06:00"):
            [row] = self.desk().get_timers()["consents"]
            self.assertEqual((row["standing"], row["is_given"]), ("given", True))
            self.assertEqual(row["reservations"], "Not the mailbox")
            timers = self.desk().start_consented(row["id"])
        self.assertEqual(timers["mine"][0]["workstation"], "PC-7")
        self.assertFalse(timers["consents"])

    def test_late_code_is_asked_anew(self):
        with freeze_time("2026-06-15 09:00:00"):
            first = self.desk().ask_consent({"partner_id": self.customer.id, "workstation": "PC-7"})
        self.env.invalidate_all()
        with freeze_time("2026-06-15 09:20:00"):
            [row] = self.desk().get_timers()["consents"]
            self.assertEqual(row["standing"], "expired")
            second = self.desk().renew_consent(row["id"])
        self.assertNotEqual(first["code"], second["code"])
        consent = self.give(second["code"]["code"], at="2026-06-15 09:21:00")
        self.assertEqual(consent.ordered_workstation, "PC-7")

    def test_by_telephone(self):
        with freeze_time("2026-06-15 09:00:00"):
            asked = self.desk().ask_consent({"partner_id": self.customer.id})
            session_id = asked["code"]["session_id"]
            timers = self.desk().note_phone_consent(session_id, "Their screen is black")
            self.assertTrue(timers["consents"][0]["is_given"])
            self.assertTrue(self.desk().start_consented(session_id)["mine"])

    def test_the_card_says_what_is_needed(self):
        contract = self.create_contract(start="2026-06-01")
        with freeze_time("2026-06-15 09:00:00"):
            card = self.desk().get_card(self.customer.id)
        self.assertEqual(card["default_consent"], "code")
        self.assertEqual(card["contracts"][0]["id"], contract.id)
        self.assertEqual(card["contracts"][0]["consent"], "none")

    def test_nobody_elses(self):
        with freeze_time("2026-06-15 09:00:00"):
            asked = self.desk().ask_consent({"partner_id": self.customer.id})
            session_id = asked["code"]["session_id"]
            for user in (self.user_sales, self.user_portal):
                for method in ("renew_consent", "start_consented"):
                    with self.assertRaises(AccessError):
                        getattr(self.desk(user), method)(session_id)
                with self.assertRaises(AccessError):
                    self.desk(user).note_phone_consent(session_id, "x")
                with self.assertRaises(AccessError):
                    self.desk(user).ask_consent({"partner_id": self.customer.id})
