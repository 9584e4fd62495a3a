from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ScopeCommon


@tagged("post_install", "-at_install")
class TestClosing(ScopeCommon):
    """Closing says all that is missing at once, and one bad session of a list hinders no other."""

    later = [("2026-03-03 11:00:00", 60, "PC")]

    def setUp(self):
        super().setUp()
        self.nothing = self.env["service.work.type"]

    def test_all_that_is_missing_is_said_at_once(self):
        """S17, S19: the work type and what was worked on."""
        self.level_unlimited.is_limited_to_covered = True
        self.env["service.equipment"].create({"name": "SRV", "partner_id": self.customer.id})
        session = self.record(self.nothing)
        with self.assertRaises(UserError) as refusal:
            session.action_done()
        for words in ("choose a work type", "choose what was worked on"):
            self.assertIn(words, str(refusal.exception))
            self.assertIn(words, session.scope_warning)

    def test_what_each_room_asks_is_said_together(self):
        """S19, S31: the reason to bill, and a complaint that does not count."""
        first = self.close(self.remote)
        session = self.record(self.business, connections=self.later, rework_of_id=first.id)
        with self.assertRaises(UserError) as refusal:
            session.action_done()
        self.assertRegex(str(refusal.exception), "only with a reason[^\n]*\n.*gives no warranty")

    def test_a_list_is_closed_but_for_what_lacks_something(self):
        good, bad, closed = self.record(self.remote), self.record(self.nothing), None
        closed = self.close(self.remote, connections=self.later)
        action = (bad + good + closed).action_done()
        self.assertEqual((good.state, bad.state, closed.state), ("done", "draft", "done"))
        self.assertEqual(good.billing_state, "included")
        self.assertFalse(bad.charge_ids)
        params = action["params"]
        self.assertEqual((params["type"], params["sticky"]), ("warning", True))
        self.assertEqual(params["title"], "Closed: 1, still open: 1")
        self.assertIn(f"{bad.name}: choose a work type", params["message"])
        bad.work_type_id = self.remote
        last = self.record(self.remote, connections=[("2026-03-04 11:00:00", 60, "PC")])
        self.assertEqual((bad + last).action_done()["params"]["message"], "Closed: 2.")

    def test_many_refusals_are_counted(self):
        sessions = self.env["service.session"]
        for day in range(10, 17):
            connections = [(f"2026-03-{day} 11:00:00", 60, "PC")]
            sessions |= self.record(self.nothing, connections=connections)
        lines = sessions.with_user(self.user_technician).action_done()["params"]["message"]
        self.assertEqual(len(lines.split("\n")), 6)
        self.assertTrue(lines.endswith("2 more."))
        self.assertEqual(set(sessions.mapped("state")), {"draft"})

    def test_one_session_is_still_refused(self):
        with self.assertRaisesRegex(UserError, "choose a work type"):
            self.record(self.nothing).action_done()
