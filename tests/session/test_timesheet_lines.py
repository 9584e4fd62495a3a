from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon

NOON = datetime(2026, 3, 2, 11)


@tagged("post_install", "-at_install")
class TestTimesheetLines(ServiceContractCommon):
    """Connections are timesheet lines, locked once they are billed, seen by those who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.user_colleague = new_test_user(
            cls.env,
            login="service_colleague",
            groups="service_contract.service_contract_group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.colleague = cls.env["hr.employee"].create(
            {
                "name": "Colleague",
                "user_id": cls.user_colleague.id,
                "company_id": cls.company.id,
            }
        )

    def bill(self, session):
        return (
            self.env["account.move"]
            ._as_billing()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": session.partner_id.id,
                    "invoice_date": "2026-03-31",
                    "invoice_line_ids": [
                        Command.create(charge._prepare_invoice_line_vals())
                        for charge in session.sudo().charge_ids
                    ],
                }
            )
        )

    # ----- What a connection is -----

    def test_connection_is_a_timesheet_line(self):
        session = self.create_session([(NOON, 3905, "PC")], done=False, request="Printer\nand more")
        line = session.line_ids
        self.assertEqual(line.unit_amount, 3905 / 3600)
        self.assertEqual(line.service_seconds, 3905)
        self.assertEqual(line.project_id, self.company.service_project_id)
        self.assertEqual(line.timesheet_invoice_type, "billable_manual")
        self.assertEqual(line.name, "Printer")
        self.assertEqual(line.partner_id, self.customer)
        self.assertEqual(line.employee_id, self.employee)
        self.assertEqual(line.user_id, self.user_technician)
        self.assertEqual(line.service_tz, "Europe/Paris")
        self.assertFalse(line.task_id or line.so_line)
        self.assertAlmostEqual(line.sudo().amount, -40 * 3905 / 3600, 2)

    def test_duration_instead_of_stop(self):
        session = self.create_session([], done=False)
        vals = {"service_session_id": session.id, "service_start": NOON, "service_seconds": 95}
        line = self.env["account.analytic.line"].with_user(self.user_technician).create(vals)
        self.assertEqual(line.service_stop, NOON + timedelta(seconds=95))
        line.service_seconds = 3601
        self.assertEqual(line.service_stop, NOON + timedelta(seconds=3601))
        self.assertEqual(line.unit_amount, 3601 / 3600)
        line.service_stop = NOON + timedelta(seconds=10)
        self.assertEqual((line.service_seconds, line.unit_amount), (10, 10 / 3600))

    def test_duration_typed_in_the_form(self):
        session = self.create_session([], done=False)
        with Form(session) as form, form.line_ids.new() as line:
            line.service_start = NOON
            line.service_seconds = 61
            self.assertEqual(line.service_stop, NOON + timedelta(seconds=61))
            line.service_stop = NOON + timedelta(seconds=62)
            self.assertEqual(line.service_seconds, 62)
        self.assertEqual(session.line_ids.service_seconds, 62)

    def test_hours_follow_from_the_clock(self):
        session = self.create_session([(NOON, 60)], done=False)
        with self.assertRaisesRegex(ValidationError, "follows from its start and stop"):
            session.line_ids.unit_amount = 5
        self.assertTrue(session.line_ids.readonly_timesheet)

    def test_never_sold_by_an_order_line(self):
        order = self.create_quote(self.product_fee)
        order.action_confirm()
        session = self.create_session([(NOON, 60)], done=False)
        with self.assertRaisesRegex(ValidationError, "makes its own charges"):
            session.sudo().line_ids.so_line = order.order_line
        project = self.company.service_project_id.sudo()
        project.sale_line_id = order.order_line
        line = self.create_session([(NOON, 60)], done=False).line_ids
        self.assertFalse(line.so_line)

    def test_never_split(self):
        session = self.create_session([(NOON, 60)], done=False)
        plan = self.env["account.analytic.plan"].create({"name": "Other"})
        accounts = self.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name in ("One", "Two")]
        )
        with self.assertRaisesRegex(UserError, "cannot be split"):
            session.sudo().line_ids.analytic_distribution = {
                str(account.id): 50 for account in accounts
            }

    def test_copy_is_no_connection(self):
        line = self.create_session([(NOON, 60)], done=False).line_ids.copy()
        self.assertFalse(line.service_session_id or line.service_start)

    def test_account_and_project_of_the_contract(self):
        plan = self.env["account.analytic.plan"].browse(
            int(self.env["ir.config_parameter"].sudo().get_param("analytic.project_plan"))
        )
        account = self.env["account.analytic.account"].create(
            {"name": "Contract", "plan_id": plan.id, "company_id": self.company.id}
        )
        contract = self.create_contract(analytic_account_id=account.id)
        project = self.company.service_project_id.sudo().copy({"name": "Own project"})
        session = self.create_session([(NOON, 60)], done=False)
        self.assertEqual(session.line_ids.account_id, contract.analytic_account_id)
        contract.project_id = project
        session.is_off_contract = True
        self.assertEqual(session.line_ids.account_id, self.company.service_project_id.account_id)
        session.is_off_contract = False
        self.assertEqual(session.line_ids.project_id, project)
        self.assertEqual(session.line_ids.account_id, contract.analytic_account_id)

    def test_contract_chosen_by_the_start(self):
        """A connection typed in later falls into a contract that has ended: so does its time."""
        project = self.company.service_project_id.sudo().copy({"name": "Own project"})
        contract = self.create_contract(project_id=project.id, tz="Asia/Tokyo")
        contract._set_ended(self.day("2026-03-31"))
        with freeze_time("2026-05-04 09:00:00"):
            session = self.create_session([], done=False)
            self.assertFalse(session.contract_id)
            start = datetime(2026, 3, 2, 16)
            session.line_ids = [Command.create(self.prepare_connection(start, 60))]
        self.assertEqual(session.contract_id, contract)
        self.assertEqual(session.line_ids.project_id, project)
        self.assertEqual(session.line_ids.date, session.date)

    def test_duration_of_another_timesheet(self):
        session = self.create_session([(NOON, 60)], done=False)
        line = session.line_ids.copy().sudo()
        line.write({"service_seconds": 90, "name": "No connection"})
        self.assertEqual(line.name, "No connection")
        self.assertFalse(line.service_stop)

    # ----- Refusals -----

    def test_no_project(self):
        self.company.service_project_id = False
        with self.assertRaisesRegex(UserError, "no service project.*Settings"):
            self.create_session([(NOON, 60)])

    def test_no_employee(self):
        user = new_test_user(
            self.env,
            login="service_nobody",
            groups="service_contract.service_contract_group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        session = self.create_session([], user=user, done=False)
        with self.assertRaisesRegex(UserError, "service_nobody.*has no employee in"):
            session.action_start()

    def test_more_than_24_hours(self):
        self.create_session([(NOON, 86400, "PC")])
        with self.assertRaisesRegex(ValidationError, "cannot last more than 24 hours"):
            self.create_session([(NOON, 86401, "PC 2")])
        with self.assertRaisesRegex(ValidationError, "lasts more than 24 hours"):
            self.create_session([(NOON, 60, "A"), (NOON + timedelta(hours=24), 60, "A")])

    def test_same_workstation_twice(self):
        """Refused in words, before the database does; touching connections are none."""
        session = self.create_session([(NOON, 600, "PC")])
        clashes = [
            (NOON, 1),
            (NOON + timedelta(seconds=599), 600),
            (NOON - timedelta(seconds=60), 61),
            (NOON - timedelta(seconds=60), 6000),
        ]
        for start, seconds in clashes:
            with self.assertRaisesRegex(ValidationError, f"“PC” already.*{session.name}"):
                self.create_session([(start, seconds, "PC")], done=False)
        after = NOON + timedelta(seconds=600)
        other = self.create_session([(after, 60, "PC")], done=False)
        with self.assertRaisesRegex(ValidationError, "“PC” already"):
            other.line_ids.service_start = after - timedelta(seconds=1)
        with self.assertRaisesRegex(ValidationError, "“X” overlap in this session"):
            self.create_session([(NOON, 60, "X"), (NOON, 60, "X")], done=False)

    def test_end_typed_before_start_counts_nothing_and_is_refused(self):
        """The form does not break while somebody types; saving says what is wrong."""
        session = self.create_session([(NOON, 600, "PC")], done=False)
        with Form(session) as form, form.line_ids.edit(0) as line:
            line.service_stop = NOON - timedelta(seconds=60)
            line.service_stop = NOON + timedelta(seconds=300)
        self.assertEqual(session.connected_seconds, 300)
        with self.assertRaisesRegex(ValidationError, "ends after its start"):
            session.line_ids.service_stop = NOON - timedelta(seconds=60)

    def test_same_name_of_workstation_elsewhere(self):
        other = self.create_customer("Other")
        self.create_session([(NOON, 600, "PC")])
        session = self.create_session([(NOON, 600, "PC")], customer=other, done=False)
        sentence = "Technician is also connected at Customer A"
        self.assertRegex(session.overlap_warning, sentence)
        self.assertEqual(session.overlap_warning.count(sentence), 1)
        session.action_done()
        self.assertFalse(session.overlap_warning, "nobody can act on it any more")

    def test_two_sessions_without_a_name_of_workstation(self):
        """What would be billed twice at one customer is said."""
        for first, second, is_said in (("", "", 1), ("PC", "", 1), ("", "PC", 1), ("A", "B", 0)):
            with self.subTest(first=first, second=second):
                customer = self.create_customer(f"Customer {first}, {second}")
                self.create_session([(NOON, 600, first)], customer=customer)
                session = self.create_session([(NOON, 600, second)], customer=customer, done=False)
                words = f"also connected at {customer.name}"
                self.assertEqual((session.overlap_warning or "").count(words), is_said)
        alone = self.create_customer("Alone")
        session = self.create_session([(NOON, 600), (NOON, 60)], customer=alone, done=False)
        self.assertNotIn(alone.name, session.overlap_warning)

    def test_two_technicians_at_once(self):
        session = self.create_session([(NOON, 600, "PC")], done=False)
        self.env["account.analytic.line"].with_user(self.user_colleague).create(
            {
                "service_session_id": session.id,
                "service_start": NOON,
                "service_seconds": 600,
                "service_workstation": "PC",
            }
        )
        self.assertEqual(session.sudo().line_ids.employee_id, self.employee | self.colleague)
        self.assertFalse(session.overlap_warning)
        session.action_done()
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_database_refuses_what_python_did_not_see(self):
        self.create_session([(NOON, 600, "PC")])
        session = self.create_session([(NOON, 600, "PC 2")])
        line = session.line_ids
        message = line._table_objects[f"{line._table}_service_same_place"].get_error_message(line)
        self.assertEqual(
            message, "This technician is connected to this workstation already at that time."
        )
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.env.cr.execute(
                "UPDATE account_analytic_line SET service_workstation = 'PC' WHERE id = %s",
                [line.id],
            )
        self.assertEqual(caught.exception.pgcode, "23P01")

    # ----- Lock -----

    def test_lock_of_billed_connections(self):
        session = self.create_session([(NOON, 600, "PC")])
        line = session.line_ids
        move = self.bill(session)
        self.assertEqual(line.timesheet_invoice_id, move)
        changes = {
            "unit_amount": 1,
            "service_start": NOON - timedelta(60),
            "service_stop": NOON + timedelta(seconds=60),
            "service_seconds": 60,
            "service_workstation": "Other",
            "service_session_id": False,
            "employee_id": self.colleague.id,
            "project_id": self.company.service_project_id.sudo().copy().id,
            "date": "2026-01-01",
        }
        for user in (self.user_technician, self.user_manager):
            for name, value in changes.items():
                with self.subTest(user=user.login, name=name):
                    with self.assertRaisesRegex(UserError, "is billed on"):
                        line.with_user(user).with_context(service_sync=True).write({name: value})
        with self.assertRaisesRegex(UserError, "is billed on"):
            line.unlink()
        with self.assertRaisesRegex(UserError, "is billed on"):
            self.create_session([], done=False).line_ids = line
        with self.assertRaisesRegex(UserError, "follows from the charges"):
            line.timesheet_invoice_id = False

    def test_lock_ends_with_the_invoice(self):
        session = self.create_session([(NOON, 600, "PC")])
        move = self.bill(session)
        move.button_cancel()
        line = session.line_ids
        self.assertFalse(line.timesheet_invoice_id)
        self.assertEqual(line.partner_id, self.customer)
        self.assertEqual(line.project_id, self.company.service_project_id)
        line.service_seconds = 1801
        self.assertEqual(session.amount_untaxed, 60.0)

    def test_draft_invoice_deleted(self):
        session = self.create_session([(NOON, 600, "PC")])
        self.bill(session).unlink()
        session.line_ids.service_seconds = 1801
        self.assertEqual(session.amount_untaxed, 60.0)

    # ----- Access -----

    def test_technicians_read_and_write_their_own(self):
        line = self.create_session([(NOON, 600)], done=False).line_ids
        line.read(["service_seconds"])
        with self.assertRaises(AccessError):
            line.with_user(self.user_colleague).read(["service_seconds"])
        with self.assertRaises(AccessError):
            line.with_user(self.user_colleague).service_workstation = "Other"
        with self.assertRaises(AccessError):
            line.with_user(self.user_colleague).unlink()
        line.service_workstation = "Own"

    def test_managers_correct_others(self):
        line = self.create_session([(NOON, 600)], done=False).line_ids
        line.with_user(self.user_manager).service_seconds = 1200
        self.assertEqual(line.unit_amount, 1200 / 3600)
        line.with_user(self.user_manager).unlink()
        self.assertFalse(line.exists())

    def test_managers_keep_their_limits_elsewhere(self):
        plain = self.env["account.analytic.line"].create(
            {
                "name": "Plain timesheet",
                "project_id": self.company.service_project_id.id,
                "employee_id": self.employee.id,
                "unit_amount": 1,
            }
        )
        with self.assertRaises(AccessError):
            plain.with_user(self.user_manager).unit_amount = 2

    def test_accountants_read(self):
        line = self.create_session([(NOON, 600)]).line_ids
        line.with_user(self.user_accountant).read(["service_seconds", "unit_amount"])
        with self.assertRaises(AccessError):
            line.with_user(self.user_accountant).service_workstation = "Other"

    def test_portal_and_sales_read_nothing(self):
        line = self.create_session([(NOON, 600)]).line_ids
        for user in (self.user_portal, self.user_sales):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                line.with_user(user).read(["service_seconds"])

    def test_other_companies_are_invisible(self):
        session = self.create_session([(NOON, 600)])
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="service_stranger",
            groups="service_contract.service_contract_group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for record in (session, session.line_ids, session.charge_ids):
            found = self.env[record._name].with_user(stranger).search([("id", "in", record.ids)])
            self.assertFalse(found)
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["display_name"])

    # ----- Speed -----

    def test_batch_does_not_ask_more_for_more(self):
        session = self.create_session([], done=False)

        def make(count, name):
            vals_list = [
                {
                    "service_session_id": session.id,
                    "employee_id": self.employee.id,
                    "service_start": NOON + timedelta(minutes=number),
                    "service_seconds": 60,
                    "service_workstation": f"{name} {number}",
                }
                for number in range(count)
            ]
            lines = self.env["account.analytic.line"].with_user(self.user_technician)
            return self.count_queries(lambda: lines.create(vals_list))

        make(2, "warm")
        few, many = make(10, "few"), make(40, "many")
        self.assertLessEqual(many, few + 3 * 30)
