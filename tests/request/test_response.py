from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MONDAY, RequestCommon

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
@freeze_time(MONDAY)
class TestResponse(RequestCommon):
    """S14, S16: until when a request is answered, and what moves that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("service_contract.service_reason_delay_overload")

    def extend(self, session, due_at=False, user=None, reason=None):
        wizard = Form(
            self.env["service.session.extend"]
            .with_user(user or self.user_technician)
            .with_context(default_session_id=session.id)
        )
        wizard.reason_id = reason or self.reason
        if due_at:
            wizard.due_at = due_at
        wizard.save().action_extend()

    # ----- Due -----

    def test_clock_hours(self):
        """S16: 24 hours run day and night, through the night of the changed clock as well."""
        self.level_managed.response_minutes = 24 * 60
        for asked, due in (
            (MONDAY, MONDAY + 24 * HOUR),
            (datetime(2026, 3, 28, 12), datetime(2026, 3, 29, 12)),
        ):
            with self.subTest(asked=asked):
                self.assertEqual(self.create_request(requested_at=asked).due_at, due)

    def test_working_hours(self):
        """S16: the time to answer runs in the hours that the level covers, on their clock."""
        self.level_managed.write(
            {
                "response_clock": "working",
                "window_ids": [
                    Command.create({"day": str(day), "hour_from": hour, "hour_to": hour + 4})
                    for day in range(5)
                    for hour in (8, 14)
                ],
            }
        )
        cases = [
            ("2026-03-02 07:00:00", "2026-03-02 09:00:00"),
            ("2026-03-02 10:00:00", "2026-03-02 14:00:00"),
            ("2026-03-02 16:00:00", "2026-03-03 08:00:00"),
            ("2026-03-06 16:30:00", "2026-03-09 08:30:00"),
            ("2026-03-07 12:00:00", "2026-03-09 09:00:00"),
            ("2026-03-27 17:00:00", "2026-03-30 08:00:00"),
            ("2026-12-24 16:00:00", "2026-12-28 08:00:00"),
        ]
        for asked, due in cases:
            with self.subTest(asked=asked):
                session = self.create_request(requested_at=asked)
                self.assertEqual(str(session.due_at), due)

    def test_no_commitment(self):
        session = self.create_request(self.customer)
        self.assertFalse(session.due_at or session.first_due_at)
        with self.assertRaisesRegex(UserError, "no answer due"):
            session._extend_due(self.reason, MONDAY + HOUR)

    def test_changes_before_the_answer_count(self):
        session = self.create_request()
        self.assertEqual(session.due_at, MONDAY + 2 * HOUR)
        session.requested_at = MONDAY - HOUR
        self.assertEqual(session.due_at, MONDAY + HOUR)
        session.is_off_contract = True
        self.assertFalse(session.due_at)
        session.is_off_contract = False
        self.assertEqual(session.due_at, MONDAY + HOUR)
        session.partner_id = self.customer
        self.assertFalse(session.due_at)

    def test_changes_after_the_answer_do_not_count(self):
        session = self.create_request()
        session.action_answered()
        session.write({"requested_at": MONDAY - 5 * HOUR, "is_off_contract": True})
        self.assertEqual(session.due_at, MONDAY + 2 * HOUR)

    def test_nobody_writes_the_due_time(self):
        session = self.create_request()
        for name in ("due_at", "answered_at", "called_back_at"):
            with self.assertRaisesRegex(AccessError, "buttons"):
                session[name] = MONDAY

    # ----- Answered -----

    def test_answered_by_a_call_back(self):
        session = self.create_request()
        self.assertTrue(session.can_answer)
        session.action_answered()
        self.assertEqual(session.answered_at, MONDAY)
        self.assertFalse(session.can_answer or session.is_answered_late or session.is_overdue)
        self.assertIn("called back", session.message_ids[0].body)
        with freeze_time(MONDAY + HOUR):
            session.action_answered()
        self.assertEqual(session.answered_at, MONDAY)

    def test_answered_by_the_first_connection(self):
        session = self.create_request(requested_at=MONDAY - 4 * HOUR)
        self.assertTrue(session.is_overdue)
        session.action_start()
        self.assertEqual(session.answered_at, MONDAY)
        self.assertTrue(session.is_answered_late)
        self.assertFalse(session.is_overdue)
        session.line_ids.service_start = MONDAY - 3 * HOUR
        self.assertFalse(session.is_answered_late)

    def test_what_is_typed_in_afterwards_never_waited(self):
        session = self.create_session(
            [(MONDAY - HOUR, 60)], customer=self.customer_managed, done=False
        )
        self.assertEqual(session.answered_at, MONDAY - HOUR)
        self.assertFalse(session.due_at)

    def test_closed_and_cancelled_are_not_overdue(self):
        session = self.create_request(requested_at=MONDAY - 4 * HOUR)
        session.action_cancel()
        self.assertFalse(session.is_overdue)
        self.assertNotIn(session, self.env["service.session"].search([("is_overdue", "=", True)]))

    # ----- Extended -----

    def test_extension_is_kept_with_its_reason(self):
        session = self.create_request()
        self.extend(session, MONDAY + 5 * HOUR)
        self.assertEqual(session.due_at, MONDAY + 5 * HOUR)
        self.assertEqual(session.first_due_at, MONDAY + 2 * HOUR)
        self.extend(session, MONDAY + 6 * HOUR, user=self.user_manager)
        self.assertIn(self.reason.name, session.message_ids[0].body)
        delays = session.delay_ids.sorted("id")
        self.assertEqual(delays.mapped("delay_hours"), [3.0, 1.0])
        self.assertEqual(delays.reason_id, self.reason)
        self.assertEqual(delays.user_id, self.user_technician | self.user_manager)
        self.assertEqual(session.first_due_at, MONDAY + 2 * HOUR)
        session.requested_at = MONDAY - HOUR
        self.assertEqual(session.due_at, MONDAY + 6 * HOUR)

    def test_reason_without_a_new_time(self):
        session = self.create_request()
        self.extend(session)
        self.assertEqual(session.due_at, MONDAY + 2 * HOUR)
        self.assertEqual(session.delay_ids.delay_hours, 0)

    def test_extension_needs_its_reason(self):
        wizard = Form(
            self.env["service.session.extend"]
            .with_user(self.user_technician)
            .with_context(default_session_id=self.create_request().id)
        )
        with self.assertRaisesRegex(AssertionError, "reason_id is a required field"):
            wizard.save()

    def test_extension_never_shortens(self):
        session = self.create_request()
        with self.assertRaisesRegex(UserError, "later, not earlier"):
            self.extend(session, MONDAY + HOUR)
        session.action_answered()
        with self.assertRaisesRegex(UserError, "no answer due"):
            self.extend(session, MONDAY + 9 * HOUR)

    def test_some_reasons_are_for_managers(self):
        session = self.create_request()
        self.reason.is_approval_required = True
        with self.assertRaisesRegex(UserError, "for managers"):
            self.extend(session, MONDAY + 5 * HOUR)
        self.extend(session, MONDAY + 5 * HOUR, user=self.user_manager)
        self.assertEqual(session.due_at, MONDAY + 5 * HOUR)

    def test_others_extend_nothing(self):
        session = self.create_request()
        for user in (self.user_sales, self.user_accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                session.with_user(user)._extend_due(self.reason, MONDAY + 5 * HOUR)

    # ----- Flat -----

    def test_queries_do_not_grow_with_the_requests(self):
        counts = []
        for number in (2, 2, 12):
            sessions = self.env["service.session"].union(
                *(self.create_request() for _index in range(number))
            )
            counts.append(
                self.count_queries(
                    lambda some=sessions: (some.mapped("is_overdue"), some.mapped("priority"))
                )
            )
        self.assertEqual(counts[1], counts[2])
