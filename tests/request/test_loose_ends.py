from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import MONDAY, RequestCommon

HOUR = timedelta(hours=1)
CRON = "service_contract.service_forgotten_timers_cron"


@tagged("post_install", "-at_install")
class TestLooseEnds(RequestCommon):
    """What is left lying about, its sentence and what settles it."""

    def start(self, user=None, **vals):
        session = self.create_request(user_id=(user or self.user_technician).id, **vals)
        session.with_user(user or self.user_technician).action_start()
        return session

    def search_kind(self, kind, session, user=None):
        Session = self.env["service.session"].with_user(user or self.user_technician)
        return Session.search([("loose_end", "=", kind), ("id", "=", session.id)])

    def assertLoose(self, session, kind, sentence=""):
        self.env.invalidate_all()
        self.assertEqual(session.loose_end or None, kind)
        if kind:
            self.assertIn(sentence, session.loose_end_note)
            self.assertEqual(self.search_kind(kind, session), session)
        none = self.search_kind(False, session)
        self.assertEqual(bool(none), not kind)

    # ----- Timers -----

    def test_forgotten_timer(self):
        """After the company's hours, or when it ran over midnight of the reader's clock."""
        cases = [
            (MONDAY, 8 * HOUR, False),
            (MONDAY, 8 * HOUR + timedelta(seconds=1), True),
            (datetime(2026, 3, 2, 22), timedelta(minutes=59), False),
            (datetime(2026, 3, 2, 22), timedelta(minutes=61), True),
        ]
        for start, later, is_forgotten in cases:
            with self.subTest(start=start, later=later):
                with freeze_time(start):
                    session = self.start(requested_at=start)
                with freeze_time(start + later):
                    self.assertLoose(
                        session, "timer" if is_forgotten else None, "has been running since"
                    )
                session.line_ids.unlink()

    def test_hours_are_a_setting(self):
        self.company.service_forgotten_hours = 2
        with freeze_time(MONDAY):
            session = self.start()
        with freeze_time(MONDAY + 3 * HOUR):
            self.assertLoose(session, "timer")
        self.company.service_forgotten_hours = 4
        with freeze_time(MONDAY + 3 * HOUR):
            self.assertLoose(session, None)

    def test_each_technician_is_reminded_of_the_own_timer(self):
        with freeze_time(MONDAY):
            session = self.start()
        employee = self.env["hr.employee"].create(
            {
                "name": "Second Pair of Hands",
                "user_id": self.user_manager.id,
                "company_id": self.company.id,
            }
        )
        with freeze_time(MONDAY + HOUR):
            session.with_user(self.user_manager).action_start_workstation()
        with freeze_time(MONDAY + 10 * HOUR):
            self.run_cron(CRON)
        notes = {activity.user_id: activity.note for activity in session.activity_ids}
        self.assertIn("timer of Technician", notes[self.user_technician])
        self.assertIn(f"timer of {employee.name}", notes[self.user_manager])

    def test_technician_is_reminded_once_and_forgets_it_when_stopped(self):
        with freeze_time(MONDAY):
            session = self.start()
        with freeze_time(MONDAY + 9 * HOUR):
            for _time in range(2):
                self.run_cron(CRON)
                activity = session.activity_ids
                self.assertEqual(len(activity), 1)
            self.assertEqual(activity.user_id, self.user_technician)
            self.assertIn("type in when it really ended", activity.note)
            session.action_stop()
        self.assertFalse(session.activity_ids)
        with freeze_time(MONDAY + 9 * HOUR):
            self.run_cron(CRON)
        self.assertFalse(session.activity_ids)

    # ----- Closing -----

    def test_what_nobody_closed(self):
        with freeze_time(MONDAY):
            session = self.create_session(
                [(MONDAY - HOUR, 60)], customer=self.customer_managed, done=False
            )
            self.assertLoose(session, None)
        with freeze_time(MONDAY + 24 * HOUR):
            self.assertLoose(session, "unclosed", "Choose the work type")
            session.work_type_id = self.env["service.work.type"].search([], limit=1)
            self.assertLoose(session, "unclosed", "not closed: nothing is billed yet")
            contract = self.create_contract(
                customer=self.customer_managed, product=self.product_managed
            )
            session.contract_id = False
            self.assertLoose(session, "unclosed", contract.name)
            session.is_off_contract = True
            session.action_done()
            self.assertLoose(session, None)

    def test_research_that_nobody_closed(self):
        """Midnight is that of the reader: 23:30 in Paris is the day before."""
        asked = datetime(2026, 3, 2, 22, 30)
        session = self.create_request(requested_at=asked, research_seconds=600)
        with freeze_time(asked):
            self.assertLoose(session, None)
        with freeze_time(asked + HOUR):
            self.assertLoose(session, "unclosed", "Choose the work type")
        session.research_seconds = 0
        with freeze_time(asked + HOUR):
            self.assertLoose(session, None)

    # ----- Charges that wait -----

    def test_what_the_charges_wait_for(self):
        self.level.contest_days = 5
        session = self.create_session([(MONDAY, 60)])
        self.assertLoose(session, "unsent", "waits for its report")
        session.report = "<p>Done</p>"
        self.assertLoose(session, "unsent", "is not sent")
        cases = [
            ({"sheet_state": "sent", "sheet_contest_until": "2026-03-07"}, None, ""),
            ({"sheet_failure": "No such address"}, "undelivered", "No such address"),
            ({"approval_state": "waiting"}, "approval", "until a manager approves"),
            ({"sheet_state": "contested"}, "contested", "contests the sheet"),
            ({"sheet_state": "settled", "approval_state": "none"}, None, ""),
        ]
        for vals, kind, sentence in cases:
            session.sudo().write(vals)
            session._sync_holds()
            with self.subTest(vals=vals):
                self.assertLoose(session, kind, sentence)

    # ----- The list -----

    def test_list_opens_with_ones_own(self):
        Session = self.env["service.session"]
        action = Session.with_user(self.user_technician).action_open_loose_ends()
        self.assertEqual(action["context"], {"search_default_mine": 1})
        action = Session.with_user(self.user_manager).action_open_loose_ends()
        self.assertNotIn("search_default_mine", action["context"])
        row = self.create_request().action_open_session()
        self.assertEqual(row["view_mode"], "form")

    def test_other_companies_stay_out(self):
        sister = self.setup_other_company(name="Sister")["company"]
        with freeze_time(MONDAY):
            session = self.start()
        self.assertEqual(session.company_id, self.company)
        outsider = self.user_manager.copy({"login": "outsider"})
        outsider.write({"company_ids": [Command.set(sister.ids)], "company_id": sister.id})
        with freeze_time(MONDAY + 9 * HOUR):
            self.assertFalse(self.search_kind("timer", session, outsider))

    def test_queries_do_not_grow_with_the_loose_ends(self):
        with freeze_time(MONDAY):
            sessions = self.env["service.session"].union(*(self.start() for _number in range(1)))
        sessions |= self.env["service.session"].union(
            *(
                self.create_session([(MONDAY - number * HOUR, 60)], done=False)
                for number in range(1, 12)
            )
        )
        sessions.work_type_id = self.env["service.work.type"].search([], limit=1)
        with freeze_time(MONDAY + 25 * HOUR):
            counts = [
                self.count_queries(lambda some=some: some.mapped("loose_end_note"))
                for some in (sessions[:3], sessions[:3], sessions)
            ]
        self.assertLessEqual(counts[2], counts[1])
