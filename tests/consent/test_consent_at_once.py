"""Two people confirm one code, or try codes, at the same moment."""

from freezegun import freeze_time

from odoo.tests import tagged

from ..transactions import TransactionsCommon
from .common import ADDRESS, CHROME


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestConsentAtOnce(TransactionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.level.consent_rule = "code"
        cls.customer_at_once = cls.create_customer("At Once", email="once@example.com")
        cls.commit()

    def test_one_of_two_confirms(self):
        session = self.create_session([], customer=self.customer_at_once, done=False)
        consent, _code = session._ask_consent()
        page = consent._get_page()
        values = {"declaration_0": "1", "digest": page["digest"]}
        self.commit()

        def confirm(address):
            return (
                self.env.ref("base.public_user"),
                lambda env: (
                    env["service.consent"].sudo().browse(consent.id)._give(values, address, CHROME)
                ),
            )

        answers = self.race(confirm(ADDRESS), confirm("198.51.100.1"))
        self.assertEqual(answers[0], "")
        self.assertIn("was used", answers[1])
        self.assertEqual(consent.ip_address, ADDRESS)

    def test_tries_at_the_same_moment_all_count(self):
        def attempt(env):
            env["service.consent"]._open_by_code("00000000", ADDRESS)

        public = self.env.ref("base.public_user")
        self.race((public, attempt), (public, attempt))
        left = [
            self.env["service.attempt"]._allow("consent", ADDRESS, 10, 900) for _number in range(9)
        ]
        self.assertEqual(left, [True] * 8 + [False])
