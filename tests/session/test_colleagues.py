from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import Form, new_test_user, tagged

from ..common import ServiceContractCommon

NOON = datetime(2026, 3, 2, 11)
COST = -40 * 1800 / 3600


@tagged("post_install", "-at_install")
class TestColleagues(ServiceContractCommon):
    """What technicians see of each other's connections: times, and never what an hour costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.user_colleague = new_test_user(
            cls.env,
            login="service_colleague",
            groups="service_contract.service_contract_group_user,base.group_allow_export",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tz="Europe/Paris",
        )
        cls.colleague = cls.env["hr.employee"].create(
            {
                "name": "Colleague",
                "user_id": cls.user_colleague.id,
                "company_id": cls.company.id,
                "hourly_cost": 90,
            }
        )
        cls.session = cls.create_session([(NOON, 1800, "PC")], done=False)
        cls.line = cls.session.sudo().line_ids

    def as_colleague(self, record):
        self.env.invalidate_all()
        return record.with_user(self.user_colleague)

    def add_own(self, seconds=1800, start=NOON + timedelta(seconds=1800)):
        """Let the colleague work on the session as well."""
        return (
            self.env["account.analytic.line"]
            .with_user(self.user_colleague)
            .create(
                {
                    "service_session_id": self.session.id,
                    "service_start": start,
                    "service_seconds": seconds,
                    "service_workstation": "PC 2",
                }
            )
        )

    # ----- Cost -----

    def test_the_cost_of_a_colleague_is_read_by_no_way(self):
        own = self.add_own()
        self.assertAlmostEqual(self.line.amount, COST, 2)
        lines = self.as_colleague(self.env["account.analytic.line"])
        with self.assertRaises(AccessError):
            self.as_colleague(self.line).read(["amount"])
        of_session = [("service_session_id", "=", self.session.id)]
        self.assertEqual(lines.search([*of_session, ("amount", "<", 0)]), own)
        self.assertEqual(lines._read_group(of_session, [], ["amount:sum"]), [(own.amount,)])
        groups = lines.formatted_read_group(of_session, ["employee_id"], ["amount:sum"])
        self.assertEqual([group["amount:sum"] for group in groups], [own.amount])
        self.assertEqual(len(lines.search(of_session, order="amount")), 1)
        by_session = lines.search([("service_session_id.line_ids.amount", "=", self.line.amount)])
        self.assertFalse(by_session)

    def test_the_cost_of_a_colleague_is_found_by_no_domain_of_sessions(self):
        sessions = self.as_colleague(self.env["service.session"])
        for path in ("line_ids.amount", "charge_ids.session_id.line_ids.amount"):
            with self.subTest(path):
                self.assertFalse(sessions.search([(path, "<", 0), ("id", "=", self.session.id)]))
        for path in ("connection_ids.amount", "colleague_connection_ids.amount"):
            with self.subTest(path), self.assertRaises(ValueError):
                sessions.search([(path, "<", 0)])
        equipment = self.as_colleague(self.env["service.contract"])
        self.assertFalse(equipment.search([("session_ids.line_ids.amount", "<", 0)]))

    def test_the_cost_of_a_colleague_is_not_exported(self):
        """Not even where the same export makes the program read all lines before."""
        own = self.add_own()
        session = self.as_colleague(self.session)
        paths = ["overlap_warning", "price_explanation", "line_ids/amount"]
        rows = session.export_data(paths)["datas"]
        self.assertEqual([row[2] for row in rows], [own.amount])
        session.sudo().line_ids.mapped("amount")
        self.assertEqual(session.line_ids, own)
        with self.assertRaises(ValueError):
            session.export_data(["connection_ids/amount"])

    def test_what_is_shown_of_connections_has_no_cost(self):
        names = self.env["service.session.connection"]._fields
        self.assertFalse([name for name in names if "amount" in name or "cost" in name])

    # ----- Times -----

    def test_the_form_shows_the_times_of_colleagues(self):
        own = self.add_own()
        session = self.as_colleague(self.session)
        form = Form(session)
        self.assertEqual(len(form.line_ids), 1)
        spec = {
            "line_ids": {"fields": {"service_seconds": {}}},
            "colleague_connection_ids": {
                "fields": {"employee_id": {"fields": {"display_name": {}}}, "service_seconds": {}}
            },
        }
        [values] = session.web_read(spec)
        self.assertEqual([row["id"] for row in values["line_ids"]], own.ids)
        [row] = values["colleague_connection_ids"]
        self.assertEqual((row["id"], row["service_seconds"]), (self.line.id, 1800))
        self.assertEqual(row["employee_id"]["display_name"], "Technician")
        managed = self.session.with_user(self.user_manager)
        self.assertEqual(len(managed.line_ids), 2)
        self.assertFalse(managed.colleague_connection_ids)

    def test_all_connections_are_listed_and_searched(self):
        rows = self.as_colleague(self.env["service.session.connection"])
        [row] = rows.search_read([("service_session_id", "=", self.session.id)])
        self.assertEqual((row["service_workstation"], row["service_seconds"]), ("PC", 1800))
        sessions = self.as_colleague(self.env["service.session"])
        found = sessions.search([("connection_ids.service_workstation", "=", "PC")])
        self.assertIn(self.session, found)
        with self.assertRaises(AccessError):
            rows.browse(self.line.id).write({"service_seconds": 1})

    def test_another_company_sees_no_connection(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="service_stranger",
            groups="service_contract.service_contract_group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        rows = self.env["service.session.connection"].with_user(stranger)
        self.assertFalse(rows.search([("id", "=", self.line.id)]))
        for user in (self.user_portal, self.user_sales):
            with self.subTest(user.login), self.assertRaises(AccessError):
                rows.with_user(user).search([])

    # ----- What counts all of them -----

    def test_all_time_is_priced_whoever_closes(self):
        """30 minutes of each: two blocks, though each technician sees one connection."""
        own = self.add_own()
        session = self.as_colleague(self.session)
        self.assertEqual(session.line_ids, own)
        self.assertIn("60.00", session.price_explanation)
        session.action_done()
        self.assertEqual(session.connected_seconds, 3600)
        self.assertEqual(session.amount_untaxed, 60.0)
        self.assertEqual(session.line_ids, own)
        self.assertEqual(len(session._get_sheet_connections()), 2)

    def test_what_is_typed_in_the_form_counts_with_the_rest(self):
        own = self.add_own()
        with Form(self.as_colleague(self.session)) as form:
            with form.line_ids.edit(0) as line:
                line.service_stop = own.service_start + timedelta(seconds=600)
            self.assertEqual(form.connected_seconds, 2400)
        self.assertEqual(self.session.connected_seconds, 2400)
        self.assertEqual(len(self.session.sudo().line_ids), 2)

    def test_the_next_workstation_is_named_after_all(self):
        self.line.service_workstation = "Workstation 1"
        session = self.as_colleague(self.session)
        session.action_start_workstation()
        self.assertEqual(session.line_ids.service_workstation, "Workstation 2")

    def test_a_discarded_timer_leaves_the_colleagues_session(self):
        with freeze_time("2026-03-02 13:00:00"):
            session = self.as_colleague(self.session)
            session.requested_at = "2026-03-02 13:00:00"
            session.action_start()
            session._discard_timers()
        self.assertEqual(session.state, "draft")
        self.assertEqual(self.line.exists(), self.line)

    def test_a_forgotten_timer_of_a_colleague_is_a_loose_end(self):
        self.company.service_forgotten_hours = 10
        with freeze_time("2026-03-03 08:00:00"):
            running = self.create_session([], done=False)
            running.action_start()
        with freeze_time("2026-03-04 08:00:00"):
            sessions = self.as_colleague(self.env["service.session"])
            found = sessions.search(Domain("loose_end", "=", "timer"))
            self.assertEqual(found, running)
            self.assertIn("Technician", found.loose_end_note)

    def test_a_session_with_a_colleagues_time_is_kept(self):
        with self.assertRaisesRegex(UserError, "is kept"), self.cr.savepoint():
            self.session.with_user(self.user_manager).unlink()
        self.assertTrue(self.as_colleague(self.session)._is_used())
