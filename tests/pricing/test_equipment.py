from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import HALF_HOUR, NOON, EquipmentCommon


@tagged("post_install", "-at_install")
class TestPerimeter(EquipmentCommon):
    def test_s17_equipment_of_others_is_out_of_the_perimeter(self):
        """Sold by us or by a listed partner, within its dates, for this contract or all."""
        self.level_unlimited.is_limited_to_covered = True
        other = self.create_contract(product=self.product_fibre, activate=False)
        cases = [
            ({}, 0),
            ({"origin": "partner"}, 0),
            ({"origin": "other"}, 30),
            ({"origin": "other", "is_covered": True}, 0),
            ({"is_covered": False}, 30),
            ({"date_end": "2026-03-01"}, 30),
            ({"date_end": "2026-03-02"}, 0),
            ({"date_start": "2026-03-03"}, 30),
            ({"contract_id": self.contract.id}, 0),
            ({"contract_id": other.id}, 30),
        ]
        for number, (vals, amount) in enumerate(cases):
            with self.subTest(**vals):
                item = self.create_equipment(f"PC {number}", **vals)
                session = self.close_on(item, connections=[(NOON, HALF_HOUR, item.name)])
                self.assertEqual(session.amount_untaxed, amount)
                words = f"PC {number} is not on the list of covered equipment"
                self.assertEqual(words in session.price_explanation, bool(amount))

    def test_s21_another_level_covers_any_equipment(self):
        self.assertEqual(self.close_on(self.private).billing_state, "included")

    def test_s17_one_outside_bills_the_session(self):
        self.level_unlimited.is_limited_to_covered = True
        session = self.close_on(self.reception | self.private)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertIn("PRIVATE is not on the list", session.price_explanation)

    def test_s17_the_equipment_is_asked_for(self):
        self.level_unlimited.is_limited_to_covered = True
        session = self.record(self.remote)
        self.assertIn("choose what was worked on", session.scope_warning)
        with self.assertRaisesRegex(UserError, "choose what was worked on"):
            session.action_done()
        session.line_ids.service_equipment_id = self.reception
        session.action_done()
        self.assertEqual(session.billing_state, "included")

    def test_s17_not_where_the_customer_has_no_list(self):
        self.level_unlimited.is_limited_to_covered = True
        self.env["service.equipment"].search([]).active = False
        self.assertEqual(self.close(self.remote).billing_state, "included")

    def test_s10_s18_hardware_is_billed_unless_under_warranty(self):
        cases = [
            (False, 30.0, "RECEPTION is not under warranty"),
            ("2026-03-01", 30.0, "RECEPTION is not under warranty"),
            ("2026-03-02", 0.0, "RECEPTION is under warranty"),
        ]
        for number, (day, amount, words) in enumerate(cases):
            with self.subTest(day=day):
                self.reception.warranty_end = day
                connections = [(NOON, HALF_HOUR, f"PC {number}")]
                session = self.close_on(self.reception, self.hardware, connections=connections)
                self.assertEqual(session.amount_untaxed, amount)
                self.assertIn(words, session.price_explanation)

    def test_s18_hardware_that_nobody_named_is_billed(self):
        session = self.close(self.hardware)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertIn("no equipment under warranty was named", session.price_explanation)

    def test_other_equipment_prices_a_closed_session_anew(self):
        self.level_unlimited.is_limited_to_covered = True
        session = self.close_on(self.reception)
        with self.assertRaisesRegex(AccessError, "reopen it to change Equipment"):
            session.equipment_ids = self.private
        session.with_user(self.user_manager).equipment_ids = self.private
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_other_equipment_of_a_connection_prices_a_closed_session_anew(self):
        self.level_unlimited.is_limited_to_covered = True
        session = self.record(self.remote)
        session.line_ids.service_equipment_id = self.reception
        session.action_done()
        added = {
            **self.prepare_connection("2026-03-02 18:00:00", 60),
            "service_session_id": session.id,
            "service_equipment_id": self.private.id,
        }
        for change in (
            lambda: session.line_ids.write({"service_equipment_id": self.private.id}),
            lambda: session.line_ids.create(added),
        ):
            words = "reopen it to change Equipment"
            with self.assertRaisesRegex(AccessError, words), self.env.cr.savepoint():
                change()
        line = session.line_ids.with_user(self.user_manager)
        line.write({"service_equipment_id": self.private.id, "service_workstation": "RECEPTION"})
        self.assertEqual(session.amount_untaxed, 30.0)
        with self.assertRaisesRegex(UserError, "choose what was worked on"):
            line.service_equipment_id = False

    def close_on_line(self, equipment, work_type):
        """Close a session of one connection to a piece of equipment."""
        session = self.record(work_type)
        session.line_ids.service_equipment_id = equipment
        session.action_done()
        return session

    def test_no_way_around_the_guard_of_closed_sessions(self):
        closed = self.close_on_line(self.reception, self.remote)
        other = self.record(self.remote, connections=[("2026-03-02 18:00:00", 60, "PC")])
        other.line_ids.service_equipment_id = self.private
        line = other.line_ids
        complete = {
            **self.prepare_connection("2026-03-02 19:00:00", 60),
            **closed._prepare_timesheet_vals(closed.start, 60),
            "service_stop": "2026-03-02 19:01:00",
            "service_equipment_id": self.private.id,
        }
        with self.assertRaisesRegex(AccessError, "reopen it to change Equipment"):
            with self.env.cr.savepoint():
                line.with_context(default_service_session_id=closed.id).create(complete)
        for user in (self.user_technician, self.user_manager):
            moved = line.with_user(user)
            with self.assertRaisesRegex(AccessError, "given once"), self.env.cr.savepoint():
                moved.write({"service_session_id": closed.id})
        line.sudo().write({"service_session_id": closed.id})
        self.assertEqual(closed._get_equipment(), self.reception | self.private)

    def test_equipment_added_to_a_closed_session_is_checked_as_at_its_closing(self):
        self.level_unlimited.is_limited_to_covered = True
        repair = self.create_work_type("Repair", "included", is_reason_required=True)
        closed = self.close_on_line(self.reception, repair)
        added = {
            **self.prepare_connection("2026-03-02 18:00:00", 60),
            "service_session_id": closed.id,
            "service_equipment_id": self.private.id,
        }
        with self.assertRaisesRegex(UserError, "billed only with a reason"):
            closed.line_ids.with_user(self.user_manager).create(added)

    def test_other_equipment_needs_another_approval(self):
        self.level_unlimited.is_limited_to_covered = True
        repair = self.create_work_type("Repair", "included", is_approval_required=True)
        closed = self.close_on_line(self.private, repair).with_user(self.user_manager)
        closed.action_refuse()
        self.assertEqual(closed.amount_untaxed, 0)
        closed.line_ids.service_equipment_id = self.create_equipment("SCANNER", origin="other")
        self.assertEqual((closed.approval_state, closed.amount_untaxed), ("approved", 30.0))

    def test_the_list_changes_no_closed_session(self):
        self.level_unlimited.is_limited_to_covered = True
        session = self.close_on(self.reception)
        self.reception.is_covered = False
        self.assertEqual(session.billing_state, "included")


