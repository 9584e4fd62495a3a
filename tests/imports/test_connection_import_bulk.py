from contextlib import contextmanager
from itertools import count
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ...models.common import table_statistics
from ...models.imports.bulk import Bulk
from .common import ConnectionImportCase

LINES = "account_analytic_line"
STORED = {
    "service_session": "connection_log_id IS NOT NULL",
    "account_analytic_line": "service_import_key IS NOT NULL",
    "mail_message": "model = 'service.session'",
    "mail_followers": "res_model = 'service.session'",
    "mail_activity": "res_model = 'service.session'",
}


class BulkImportCase(ConnectionImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee_colleague.write(
            {"hourly_cost": 55.55, "department_id": cls.create_department().id}
        )
        cls.employee.parent_id = cls.employee_colleague
        cls.level_unlimited.write({"response_minutes": 60, "priority": "2"})
        cls.with_account = cls.create_known_customer("With Account", "201")
        cls.create_contract(
            cls.with_account,
            tz="Indian/Reunion",
            project_id=cls.create_project().id,
            analytic_account_id=cls.create_account("With Account").id,
        )
        cls.several = cls.create_known_customer("Several", "202")
        cls.create_contract(cls.several)
        cls.create_contract(cls.several)
        cls.late = cls.create_known_customer("Late", "203", tz="Pacific/Auckland")
        cls.create_contract(cls.late, start="2026-03-03")
        cls.create_known_customer("Nobody Signed", "204")

    @classmethod
    def create_known_customer(cls, name, remote_tool_id, **vals):
        customer = cls.create_customer(name, **vals)
        cls.env["service.equipment"].create(
            {
                "name": f"PC of {name}",
                "partner_id": customer.id,
                "company_id": cls.company.id,
                "remote_tool_id": remote_tool_id,
            }
        )
        return customer

    @classmethod
    def create_department(cls):
        return (
            cls.env["hr.department"].sudo().create({"name": "Field", "company_id": cls.company.id})
        )

    @classmethod
    def create_project(cls):
        return cls.company.service_project_id.sudo().copy({"name": "Apart"})

    @classmethod
    def create_account(cls, name):
        plan = cls.env["account.analytic.plan"].create({"name": "Customers"})
        return cls.env["account.analytic.account"].create(
            {"name": name, "plan_id": plan.id, "company_id": cls.company.id}
        )

    @classmethod
    def mixed_lines(cls):
        """Return lines of all customers, technicians and days that a plan may part or join."""
        lines = [
            cls.line("09:00:00", "09:20:05"),
            cls.line("09:10:00", "09:40:00", device="201", note="Printer"),
            cls.line("09:50:00", "10:10:00", device="201"),
            cls.line("09:45:00", "09:55:00", device="201", user="colleague@ad"),
            cls.line("11:00:00", "11:10:00", device="202"),
            cls.line("11:30:00", "11:40:00", device="203", note="Before midnight there"),
            cls.line("12:45:00", "13:15:00", device="203", user="colleague@ad"),
            cls.line("21:30:00", "21:40:00", device="201"),
            cls.line("22:30:00", "22:40:00", device="201", note="After midnight there"),
            cls.line("23:30:00", "23:59:59", device="204", user="colleague@ad"),
        ]
        return [*lines, *(line.replace("2026-03-02", "2026-03-04") for line in lines)]

    @contextmanager
    def undone(self):
        """Give sessions the same names each time, and undo all at the end."""

        numbers = count()

        def names(_model, _company, wanted):
            return [f"S{next(numbers)}" for _name in range(wanted)]

        numbered = type(self.env["service.session"])
        savepoint = self.cr.savepoint(flush=True)
        with patch.object(numbered, "_get_next_names", names):
            yield
        self.env.flush_all()
        savepoint.close(rollback=True)
        self.env.invalidate_all()

    def record(self, lines, user=None, **context):
        """Import and return all stored columns, with names in the place of new numbers."""
        with self.undone():
            wizard = self.preview(*lines, user=user or self.user_manager)
            wizard.with_context(**context).action_import()
            self.assertFalse(wizard.problem_ids)
            self.env.flush_all()
            return {table: self.read_table(table, where) for table, where in STORED.items()}

    def read_table(self, table, where):
        self.cr.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id")
        rows = self.cr.dictfetchall()
        sessions = {row.id: row.name for row in self.env["service.session"].search([])}
        for row in rows:
            del row["id"]
            row.pop("connection_log_id", None)
            for name in ("service_session_id", "res_id"):
                if name in row:
                    row[name] = sessions[row[name]]
        return rows


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 12:00:00")
class TestBulkImport(BulkImportCase):
    def test_equals_the_plain_way(self):
        """Every stored column of sessions, connections and chatter is the same, for each role."""
        own = [line for line in self.mixed_lines() if ";tech;" in line]
        for user, lines in ((self.user_manager, self.mixed_lines()), (self.user_technician, own)):
            plain = self.record(lines, user, service_plain_create=True)
            bulk = self.record(lines, user)
            self.assertVaried(bulk)
            self.assertEqual(len(bulk["account_analytic_line"]), len(lines))
            self.assertEqual(bulk.keys(), plain.keys())
            for table, rows in plain.items():
                self.assertEqual(len(bulk[table]), len(rows), table)
                for found, expected in zip(bulk[table], rows, strict=True):
                    self.assertEqual(found, expected, table)

    def test_equals_what_is_made_in_lots(self):
        """The first import of a young database makes the same records as any other."""
        at_once = self.record(self.mixed_lines())
        with (
            patch.multiple(table_statistics, FIRST_LOT=2, GROWTH=1),
            patch.object(table_statistics, "_count_rows") as count_rows,
        ):
            self.assertEqual(self.record(self.mixed_lines()), at_once)
        self.assertGreater(count_rows.call_count, 1)

    def assertVaried(self, stored):
        """Make sure that what is compared is worth it: filled in, and not the same everywhere."""
        wanted = {
            "service_session": ("contract_id", "tz", "priority", "level_id", "date"),
            "account_analytic_line": ("amount", "project_id", "service_tz", "manager_id"),
        }
        for table, names in wanted.items():
            for name in names:
                self.assertTrue(any(row[name] for row in stored[table]), name)
        self.assertGreater(len({row["contract_id"] for row in stored["service_session"]}), 2)
        self.assertGreater(len({row["project_id"] for row in stored["account_analytic_line"]}), 1)

    def test_cost_that_was_not_foreseen_is_computed(self):
        """Where Odoo finds another cost than was known, the connections of that place get it."""
        make_place = type(self.env["account.analytic.line"])._make_place

        def wrong(model, names, key):
            return make_place(model, names, key)._replace(hourly_cost=1)

        expected = [row["amount"] for row in self.record(self.mixed_lines())[LINES]]
        with patch.object(type(self.env["account.analytic.line"]), "_make_place", wrong):
            found = [row["amount"] for row in self.record(self.mixed_lines())[LINES]]
        self.assertEqual(found, expected)

    def test_contract_of_the_day(self):
        """Contracts of today do not decide about the day of the connections (S09).

        Two were in force then, so that none is chosen, though only one of them goes on.
        """
        ended = self.env["service.contract"].search([("partner_id", "=", self.several.id)])[0]
        ended.sudo().write({"state": "ended", "date_end": "2026-03-10"})
        wizard = self.load(self.line("09:00:00", "09:10:00", device="202"))
        session = self.sessions(wizard)
        self.assertFalse(session.contract_id)
        self.assertIn("several contracts", session.contract_warning)

    def test_contract_of_the_day_on_other_clocks(self):
        """The contract is that of the customer's date, the session's date the contract's (S09)."""
        gone = self.create_known_customer("Gone", "205", tz="Pacific/Auckland")
        contract = self.create_contract(gone, tz="Europe/Paris")
        contract.sudo().write({"state": "ended", "date_end": "2026-03-02"})
        wizard = self.load(
            self.line("11:30:00", "11:40:00", device="205"),
            self.line("12:30:00", "12:40:00", device="205"),
        )
        last, after = self.sessions(wizard)
        self.assertEqual((last.contract_id, after.contract_id), (contract, contract.browse()))
        self.assertEqual((last.tz, after.tz), ("Europe/Paris", "Pacific/Auckland"))
        self.assertEqual(last.line_ids.service_tz, "Europe/Paris")
        self.assertEqual((last.date, after.date), (self.day("2026-03-02"), self.day("2026-03-03")))

    def test_values_of_other_modules(self):
        """What a hook adds to a session is taken as it is, and decides what follows from it."""
        prepare = type(self.env["service.connection.import"])._prepare_session_vals

        def off_contract(wizard, plan, group, record):
            vals = prepare(wizard, plan, group, record)
            return {**vals, "is_off_contract": group[0].note == "Printer"}

        with patch.object(
            type(self.env["service.connection.import"]), "_prepare_session_vals", off_contract
        ):
            lines = self.mixed_lines()
            bulk = self.record(lines)
            plain = self.record(lines, service_plain_create=True)
        self.assertEqual(bulk, plain)
        rows = [row for row in bulk["service_session"] if row["is_off_contract"]]
        self.assertEqual([row["contract_id"] for row in rows], [None, None])

    def test_other_company_is_refused_in_the_same_words(self):
        """The company of all records is checked at once; the words are Odoo's."""
        company = self.env["res.company"].create({"name": "Other"})
        project = self.create_project()
        project.sudo().account_id = self.create_account("Elsewhere")
        contract = self.env["service.contract"].search([("partner_id", "=", self.with_account.id)])
        contract.project_id = project
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_analytic_account SET company_id = %s WHERE id = %s",
            [company.id, project.sudo().account_id.id],
        )
        self.env.invalidate_all()
        said = []
        for context in ({"service_plain_create": True}, {}):
            with self.assertRaises(UserError) as caught, self.cr.savepoint():
                self.preview(self.mixed_lines()[1]).with_context(**context).action_import()
            said.append(str(caught.exception))
        self.assertEqual(*said)
        self.assertIn("company inconsistencies", said[0])

    def test_clients_cannot_ask_for_it(self):
        """The key in a client's context is no Bulk: nothing is skipped."""
        session = self.create_session([("2026-03-05 08:00:00", 60)], done=False)
        session.action_cancel()
        line = self.env["account.analytic.line"].with_user(self.user_technician)
        vals = self.prepare_connection("2026-03-05 09:00:00", 60)
        for key in (True, 1, "bulk", {"found": {}}):
            with self.assertRaisesRegex(UserError, "reopen it before"):
                line.with_context(service_bulk=key).create(
                    {**vals, "service_session_id": session.id}
                )

    def test_other_timesheets_go_their_own_way(self):
        """A timesheet that somebody else's code makes during an import is none of ours."""
        vals = {
            "project_id": self.company.service_project_id.id,
            "employee_id": self.employee_colleague.id,
            "name": "Other",
            "unit_amount": 1,
            "date": "2026-03-02",
        }
        lines = self.env["account.analytic.line"].sudo()
        plain, meanwhile = (
            lines.with_context(service_bulk=bulk).create({**vals}) for bulk in (None, Bulk())
        )
        self.assertEqual(plain.amount, -55.55)
        for name in ("amount", "account_id", "partner_id", "department_id", "currency_id"):
            self.assertEqual(meanwhile[name], plain[name], name)

    def test_query_count_is_flat(self):
        """Neither lines nor sessions, customers or days cost queries of their own."""
        for number in range(300, 312):
            self.create_known_customer(f"Customer {number}", str(number))

        def lines(devices, day):
            return [
                self.line(f"{hour}:{number - 290}:00", f"{hour}:{number - 290}:30", number).replace(
                    "2026-03-02", f"2026-03-{day + number % 2}"
                )
                for number in devices
                for hour in ("09", "15")
            ]

        def measure(devices, day):
            wizard = self.preview(*lines(devices, day))
            queries = self.count_queries(wizard.action_import)
            self.assertEqual(wizard.log_id.session_count, 2 * len(devices))
            return queries

        measure(range(310, 312), 10)
        few, many = measure(range(310, 312), 12), measure(range(300, 312), 14)
        self.assertLessEqual(many, few + 2)
