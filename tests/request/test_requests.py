from ast import literal_eval
from datetime import datetime, timedelta

from freezegun import freeze_time
from lxml import html
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MONDAY, RequestCommon


@tagged("post_install", "-at_install")
@freeze_time(MONDAY)
class TestRequests(RequestCommon):
    """The queue: who waits, how urgently, who takes it."""

    def test_priority_is_that_of_the_level_and_can_be_raised(self):
        """S14: unplanned work of level 3 goes first, whatever anybody types."""
        cases = [
            (self.customer_managed, None, "2"),
            (self.customer, None, "0"),
            (self.customer, "1", "1"),
            (self.customer_managed, "1", ValidationError),
        ]
        for customer, typed, expected in cases:
            session = self.create_request(customer)
            with self.subTest(customer=customer.name, typed=typed):
                if expected is ValidationError:
                    with self.assertRaisesRegex(ValidationError, "raised but not lowered"):
                        session.priority = typed
                    continue
                if typed:
                    session.priority = typed
                self.assertEqual(session.priority, expected)

    def test_a_new_request_is_called_a_request(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_request_action"
        )
        sessions = self.env["service.session"].with_user(self.user_technician)
        self.assertEqual(sessions.new({}).display_name, "New Session")
        asked = sessions.with_context(**literal_eval(action["context"]))
        self.assertEqual(asked.new({}).display_name, "New Request")
        request = self.create_request(self.customer)
        self.assertEqual(request.with_context(service_new_request=True).display_name, request.name)

    def test_raised_priority_survives_another_level(self):
        session = self.create_request(self.customer)
        session.priority = "1"
        session.contract_id = self.create_contract()
        self.assertEqual(session.level_id, self.level_unlimited)
        self.assertEqual(session.priority, "1")
        self.level_unlimited.priority = "2"
        self.assertEqual(session.priority, "2")
        self.level_unlimited.priority = "0"
        self.assertEqual(session.priority, "1")

    def test_urgency(self):
        """S16: overdue, today and later by the reader's midnight, none, answered."""
        cases = [
            (MONDAY - timedelta(hours=2, seconds=1), "overdue"),
            (MONDAY - timedelta(hours=2), "today"),
            (datetime(2026, 3, 2, 20, 59, 59), "today"),
            (datetime(2026, 3, 2, 21), "later"),
            (False, "none"),
        ]
        Session = self.env["service.session"].with_user(self.user_technician)
        sessions = Session
        for requested_at, expected in cases:
            session = self.create_request(requested_at=requested_at)
            sessions += session
            with self.subTest(requested_at=requested_at):
                self.assertEqual(session.urgency, expected)
                self.assertEqual(session.is_overdue, expected == "overdue")
                found = Session.search([("urgency", "=", expected), ("id", "in", sessions.ids)])
                self.assertIn(session, found)
                others = Session.search([("urgency", "!=", expected), ("id", "in", sessions.ids)])
                self.assertNotIn(session, others)
        overdue = Session.search([("is_overdue", "=", True), ("id", "in", sessions.ids)])
        self.assertEqual(overdue, sessions[0])
        self.assertEqual(
            Session.search([("is_overdue", "=", False), ("id", "in", sessions.ids)]).sorted("id"),
            sessions[1:],
        )

    def test_columns_agree_with_the_searches(self):
        requested = [MONDAY - timedelta(hours=3), MONDAY, MONDAY + timedelta(days=3), False]
        sessions = self.env["service.session"].union(
            *(self.create_request(requested_at=instant) for instant in requested)
        )
        answered = self.create_request()
        answered.action_answered()
        cancelled = self.create_request()
        cancelled.action_cancel()
        sessions |= answered | cancelled | self.create_unknown()
        Session = self.env["service.session"].with_user(self.user_technician)
        domain = [("id", "in", sessions.ids)]
        groups = dict(Session._read_group(domain, ["urgency"], ["id:recordset"]))
        filled = Session.with_context(read_group_expand=True)
        columns = filled.web_read_group([("id", "=", 0)], ["urgency"], [])["groups"]
        self.assertEqual(
            [column["urgency"] for column in columns],
            ["overdue", "unclear", "today", "later", "none", "answered"],
        )
        for urgency, found in groups.items():
            with self.subTest(urgency=urgency):
                self.assertEqual(found, Session.search([*domain, ("urgency", "=", urgency)]))
                self.assertEqual(set(found.mapped("urgency")), {urgency})
        self.assertEqual(groups[False], cancelled)

    def test_nothing_is_promised_before_the_contract_is_chosen(self):
        """Not the 24 hours of the level without contract, which none of the contracts gives."""
        self.level.response_minutes = 24 * 60
        self.assertTrue(self.create_request(self.customer).due_at)
        self.create_contract(customer=self.customer_managed, product=self.product_managed)
        unknown = self.create_unknown()
        session = self.create_request()
        self.assertIn("several contracts", session.contract_warning)
        for request in (unknown, session):
            self.assertFalse(request.due_at or request.first_due_at or request.is_overdue)
            self.assertEqual(request.urgency, "unclear")
            self.assertIn(request, request.search([("urgency", "=", "unclear")]))
        session.contract_id = self.contract_managed
        self.assertEqual(session.due_at, MONDAY + timedelta(hours=2))
        self.assertEqual(session.first_due_at, session.due_at)
        session.contract_id = False
        self.assertFalse(session.due_at)
        session.is_off_contract = True
        self.assertEqual(session.due_at, MONDAY + timedelta(hours=24))
        unknown.partner_id = self.customer
        self.assertEqual(unknown.due_at, MONDAY + timedelta(hours=24))

    def test_nothing_is_promised_by_a_contract_that_is_over(self):
        contract = self.create_contract(self.customer, self.product_managed)
        session = self.create_request(self.customer)
        self.assertTrue(session.due_at)
        over = self.create_contract(self.customer, self.product_managed)
        over._set_ended(self.day("2026-02-28"))
        self.env.flush_all()
        with freeze_time(MONDAY):
            session.contract_id = over
        self.assertIn("not in force", session.contract_warning)
        self.assertFalse(session.due_at)
        session.contract_id = contract
        self.assertTrue(session.due_at)

    def test_the_most_urgent_stands_first(self):
        """S14: level 3 first, then the earlier due time, then those without a commitment."""
        plain = self.create_request(self.customer, MONDAY - timedelta(days=9))
        late = self.create_request()
        early = self.create_request(requested_at=MONDAY - timedelta(hours=1))
        order = self.env.ref("service_contract.service_request_view_kanban").arch
        self.assertIn("priority desc, due_at, requested_at", order)
        found = self.env["service.session"].search(
            [("id", "in", (plain + late + early).ids)],
            order="priority desc, due_at, requested_at",
        )
        self.assertEqual(found, early + late + plain)

    def test_unassigned_stand_on_top_of_the_list(self):
        assigned = self.create_request(user_id=self.colleague.id)
        plain = self.create_request(self.customer)
        order = html.fromstring(
            self.env.ref("service_contract.service_request_view_list").arch
        ).get("default_order")
        found = self.env["service.session"].search(
            [("id", "in", (plain + assigned).ids)], order=order
        )
        self.assertEqual(found, plain + assigned)

    def test_queue_shows_requests_only(self):
        request = self.create_request()
        worked = self.create_session([(MONDAY - timedelta(hours=5), 60)], done=False)
        domain = self.env.ref("service_contract.service_request_action").sudo().domain
        found = self.env["service.session"].search(literal_eval(domain))
        self.assertIn(request, found)
        self.assertNotIn(worked, found)

    def test_assignment_notifies(self):
        session = self.create_request().with_context(tracking_disable=False)
        session.user_id = self.colleague
        self.assertIn(self.colleague.partner_id, session.message_partner_ids)
        message = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", session._name),
                    ("res_id", "=", session.id),
                    ("message_type", "=", "user_notification"),
                ]
            )
        )
        self.assertIn(self.colleague.partner_id, message.partner_ids)

    def test_assign_several_to_me(self):
        sessions = self.create_request() | self.create_request(self.customer)
        sessions.action_assign_to_me()
        self.assertEqual(sessions.user_id, self.user_technician)

    # ----- Without a customer -----

    def test_who_starts_a_request_of_nobody_takes_it_on(self):
        request = self.create_request()
        assigned = self.create_request(self.create_customer("Other"), user_id=self.colleague.id)
        for session in (request, assigned):
            session.with_user(self.user_technician).action_start_workstation()
        self.assertEqual(request.user_id, self.user_technician)
        self.assertEqual(assigned.user_id, self.colleague)

    def test_nobody_works_for_nobody(self):
        session = self.create_unknown()
        self.assertFalse(session.contract_id or session.contract_warning)
        for work in (session.action_start, session.action_done):
            with self.assertRaisesRegex(UserError, "choose the customer first.*stranger@"):
                work()
        with self.assertRaisesRegex(UserError, "choose the customer first"):
            session.line_ids = [
                Command.create(self.prepare_connection(MONDAY - timedelta(hours=1), 60))
            ]
        session.partner_id = self.customer_managed
        self.assertEqual(session.contract_id, self.contract_managed)
        self.assertEqual(session.due_at, MONDAY + timedelta(hours=2))
        session.action_start()
        self.assertEqual(session.state, "running")
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            session.partner_id = False
            self.env.flush_all()

    def test_what_nobody_owns_can_be_cancelled(self):
        session = self.create_unknown()
        session.action_cancel()
        self.assertEqual(session.state, "cancelled")

    def test_form_of_an_unknown_sender(self):
        with Form(self.create_unknown()) as form:
            self.assertFalse(form.partner_id)
            form.user_id = self.user_technician
        with self.assertRaisesRegex(AssertionError, "partner_id is a required field"):
            Form(self.env["service.session"].with_user(self.user_technician)).save()

    # ----- Mended -----

    def test_past_start_without_end_is_asked_for(self):
        session = self.create_request()
        for ago, is_refused in ((timedelta(minutes=11), True), (timedelta(minutes=9), False)):
            vals = {"service_session_id": session.id, "service_start": MONDAY - ago}
            Line = self.env["account.analytic.line"].with_user(self.user_technician)
            if is_refused:
                with self.assertRaisesRegex(ValidationError, "needs its end.*press Start"):
                    Line.create(vals)
            else:
                Line.create(vals)
        self.assertEqual(session.state, "running")

    def test_parallel_connections_by_one_query(self):
        other = self.create_session([(MONDAY - timedelta(hours=2), 1800)], done=False)
        sessions = self.env["service.session"]
        for number in range(4):
            start = MONDAY - timedelta(hours=2, minutes=-number)
            sessions |= self.create_session(
                [(start, 60, str(number))], customer=self.customer_managed, done=False
            )
        for session in sessions:
            self.assertIn(other.name, session.overlap_warning)
        counts = []
        for some in (sessions[:1], sessions):
            lines = some.line_ids
            counts.append(
                self.count_queries(
                    lines._get_service_parallel_lines,
                    warm_up=lambda lines=lines: (
                        lines.mapped("service_partner_id"),
                        lines._get_service_parallel_lines(),
                    ),
                )
            )
        self.assertEqual(counts[0], counts[1])