@tagged("post_install", "-at_install")
class TestEquipment(EquipmentCommon):
    def test_the_workstation_bears_the_name_of_its_equipment(self):
        session = self.create_session([(NOON, 60, "PC")], done=False)
        session.line_ids.service_equipment_id = self.reception
        self.assertEqual(session.line_ids.service_workstation, "RECEPTION")
        session.line_ids = [
            Command.create(
                {
                    "service_start": "2026-03-02 13:00:00",
                    "service_seconds": 60,
                    "service_equipment_id": self.private.id,
                }
            )
        ]
        self.assertEqual(
            set(session.line_ids.mapped("service_workstation")), {"RECEPTION", "PRIVATE"}
        )
        with Form(session) as form:
            with form.line_ids.new() as line:
                line.service_equipment_id = self.private
                self.assertEqual(line.service_workstation, "PRIVATE")
                line.service_start = "2026-03-02 15:00:00"
                line.service_stop = "2026-03-02 15:01:00"

    def test_a_contract_covers_what_its_own_customer_has(self):
        other = self.create_contract(self.create_customer("Somebody Else"))
        with self.assertRaisesRegex(ValidationError, "not of the customer of contract"):
            self.reception.with_user(self.user_manager).contract_id = other

    def test_equipment_of_somebody_else_is_refused(self):
        foreign = self.create_equipment("PC", self.create_customer("Somebody Else"))
        session = self.create_session([(NOON, 60, "PC")], done=False)
        words = "belongs to Somebody Else, not to Customer A"
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            session.equipment_ids = foreign
        with self.assertRaisesRegex(ValidationError, words):
            session.line_ids.service_equipment_id = foreign

    def test_a_list_on_the_contract(self):
        with Form(self.contract.with_user(self.user_manager)) as form:
            with form.equipment_ids.new() as line:
                line.name = "X-RAY"
                line.origin = "other"
                self.assertFalse(line.is_covered)
                line.is_covered = True
        item = self.contract.equipment_ids
        self.assertEqual(item.partner_id, self.customer)
        self.assertEqual((item.name, item.is_covered), ("X-RAY", True))
        action = self.contract.action_open_equipment()
        listed = self.env["service.equipment"].search(action["domain"])
        self.assertEqual(listed, item | self.private | self.reception)

    def test_covered_as_sold(self):
        self.assertTrue(self.reception.is_covered)
        self.assertFalse(self.private.is_covered)
        self.assertTrue(self.reception._is_covered_by(self.contract, date(2026, 3, 2)))

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_nonsense(self):
        cases = [
            {"name": "RECEPTION"},
            {"name": "DATES", "date_start": "2026-03-02", "date_end": "2026-03-01"},
        ]
        for vals in cases:
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.create_equipment(**vals)
        self.reception.active = False
        self.env.flush_all()
        self.create_equipment("RECEPTION")

    def test_used_equipment_is_archived(self):
        self.close_on(self.reception)
        session = self.create_session([(NOON, 60, "PC")], done=False)
        session.line_ids.service_equipment_id = self.private
        for item in (self.reception, self.private):
            with self.assertRaisesRegex(UserError, "Archive it instead"), self.env.cr.savepoint():
                item.with_user(self.user_manager).unlink()

    def test_found_by_its_remote_tool(self):
        self.reception.remote_tool_id = "123 456 789"
        found = self.env["service.equipment"].with_user(self.user_technician).name_search("456")
        self.assertEqual([item[0] for item in found], self.reception.ids)

    def test_counted_on_the_customer(self):
        customer = self.customer.with_user(self.user_technician)
        self.assertEqual(customer.service_equipment_count, 2)
        domain = customer.action_open_service_equipment()["domain"]
        self.assertEqual(
            self.env["service.equipment"].search(domain), self.private | self.reception
        )

    def test_who_may_do_what(self):
        for user in (self.user_sales, self.user_accountant):
            self.assertTrue(self.reception.with_user(user).read(["name"]))
            with self.assertRaises(AccessError):
                self.create_equipment("NEW", user=user)
        with self.assertRaises(AccessError):
            self.reception.with_user(self.user_technician).unlink()

    def test_s17_technicians_do_not_widen_the_perimeter(self):
        """What a technician finds is recorded, but not covered before a manager says so."""
        found = self.create_equipment(
            "FOUND", user=self.user_technician, is_covered=True, warranty_end="2030-01-01"
        )
        self.assertFalse(found.is_covered)
        self.assertFalse(found.is_cover_decided)
        self.assertFalse(found.warranty_end)
        for vals in (
            {"is_covered": True},
            {"origin": "partner"},
            {"warranty_end": "2030-01-01"},
            {"is_cover_decided": True},
            {"date_end": "2030-01-01"},
        ):
            with self.subTest(vals), self.assertRaisesRegex(AccessError, "Only a manager"):
                found.with_user(self.user_technician).write(vals)
        found.with_user(self.user_technician).write({"note": "Under the stairs"})
        other = self.create_customer("Other")
        found.with_user(self.user_technician).partner_id = other
        found.with_user(self.user_manager).is_covered = False
        self.assertTrue(found.is_cover_decided)
        found.with_user(self.user_manager).is_covered = True
        self.assertTrue(found.is_covered)
        with self.assertRaisesRegex(AccessError, "Only a manager.*Customer"):
            found.with_user(self.user_technician).partner_id = self.customer
        found.with_user(self.user_technician).write({"partner_id": other.id, "note": "Moved"})
