"""A code opens nothing to who guesses, whoever's it is, and keeps nobody else out (S24)."""

from datetime import datetime, timedelta
from random import Random

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.service_contract.tools import consent_codes

from .common import ADDRESS, ASKED, SOON, ConsentCommon

GUESSES = 20_000
NOW = datetime.fromisoformat(SOON)


@tagged("post_install", "-at_install")
class TestConsentGuessing(ConsentCommon):
    def try_codes(self, codes, address=ADDRESS, at=SOON):
        """Type codes one after the other; return the consents that were opened."""
        consents = self.env["service.consent"].with_user(self.env.ref("base.public_user"))
        with freeze_time(at):
            return [found for code in codes if (found := consents._open_by_code(code, address))]

    def make_guesses(self, live, count=GUESSES, places=10):
        """Return wrong codes with each of the live ones among them, after the first ``places``."""
        random = Random(1)
        guesses = [f"{random.randrange(10**8):08}" for _number in range(count)]
        guesses = [code for code in guesses if code not in live]
        for code in live:
            guesses.insert(random.randrange(places + 1, len(guesses)), code)
        return guesses

    def test_guesses_against_one_code(self):
        """20,000 guesses from one network, the right one among them, open nothing."""
        _session, consent, code = self.ask()
        self.assertFalse(self.try_codes(self.make_guesses([code])))
        self.assertFalse(consent.opened_at)
        self.assertEqual(self.open(code, address="198.51.100.4"), consent)

    def test_guesses_against_fifty_codes(self):
        """Fifty sessions wait: not one of their codes is found, and each still opens its page."""
        asked = [self.ask() for _number in range(50)]
        codes = [code for _session, _consent, code in asked]
        self.assertEqual(len(set(codes)), 50)
        self.assertFalse(self.try_codes(self.make_guesses(codes)))
        for number, (_session, consent, code) in enumerate(asked):
            self.assertEqual(self.open(code, address=f"198.51.100.{number}"), consent)

    def test_one_network_of_ipv6(self):
        _session, _consent, code = self.ask()
        for number in range(10):
            self.open("00000000", address=f"2001:db8:0:1::{number:x}")
        self.assertFalse(self.open(code, address="2001:db8:0:1:aaaa::1"))
        self.assertTrue(self.open(code, address="2001:db8:0:2::1"))

    def test_who_mistyped_waits_and_is_let_in(self):
        _session, consent, code = self.ask()
        for _number in range(11):
            self.open("00000000")
        self.assertFalse(self.open(code))
        self.assertEqual(self.open(code, at="2026-06-15 09:06:30"), consent)

    def test_a_code_is_tried_five_times_from_anywhere(self):
        _session, consent, code = self.ask()
        opened = [self.open(code, address=f"198.51.100.{number}") for number in range(6)]
        self.assertEqual(opened[:5], [consent] * 5)
        self.assertFalse(opened[5])

    def test_many_wrong_codes_of_all_networks_raise_one_alarm(self):
        """Slow, and it keeps nobody out: who has a code opens the page meanwhile."""
        session, consent, code = self.ask()
        for number in range(40):
            self.open(f"1{number:07}", address=f"198.51.{number}.1")
        rows = self.env["service.exception"]._get_open(session, "session", "consent_alarm")
        self.assertEqual(len(rows), 1)
        self.assertEqual(self.open(code), consent)

    def test_expired_future_and_used_codes(self):
        _session, consent, code = self.ask()
        self.assertFalse(self.open(code, at="2026-06-15 09:15:00"))
        self.assertFalse(self.open(code, at="2026-06-15 08:59:59"))
        self.assertEqual(self.open(code, at="2026-06-15 09:14:59"), consent)
        with freeze_time("2026-06-15 09:20:00"):
            consent._give(self.fill(consent), ADDRESS)
        self.assertFalse(self.open(code, at="2026-06-15 09:14:00"))
        with freeze_time("2026-06-15 09:21:00"), self.assertRaisesRegex(Exception, "was used"):
            consent._give({}, ADDRESS)

    def test_a_page_left_open_is_over_as_well(self):
        _session, consent, code = self.ask()
        self.open(code)
        later = NOW + timedelta(minutes=30)
        with freeze_time(later), self.assertRaisesRegex(Exception, "was used or is over"):
            consent._give(self.fill(consent), ADDRESS)

    def test_a_new_code_ends_the_one_before(self):
        session, first, code = self.ask()
        _session, second, newer = self.ask(session)
        self.assertEqual((first.state, second.state), ("void", "waiting"))
        self.assertFalse(self.open(code))
        self.assertEqual(self.open(newer), second)

    def test_codes_of_two_sessions_are_never_the_same(self):
        codes = iter(["11111111", "11111111", "22222222"])
        make = consent_codes.make_code
        self.addCleanup(setattr, consent_codes, "make_code", make)
        consent_codes.make_code = lambda: next(codes)
        self.assertEqual(self.ask()[2], "11111111")
        self.assertEqual(self.ask()[2], "22222222")

    def test_what_is_no_code(self):
        self.ask()
        for text in ("", None, "1234", "' OR 1=1 --", "\x00" * 8, "१२३४५६७८", "9" * 5000):
            self.assertFalse(self.open(text, address="198.51.100.9"), text)

    def test_a_token_of_another_session_opens_nothing(self):
        _session, first, code = self.ask()
        _session, second, _code = self.ask()
        self.open(code)
        consents = self.env["service.consent"]
        self.assertEqual(consents._open_by_token(first.id, first._sign_page()), first)
        self.assertFalse(consents._open_by_token(second.id, first._sign_page()))
        for token in ("", None, "é" * 64, "0" * 64):
            self.assertFalse(consents._open_by_token(first.id, token))
        self.assertFalse(consents._open_by_token(0, first._sign_page()))
        self.assertEqual(str(first.asked_at), ASKED)
