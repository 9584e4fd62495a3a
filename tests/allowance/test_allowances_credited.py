"""Included and prepaid time of sessions whose invoices are credited, or owed again."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon

HALF_HOUR = 1800


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 15:00:00")
class TestCreditedTime(ServiceContractCommon):
    """S05: what nothing is owed for has drawn nothing, whoever decides it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.company.service_default_level_id = cls.level
        cls.grant = cls.prepay(HALF_HOUR)

    @classmethod
    def prepay(cls, seconds):
        return (
            cls.env["service.allowance"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "partner_id": cls.customer.id,
                    "kind": "prepaid",
                    "seconds": seconds,
                    "date": "2026-01-01",
                }
            )
        )

    def bill(self):
        """Return a session of an hour, half of it prepaid, and its posted invoice."""
        session = self.create_session([("2026-03-02 11:00:00", 2 * HALF_HOUR)])
        self.assertEqual((self.grant.left_seconds, session.amount_untaxed), (0, 30.0))
        invoice = self.create_run("2026-03-02", user=self.user_accountant).invoice_ids
        invoice.action_post()
        return session, invoice

    def credit(self, invoice, after="waived", modify=False):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": invoice.journal_id.id,
                    "date": date(2026, 3, 2),
                    "service_after_credit": after,
                }
            )
        )
        wizard.modify_moves() if modify else wizard.refund_moves()
        return wizard.new_move_ids

    def get_words(self, session):
        return session.charge_ids._explain()

    def test_a_full_credit_for_good_gives_back(self):
        session, invoice = self.bill()
        refund = self.credit(invoice)
        self.assertEqual(self.grant.left_seconds, 0, "a draft credits nothing yet")
        refund.action_post()
        self.assertEqual(session.billing_state, "waived")
        self.assertEqual(self.grant.left_seconds, HALF_HOUR)
        self.assertFalse(session.allowance_ids)
        self.assertIn("The time drawn was given back.", self.get_words(session))

    def test_a_credit_that_is_owed_again_or_made_anew_gives_nothing_back(self):
        for number, values in enumerate([{"after": "owed"}, {"modify": True}]):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                session, invoice = self.bill()
                moves = self.credit(invoice, **values)
                moves.filtered(lambda move: move.state == "draft").action_post()
                self.assertEqual(self.grant.left_seconds, 0, number)
                self.assertNotIn("The time drawn was given back.", self.get_words(session))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_waived_by_hand_gives_back(self):
        session = self.create_session([("2026-03-02 11:00:00", 2 * HALF_HOUR)])
        self.assertEqual((self.grant.left_seconds, session.amount_untaxed), (0, 30.0))
        charge = session.charge_ids.with_user(self.user_accountant)
        self.waive(charge)
        self.assertEqual((session.billing_state, self.grant.left_seconds), ("waived", HALF_HOUR))
        self.assertIn("The time drawn was given back.", self.get_words(session))
        charge.action_owe()
        self.assertEqual((session.billing_state, self.grant.left_seconds), ("ready", 0))

    def test_a_part_credited_gives_nothing_back(self):
        session, invoice = self.bill()
        refund = self.credit(invoice)
        refund.invoice_line_ids.quantity = 0.5
        refund.action_post()
        self.assertEqual((session.billing_state, self.grant.left_seconds), ("invoiced", 0))

    def test_a_credit_taken_back_draws_again(self):
        session, invoice = self.bill()
        refund = self.credit(invoice)
        refund.action_post()
        refund.button_draft()
        self.assertEqual(session.billing_state, "invoiced")
        self.assertEqual((self.grant.left_seconds, session.allowance_ids.seconds), (0, -HALF_HOUR))
        self.assertNotIn("The time drawn was given back.", self.get_words(session))
        refund.action_post()
        self.assertEqual(self.grant.left_seconds, HALF_HOUR)

    def test_owed_again_draws_again(self):
        session, invoice = self.bill()
        self.credit(invoice).action_post()
        session.charge_ids.with_user(self.user_accountant).action_owe()
        self.assertEqual(session.billing_state, "ready")
        self.assertEqual(self.grant.left_seconds, 0)

    def test_owed_again_warns_of_the_rest(self):
        self.company.service_prepaid_alert_hours = 0.25
        session = self.create_session([("2026-03-02 11:00:00", 2 * HALF_HOUR)])
        self.customer.activity_ids.action_feedback()
        charge = session.charge_ids.with_user(self.user_accountant)
        self.waive(charge)
        self.assertFalse(self.customer.activity_ids)
        charge.action_owe()
        self.assertIn("0:00:00", self.customer.activity_ids.note)

    def test_owed_again_needs_the_time_that_was_given_back(self):
        session, invoice = self.bill()
        self.credit(invoice).action_post()
        other = self.create_session([("2026-03-02 13:00:00", HALF_HOUR)])
        self.assertEqual((other.amount_untaxed, self.grant.left_seconds), (0.0, 0))
        words = "0:30:00 of included or prepaid time"
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            session.charge_ids.with_user(self.user_accountant).action_owe()
        self.assertEqual(session.charge_ids.state, "waived")
        self.prepay(HALF_HOUR)
        session.charge_ids.with_user(self.user_accountant).action_owe()
        self.assertEqual(session.allowance_ids.seconds, -HALF_HOUR)
