from datetime import timezone
from zoneinfo import ZoneInfo

from odoo.tests import tagged

from .test_desk_tour import DeskTourCommon


@tagged("post_install", "-at_install", "slow")
class TestControls(DeskTourCommon):
    """Each control of our own widgets is changed in a browser, and found in the database."""

    def test_controls_of_the_desk(self):
        waiting = self.create_session([], self.customer, done=False, request="Waiting")
        self.create_device(self.customer, "DESK-PC", "987 654 321")
        self.start_tour_at_desk("service_contract_controls_desk")
        session = self.contract.session_ids - waiting
        remote, on_site = (
            self.env.ref(f"service_contract.service_work_type_{name}")
            for name in ("remote", "on_site")
        )
        self.assertEqual(
            (session.state, session.channel, session.request), ("done", "phone", "Printer")
        )
        self.assertEqual((session.contact_id, session.work_type_id), (self.caller, on_site))
        self.assertNotEqual(session.work_type_id, remote)
        self.assertEqual(set(session.line_ids.mapped("service_workstation")), {"DESK-PC"})
        self.assertEqual(session.report, "<p>Paper put in</p>")
        self.assertEqual(waiting.state, "running")

    def test_duration(self):
        session = self.create_session([], self.customer, done=False)
        url = f"/odoo/action-service_contract.service_session_action/{session.id}"
        self.start_tour(
            url, "service_contract_controls_duration", login=self.user_technician.login, timeout=300
        )
        self.assertEqual(session.research_seconds, 3723)
        requested_at = session.requested_at.replace(tzinfo=timezone.utc)
        there = requested_at.astimezone(ZoneInfo("Europe/Paris"))
        self.assertEqual(session.date, there.date())

    def test_scope_cell(self):
        """S17–S20: the grid of work types and levels, by a manager."""
        level = self.create_level("Controls", "unlimited")
        url = f"/odoo/action-service_contract.service_level_action/{level.id}"
        self.start_tour(
            url, "service_contract_controls_scope", login=self.user_manager.login, timeout=300
        )
        (rule,) = level.scope_rule_ids
        self.assertEqual(
            (rule.work_type_id, rule.effect),
            (self.env.ref("service_contract.service_work_type_remote"), "billed"),
        )
