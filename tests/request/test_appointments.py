from ast import literal_eval
from datetime import datetime, timedelta

from freezegun import freeze_time
from lxml import html
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MONDAY, RequestCommon

HOUR = timedelta(hours=1)
TUESDAY = datetime(2026, 3, 3, 9)


@tagged("post_install", "-at_install")
@freeze_time(MONDAY)
class TestAppointments(RequestCommon):
    """Appointments, and what speaks against them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Weekdays", "tz": "Europe/Paris", "company_id": cls.company.id}
        )
        cls.employee.resource_calendar_id = cls.calendar

    def plan(self, start=TUESDAY, hours=1, **vals):
        return self.create_request(
            planned_start=start,
            planned_stop=start + hours * HOUR,
            user_id=self.user_technician.id,
            **vals,
        )

    def create_leave(self, start, stop, **vals):
        return (
            self.env["resource.calendar.leaves"]
            .sudo()
            .create(
                {
                    "name": "Secret illness",
                    "date_from": start,
                    "date_to": stop,
                    "resource_id": self.employee.resource_id.id,
                    "calendar_id": self.calendar.id,
                    "company_id": self.company.id,
                    **vals,
                }
            )
        )

    def test_an_hour_unless_said(self):
        session = self.create_request(planned_start=TUESDAY)
        self.assertEqual(session.planned_stop, TUESDAY + HOUR)
        session.write({"planned_start": TUESDAY + 5 * HOUR})
        self.assertEqual(session.planned_stop, TUESDAY + 6 * HOUR)
        session.planned_start = False
        self.assertFalse(session.planned_stop)

    def test_drag_and_drop(self):
        session = self.plan()
        session.write({"planned_start": TUESDAY + HOUR, "planned_stop": TUESDAY + 3 * HOUR})
        self.assertEqual(session.planned_stop, TUESDAY + 3 * HOUR)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            session.write({"planned_start": TUESDAY, "planned_stop": TUESDAY - HOUR})
            self.env.flush_all()

    def test_warnings(self):
        self.create_leave(TUESDAY + 24 * HOUR, TUESDAY + 32 * HOUR)
        self.create_leave(
            TUESDAY + 48 * HOUR, TUESDAY + 56 * HOUR, resource_id=False, calendar_id=False
        )
        cases = [
            (TUESDAY, 1, None),
            (TUESDAY + timedelta(hours=24), 1, "is on leave from"),
            (TUESDAY + timedelta(hours=48), 1, "is on leave from"),
            (datetime(2026, 3, 3, 20), 1, "does not work at that time"),
            (datetime(2026, 3, 7, 9), 1, "does not work at that time"),
            (datetime(2026, 3, 3, 10), 3, None),
            (datetime(2026, 3, 3, 6), 2, "does not work at that time"),
        ]
        for start, hours, expected in cases:
            with self.subTest(start=start, hours=hours):
                warning = self.plan(start, hours).appointment_warning
                if expected:
                    self.assertIn(expected, warning)
                    self.assertNotIn("illness", warning)
                else:
                    self.assertFalse(warning)
                self.env["service.session"].search([("planned_start", "=", start)]).action_cancel()

    def test_leave_of_others_does_not_count(self):
        other = self.env["hr.employee"].create({"name": "Other", "company_id": self.company.id})
        self.create_leave(
            TUESDAY - HOUR, TUESDAY + 2 * HOUR, resource_id=other.resource_id.id, calendar_id=False
        )
        self.assertFalse(self.plan().appointment_warning)

    def test_double_booking(self):
        first = self.plan(hours=2)
        second = self.plan(TUESDAY + HOUR)
        self.assertIn(f"another appointment at that time: {first.name}", second.appointment_warning)
        self.assertIn(second.name, first.appointment_warning)
        second.write({"planned_start": TUESDAY + 5 * HOUR, "planned_stop": TUESDAY + 6 * HOUR})
        self.env.invalidate_all()
        self.assertFalse(first.appointment_warning or second.appointment_warning)

    def test_calendar_names_the_customer(self):
        session = self.plan()
        self.assertEqual(session.display_name, session.name)
        shown = session.with_context(service_show_customer=True)
        self.assertEqual(shown.display_name, f"Managed Customer ({session.name})")

    def test_colleague_without_employee(self):
        session = self.plan()
        session.user_id = self.colleague
        self.assertFalse(session.appointment_warning)

    def test_warning_while_typing(self):
        self.plan()
        form = Form(self.create_request())
        form.user_id = self.user_technician
        form.planned_start = TUESDAY
        self.assertIn("another appointment", form.appointment_warning)

    def test_by_appointment_says_so(self):
        """S12: level 1 works by appointment."""
        self.level_managed.is_by_appointment = True
        session = self.create_request()
        self.assertTrue(session.is_by_appointment)
        found = self.env["service.session"].search(
            [("is_by_appointment", "=", True), ("planned_start", "=", False)]
        )
        self.assertIn(session, found)

    def test_calendar_knows_free_days(self):
        Session = self.env["service.session"].with_user(self.user_technician)
        days = Session.get_unusual_days("2026-03-06 00:00:00", "2026-03-08 23:59:59")
        self.assertFalse(days["2026-03-06"])
        self.assertTrue(days["2026-03-07"])
        self.create_leave("2026-03-06 06:00:00", "2026-03-06 18:00:00")
        days = Session.get_unusual_days("2026-03-06 00:00:00", "2026-03-08 23:59:59")
        self.assertTrue(days["2026-03-06"])
        self.assertEqual(
            Session.with_user(self.user_sales).get_unusual_days("2026-03-06 00:00:00"), {}
        )

    def test_planned_today(self):
        """The filter's day is the reader's."""
        arch = html.fromstring(self.env.ref("service_contract.service_request_view_search").arch)
        domain = literal_eval(arch.xpath("//filter[@name='planned_today']")[0].get("domain"))
        Session = self.env["service.session"].with_user(self.user_technician)
        cases = [
            (datetime(2026, 3, 1, 22, 59), False),
            (datetime(2026, 3, 1, 23), True),
            (datetime(2026, 3, 2, 22, 59), True),
            (datetime(2026, 3, 2, 23), False),
        ]
        for start, is_today in cases:
            session = self.plan(start)
            with self.subTest(start=start):
                found = Session.with_context(tz="Europe/Paris").search(domain)
                self.assertEqual(session in found, is_today)

    def test_planned_session_starts(self):
        session = self.plan()
        session.action_start()
        self.assertEqual(session.state, "running")
        self.assertEqual(session.planned_start, TUESDAY)

    def test_note_on_the_clocks(self):
        session = self.create_request()
        technician = session.with_context(tz="Europe/Paris")
        self.assertFalse(technician.zone_note)
        session.tz = "Indian/Reunion"
        self.assertIn("Indian/Reunion", technician.zone_note)
        self.assertFalse(session.with_context(tz="Asia/Dubai").zone_note)

    def test_queries_do_not_grow_with_the_appointments(self):
        sessions = self.env["service.session"].union(
            *(self.plan(TUESDAY + number * HOUR / 4) for number in range(12))
        )
        counts = [
            self.count_queries(lambda some=some: some.mapped("appointment_warning"))
            for some in (sessions[:2], sessions[:2], sessions)
        ]
        self.assertLessEqual(counts[2], counts[1])


@tagged("post_install", "-at_install")
@freeze_time(MONDAY)
class TestAppointmentsTold(RequestCommon):
    """What the customer is told of an appointment, and their calendar with it."""

    def setUp(self):
        super().setUp()
        self.customer_managed.write({"email": "practice@example.com", "tz": "Indian/Reunion"})
        self.session = self.create_request(
            planned_start=TUESDAY, planned_stop=TUESDAY + HOUR, channel="on_site"
        ).with_user(self.user_technician)
        self.session.sudo().tz = "Indian/Reunion"

    def get_file(self):
        message = self.session.message_ids.filtered("attachment_ids")[0]
        return message, message.attachment_ids.raw.decode()

    def test_told_once_until_it_moves(self):
        self.assertTrue(self.session.can_tell_appointment)
        told = self.session.action_tell_appointment()
        self.assertIn(self.customer_managed.email_normalized, told["params"]["message"])
        message, content = self.get_file()
        self.assertEqual(message.notified_partner_ids, self.customer_managed)
        self.assertRegex(message.body, "3/3/26, 1:00")
        self.assertIn("METHOD:PUBLISH", content)
        self.assertIn("DTSTART:20260303T090000Z", content)
        self.assertIn("SEQUENCE:0", content)
        self.assertFalse(self.session.can_tell_appointment)
        count = len(self.session.message_ids)
        self.session.action_tell_appointment()
        self.assertEqual(len(self.session.message_ids), count, "nothing new to tell")

    def test_moved_and_called_off(self):
        self.session.action_tell_appointment()
        uid = self.get_uid()
        self.session.planned_start = TUESDAY + HOUR
        self.assertTrue(self.session.can_tell_appointment)
        self.session.action_tell_appointment()
        content = self.get_file()[1]
        self.assertIn("DTSTART:20260303T100000Z", content)
        self.assertIn("SEQUENCE:1", content)
        self.assertEqual(self.get_uid(), uid, "the same entry of the calendar")
        self.session.planned_start = False
        self.session.action_tell_appointment()
        message, content = self.get_file()
        self.assertIn("METHOD:CANCEL", content)
        self.assertIn("DTSTART:20260303T100000Z", content)
        self.assertIn("will not take place", message.body)
        self.assertFalse(self.session.told_start)
        self.assertFalse(self.session.can_tell_appointment)

    def get_uid(self):
        return next(line for line in self.get_file()[1].splitlines() if line.startswith("UID"))

    def test_cancelling_takes_it_out_of_the_calendar(self):
        self.session.action_cancel()
        self.assertFalse(self.session.message_ids.attachment_ids, "nobody was told of it")
        self.session.action_reopen()
        self.session.action_tell_appointment()
        self.session.action_cancel()
        self.assertIn("METHOD:CANCEL", self.get_file()[1])
        self.assertFalse(self.session.can_tell_appointment)

    def test_a_past_appointment_is_not_called_off(self):
        self.session.action_tell_appointment()
        before = self.session.message_ids.attachment_ids
        with freeze_time(self.session.told_stop):
            self.session.action_cancel()
        self.assertEqual(self.session.message_ids.attachment_ids, before)

    def test_without_an_address(self):
        self.customer_managed.email = False
        with self.assertRaisesRegex(UserError, "no valid e-mail address"):
            self.session.action_tell_appointment()
        self.assertFalse(self.session.told_start)

    def test_what_was_told_is_not_written_by_hand(self):
        with self.assertRaises(AccessError):
            self.session.told_start = TUESDAY
