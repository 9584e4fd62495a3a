"""What is kept of consents, and until when (L18, L18b)."""

from freezegun import freeze_time

from odoo.tests import tagged

from .common import ConsentCommon

CRON = "service_contract.service_consent_cron"


@tagged("post_install", "-at_install")
class TestConsentRetention(ConsentCommon):
    def purge(self, at):
        with freeze_time(at):
            self.run_cron(CRON)

    def give_and_close(self, customer=None, seconds=600):
        session, consent, code = self.ask(customer=customer)
        self.give(code)
        self.start(session)
        with freeze_time("2026-06-15 11:05:00"):
            session.with_user(self.user_technician).action_done()
        return consent

    def test_traces_go_after_five_years_and_the_order_stays(self):
        consent = self.give_and_close()
        self.purge("2031-06-15 09:04:00")
        self.assertTrue(consent.ip_address)
        self.purge("2031-06-15 09:06:00")
        self.assertFalse(consent.ip_address or consent.user_agent or consent.browser)
        self.assertFalse(consent.operating_system)
        self.assertEqual(str(consent.purged_on), "2031-06-15")
        self.assertIn("Deletion of data", consent.accepted_text)

    def test_orders_of_consumers_from_120_euros_stay_ten_years(self):
        """Four half-hours are 144.00 incl. tax."""
        consent = self.give_and_close(self.person)
        self.assertEqual(consent.session_id.amount_total, 144.0)
        self.purge("2036-06-15 09:04:00")
        self.assertTrue(consent.ip_address)
        self.purge("2036-06-15 09:06:00")
        self.assertFalse(consent.ip_address)

    def test_the_years_are_a_setting(self):
        self.company.service_consent_years = 2
        consent = self.give_and_close()
        self.purge("2028-06-16 09:00:00")
        self.assertFalse(consent.ip_address)

    def test_the_mail_of_the_receipt_has_no_trace(self):
        """Mails stay longer: what is to go does not stand in them."""
        consent = self.give_and_close()
        text = "".join(consent.session_id.sudo().message_ids.mapped("body"))
        self.assertNotIn(consent.ip_address, text)
        self.assertNotIn("Chrome", text)
        self.assertIn(consent.ip_address, consent._get_receipt())

    def test_unused_codes_are_forgotten(self):
        _session, waiting, _code = self.ask()
        given = self.give_and_close()
        with freeze_time("2026-07-14 09:00:00"):
            self.env["service.consent"]._gc_codes()
            self.assertTrue(waiting.exists())
        with freeze_time("2026-07-16 09:00:00"):
            self.env["service.consent"]._gc_codes()
        self.assertFalse(waiting.exists())
        self.assertTrue(given.exists())
