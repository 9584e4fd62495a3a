from datetime import datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..common import ServiceContractCommon

NOON = datetime(2026, 3, 2, 11)
FOLLOWED = {
    "name": "OTHER",
    "start": "2020-01-01 00:00:00",
    "stop": "2030-01-01 00:00:00",
    "date": "2020-01-01",
    "connected_seconds": 1,
    "connected_hours": 1.0,
    "billed_hours": 0.5,
    "covered_hours": 9.0,
    "is_assigned": False,
    "is_answered_late": True,
    "is_contract_open": True,
    "first_due_at": "2020-01-01 00:00:00",
    "raised_priority": "3",
}


@tagged("post_install", "-at_install")
class TestSessionLocks(ServiceContractCommon):
    """What follows from the work is written by nobody, and connections stay where they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.session = cls.create_session([(NOON, 1800, "PC")], done=False)

    def test_what_follows_is_not_written(self):
        for user in (self.user_technician, self.user_manager):
            for name, value in FOLLOWED.items():
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    self.session.with_user(user).write({name: value})

    def test_relations_that_follow_are_not_written(self):
        other = self.create_customer("Other")
        for vals in (
            {"commercial_partner_id": other.id},
            {"currency_id": self.env.ref("base.USD").id},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                self.session.write(vals)

    def test_a_connection_moves_to_no_other_session(self):
        other = self.create_session([], done=False)
        for user in (self.user_technician, self.user_manager):
            line = self.session.sudo().line_ids.with_user(user)
            with self.subTest(user.login):
                for vals in ({"service_session_id": other.id}, {"service_session_id": False}):
                    with self.assertRaises(AccessError):
                        line.write(vals)
                with self.assertRaises(AccessError):
                    other.with_user(user).write({"line_ids": [(4, line.id)]})
                with self.assertRaises(AccessError):
                    line.write({"service_tz": "Asia/Tokyo"})
                with self.assertRaises(AccessError):
                    line.write({"service_import_key": "x"})
        self.assertEqual(self.session.line_ids.service_session_id, self.session)

    def test_who_ticked_a_point_is_not_written(self):
        check = self.env["service.session.check"].with_user(self.user_technician)
        check = check.create(
            {"session_id": self.session.id, "name": "Backup", "user_id": self.user_manager.id}
        )
        self.assertFalse(check.user_id)
        check.state = "done"
        self.assertEqual(check.user_id, self.user_technician)
        for vals in ({"user_id": self.user_manager.id}, {"checked_at": "2020-01-01 00:00:00"}):
            for more in ({}, {"state": "problem"}):
                with self.subTest({**vals, **more}), self.assertRaises(AccessError):
                    check.write({**vals, **more})

    def test_the_priority_is_still_raised(self):
        self.session.priority = "2"
        self.assertEqual(self.session.raised_priority, "2")

    def test_what_is_closed_is_opened_again_first(self):
        """What is cancelled is so for managers, too: they correct what was done (S30)."""
        other = self.create_customer("Other")
        for state, users in (
            ("done", self.user_technician),
            ("cancelled", self.user_technician | self.user_manager),
        ):
            session = self.create_session([(NOON, 1800, state)], done=state == "done")
            if state == "cancelled":
                session.action_cancel()
            for user in users:
                for vals in (
                    {"partner_id": other.id},
                    {"contact_id": session.partner_id.id},
                    {"user_id": self.user_sales.id},
                    {"channel": "phone"},
                    {"planned_start": NOON},
                ):
                    with (
                        self.subTest(user=user.login, state=state, vals=vals),
                        self.assertRaisesRegex(AccessError, "reopen it"),
                    ):
                        session.with_user(user).write(vals)
            session.action_reopen()
            session.channel = "phone"

    def test_the_caller_is_one_of_the_customers_people(self):
        person = {"parent_id": self.customer.id, "is_company": False}
        caller = self.create_customer("Caller", **person)
        other = self.create_customer("Other")
        self.session.contact_id = caller
        for user in (self.user_technician, self.user_manager):
            for vals in ({"contact_id": user.partner_id.id}, {"partner_id": other.id}):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaisesRegex(ValidationError, "nobody of"):
                        self.session.with_user(user).write(vals)
        with Form(self.session.with_user(self.user_technician)) as form:
            form.partner_id = other
        self.assertFalse(self.session.contact_id)
