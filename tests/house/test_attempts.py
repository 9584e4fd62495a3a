"""Public pages let nobody try without end, and nobody's trying keeps others out."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged

NOW = datetime(2026, 6, 15, 9, 0, 0)


@tagged("post_install", "-at_install")
class TestAttempts(TransactionCase):
    def allow(self, key="192.0.2.7", kind="page", instant=NOW, count=1):
        """Try some times at an instant; return how many tries were allowed, of five."""
        attempts = self.env["service.attempt"].sudo()
        with freeze_time(instant):
            network = attempts._get_network_key(key)
            return sum(attempts._allow(kind, network, 5, 300) for _number in range(count))

    def test_so_many_at_once_and_no_more(self):
        self.assertEqual(self.allow(count=7), 5)

    def test_one_more_after_its_share_of_the_time(self):
        self.allow(count=5)
        self.assertFalse(self.allow(instant=NOW + timedelta(seconds=59)))
        self.assertTrue(self.allow(instant=NOW + timedelta(seconds=60)))
        self.assertFalse(self.allow(instant=NOW + timedelta(seconds=60)))

    def test_all_again_after_the_whole_time(self):
        self.allow(count=5)
        self.assertEqual(self.allow(instant=NOW + timedelta(seconds=300), count=6), 5)

    def test_what_is_refused_does_not_count(self):
        self.allow(count=500)
        self.assertTrue(self.allow(instant=NOW + timedelta(seconds=60)))

    def test_others_and_other_kinds_are_not_kept_out(self):
        self.allow(count=6)
        self.assertTrue(self.allow("192.0.2.8"))
        self.assertTrue(self.allow(kind="other"))

    def test_one_device_has_many_ipv6_addresses(self):
        for number in range(5):
            self.allow(f"2001:db8:0:1::{number:x}")
        self.assertFalse(self.allow("2001:db8:0:1:aaaa:bbbb:cccc:dddd"))
        self.assertTrue(self.allow("2001:db8:0:2::1"))

    def test_no_address_is_kept(self):
        self.allow()
        kept = self.env["service.attempt"].sudo().search([], order="id desc", limit=1)
        self.assertNotIn("192.0.2.7", kept.key)

    def test_what_is_over_is_forgotten(self):
        self.allow()
        self.allow("192.0.2.8", instant=NOW + timedelta(days=1))
        with freeze_time(NOW + timedelta(days=1)):
            self.env["service.attempt"]._gc_attempts()
        self.assertEqual(self.env["service.attempt"].sudo().search_count([]), 1)
