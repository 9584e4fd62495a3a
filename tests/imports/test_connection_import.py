import base64
from datetime import datetime
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ...wizards.imports import service_connection_import_reading as reading
from .common import HEADER, ConnectionImportCase


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 12:00:00")
class TestConnectionImport(ConnectionImportCase):
    def test_lines_become_sessions(self):
        """Near connections are one session in the file's zone, open for its technician."""
        wizard = self.load(
            self.line("09:00:00", "09:20:05"),
            self.line("09:30:00", "09:40:00", note="Printer\nsecond line ignored").replace(
                "Printer\nsecond line ignored", '"Printer\nsecond"'
            ),
            self.line("14:00:00", "14:10:00"),
        )
        first, second = self.sessions(wizard)
        self.assertEqual(first.partner_id, self.customer)
        self.assertEqual(first.user_id, self.user_technician)
        self.assertEqual((first.state, first.channel), ("draft", "remote"))
        self.assertEqual(first.start, datetime(2026, 3, 2, 8, 0), "09:00 in Paris")
        self.assertEqual(first.connected_seconds, 1205 + 600)
        self.assertEqual(first.line_ids.mapped("service_workstation"), ["Front Desk"] * 2)
        self.assertEqual(first.line_ids.sorted("service_start")[1].name, "Printer")
        self.assertEqual(len(second.line_ids), 1)
        self.assertFalse(first.work_type_id, "left to the technician")
        self.assertEqual((wizard.log_id.session_count, wizard.log_id.line_count), (2, 3))

    def test_imported_session_is_closed_and_priced(self):
        contract = self.create_contract()
        session = self.sessions(self.load(self.line("09:00:00", "09:31:00")))
        self.assertEqual(session.contract_id, contract)
        session.with_user(self.user_technician).action_done()
        self.assertEqual(session.billing_state, "included")

    def test_preview_records_nothing(self):
        count = self.env["account.analytic.line"].search_count([])
        wizard = self.preview(self.line("09:00:00", "09:20:00", device="new", name="PC"))
        self.assertEqual(self.env["account.analytic.line"].search_count([]), count)
        self.assertFalse(wizard.log_id)
        self.assertEqual(wizard.state, "preview")
        self.assertEqual(wizard.unmapped_count, 1)

    def test_gap(self):
        lines = [self.line("09:00:00", "09:10:00"), self.line("09:20:00", "09:30:00")]
        for gap, count in ((0, 2), (9, 2), (10, 1)):
            wizard = self.preview(*lines, gap_minutes=gap)
            self.assertEqual(len(wizard.session_ids), count)
        self.company.service_import_gap_minutes = 0
        self.assertEqual(self.wizard(*lines).gap_minutes, 0)

    def test_local_dates_part_sessions(self):
        """Midnight is the customer's (S13): La Réunion's is at 22:00 in Paris."""
        lines = [self.line("20:50:00", "20:58:00"), self.line("21:01:00", "21:10:00")]
        self.assertEqual(len(self.preview(*lines).session_ids), 1)
        self.customer.tz = "Indian/Reunion"
        self.assertEqual(len(self.preview(*lines).session_ids), 2)

    def test_second_import_adds_nothing(self):
        lines = [self.line("09:00:00", "09:20:00"), self.line("14:00:00", "14:10:00")]
        first = self.load(*lines)
        again = self.load(*lines, self.line("15:00:00", "15:10:00"))
        self.assertEqual(again.log_id.line_count, 1)
        names = self.sessions(first).mapped("name")
        self.assertEqual(
            self.reasons(again),
            {
                line: f"It was imported already, in session {name}."
                for line, name in enumerate(names, start=2)
            },
        )

    def test_same_connection_in_other_words(self):
        """Another spelling of device and user, another zone: still the same connection."""
        self.load(self.line("09:00:00", "09:20:00"))
        line = "123 456 789;;TECH;2026-03-02T12:00:00+04:00;2026-03-02T12:20:00+04:00;;"
        self.assertIn("imported already", self.reasons(self.preview(line))[2])

    def test_database_lets_a_connection_in_once(self):
        line = self.sessions(self.load(self.line("09:00:00", "09:20:00"))).line_ids
        other = self.create_session([("2026-03-05 08:00:00", 60)], done=False).line_ids
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            other.sudo().service_import_key = line.service_import_key
            self.env.flush_all()

    def test_two_users_at_once(self):
        """Who comes second meets the other's lines in a second try, which Odoo makes by itself."""
        line = self.line("09:00:00", "09:20:00")
        self.load(line)
        wizard = self.preview(line)
        plan_class = type(wizard._make_plan(wizard._read()))
        with (
            mute_logger("odoo.sql_db"),
            patch.object(plan_class, "_drop_recorded", lambda plan, rows: rows),
            patch.object(plan_class, "_get_recorded", lambda plan, rows: {}),
            patch.object(type(self.env["account.analytic.line"]), "_check_service_slots"),
            self.assertRaises(ConcurrencyError),
            self.cr.savepoint(),
        ):
            wizard.action_import()

    def test_bad_lines_are_reported_and_good_ones_imported(self):
        wizard = self.load(
            self.line("09:00:00", "09:20:00"),
            self.line("10:00:00", "09:20:00"),
            self.line("10:00:00", "10:00:00"),
            self.line("10:00:00", "10:20:00", user="stranger"),
            self.line("10:00:00", "10:20:00", device="stranger"),
            self.line("09:10:00", "09:30:00"),
            self.line("11:00:00", "11:20:00"),
            self.line("11:00:00", "11:20:00"),
            self.line("", "11:20:00"),
        )
        self.assertEqual(wizard.log_id.line_count, 2)
        self.assertEqual(
            self.reasons(wizard),
            {
                3: "It ends before it starts.",
                4: "It starts and ends in the same second.",
                5: "Nobody has said yet which technician “stranger” is.",
                6: "Nobody has said yet whose device “stranger” is.",
                7: "The same technician is connected to the same workstation at that time in "
                "line 2.",
                9: "It says the same as line 8.",
                10: "“2026-03-02” is no date and time that can be read.",
            },
        )

    def test_report_of_the_lines_put_aside(self):
        wizard = self.load(self.line("10:00:00", "09:20:00"), "=1+1;;tech;x;y;;")
        text = base64.b64decode(wizard.log_id.problem_file).decode("utf-8-sig")
        self.assertEqual(text.splitlines()[0], "Line;Reason;Original line")
        self.assertIn("2;It ends before it starts.;", text)
        self.assertIn("'=1+1", text, "no formula")
        self.assertEqual(wizard.log_id.problem_file_name, "log.csv - lines put aside.csv")

    def test_overlap_with_recorded_connection(self):
        session = self.create_session([("2026-03-02 08:10:00", 600, "Front Desk")], done=False)
        wizard = self.preview(self.line("09:00:00", "09:20:00"), self.line("09:20:00", "09:25:00"))
        self.assertIn(session.name, self.reasons(wizard)[2])
        self.assertEqual(len(wizard.session_ids), 1)

    def test_overlap_with_a_running_timer(self):
        session = self.create_session([], done=False)
        with freeze_time("2026-03-02 07:00:00"):
            session.action_start()
        session.line_ids.service_workstation = "Front Desk"
        self.assertIn(
            session.name, self.reasons(self.preview(self.line("09:00:00", "09:20:00")))[2]
        )

    def test_commonest_unknown_devices_are_asked_first(self):
        """A file of thousands of them asks in turns: each question is a row, and a search."""
        lines = [
            self.line(f"{hour:02}:00:00", f"{hour:02}:10:00", device=str(1000 + device), user=user)
            for device in range(230)
            for hour in range(1 if device < 220 else 3)
            for user in ("tech",)
        ]
        wizard = self.preview(*lines)
        self.assertEqual(len(wizard.device_ids), 200)
        self.assertEqual(set(wizard.device_ids[:10].mapped("line_count")), {3})
        wizard.device_ids[:10].partner_id = self.customer
        wizard.action_preview()
        self.assertEqual(len(wizard.device_ids.filtered("partner_id")), 10)
        self.assertEqual(len(wizard.device_ids), 210, "the next ones are asked now")
        self.assertEqual(sum(wizard.session_ids.mapped("line_count")), 10 * 3)

    def test_file_that_keeps_its_reader(self):
        """Ten megabytes of separators are refused before anything is made of them."""
        wizard = self.wizard(";" * 9_000_000)
        with self.assertRaisesRegex(UserError, "more than 1000000 cells"):
            wizard.action_preview()
        wizard = self.wizard()
        wizard.file = b"A" * 15_000_000
        self.assertFalse(wizard.profile)
        with self.assertRaisesRegex(UserError, "larger than 10 MB"):
            wizard.action_preview()
        wizard.file = b"YWJ"
        with self.assertRaisesRegex(UserError, "no text"):
            wizard.action_preview()

    def test_file_is_opened_once(self):
        lines = self.line("09:00:00", "09:20:00")
        opened = patch.object(reading, "open_file", wraps=reading.open_file)
        with opened as spy:
            self.preview(lines, header=HEADER.replace("user", "who"))
        self.assertEqual(spy.call_count, 1)

    def test_unreadable_file(self):
        cases = [
            ("a;b", "The columns are not those of this format"),
            (" ", "The file is empty."),
        ]
        for header, sentence in cases:
            with self.assertRaisesRegex(UserError, sentence):
                self.preview(header=header)
        wizard = self.wizard()
        wizard.file = False
        with self.assertRaisesRegex(UserError, "Choose the file first"):
            wizard.action_preview()

    def test_other_time_zone_than_chosen(self):
        """An offset in the file is honoured, and the preview says so."""
        wizard = self.preview("123456789;;tech;2026-03-02T09:00+04:00;2026-03-02T09:30+04:00;;")
        self.assertEqual(wizard.session_ids.hours, "06:00:00 – 06:30:00")
        self.assertIn("Lines with their own time zone: 1", wizard.summary)

    def test_wrong_time_zone_shows_as_future(self):
        line = "123456789;;tech;2026-04-01 13:00;2026-04-01 13:30;;"
        self.assertEqual(len(self.preview(line).session_ids), 1)
        reason = self.reasons(self.preview(line, tz="UTC"))[2]
        self.assertEqual(
            reason, "It ends in the future (2026-04-01 13:30:00 UTC): is the time zone right?"
        )

    def test_form(self):
        """The format is recognised when the file is chosen, and says the zone where documented."""
        form = Form(self.env["service.connection.import"].with_user(self.user_technician))
        form.file = base64.b64encode(HEADER.encode())
        self.assertEqual((form.profile, form.tz), ("generic", "Europe/Paris"))
        form.file = base64.b64encode(b"userid,username,deviceid,start_date,end_date")
        self.assertEqual((form.profile, form.tz), ("teamviewer", "UTC"))

    def test_long_lists_are_cut_and_counted(self):
        lines = [self.line(f"{n // 60:02}:{n % 60:02}:00", "00:00:00") for n in range(1, 260)]
        wizard = self.preview(*lines)
        self.assertEqual(len(wizard.problem_ids), 200)
        self.assertIn("Lines put aside: 259", wizard.summary)
        report = base64.b64decode(wizard.problem_file).decode("utf-8-sig")
        self.assertEqual(len(report.splitlines()), 260)

    def test_query_count_is_flat(self):
        """Sixteen lines cost no more queries for each than four."""

        def lines(count, hour):
            return [self.line(f"{hour}:{n:02}:00", f"{hour}:{n:02}:30") for n in range(count)]

        def measure(count, hour):
            wizard = self.preview(*lines(count, hour), gap_minutes=0)
            return self.count_queries(wizard.action_import)

        measure(2, "08")
        few, many = measure(4, "09"), measure(16, "10")
        self.assertLessEqual(many, few + 7)

    def test_many_unknown_names_ask_no_more_than_few(self):
        """The preview looks for all unknown customers at once, and for all unknown users."""

        def measure(count, hour):
            wizard = self.wizard(
                *(
                    self.line(
                        f"{hour}:{n:02}:00",
                        f"{hour}:{n:02}:30",
                        device=f"{hour}{n}",
                        user=f"new{hour}{n}",
                        customer=f"Group {hour}{n}",
                    )
                    for n in range(count)
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            wizard.action_preview()
            self.env.flush_all()
            self.assertEqual(wizard.unmapped_count, 2 * count)
            return self.cr.sql_log_count - start

        measure(2, "08")
        self.assertEqual(measure(4, "09"), measure(16, "10"))


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 12:00:00")
class TestConnectionMapping(ConnectionImportCase):
    def test_second_import_needs_no_mapping(self):
        lines = [
            self.line("09:00:00", "09:20:00", device="987 654", name="PC-2", user="t.echo"),
            self.line("10:00:00", "10:20:00", device="987654", name="PC-2", user="T.Echo"),
        ]
        wizard = self.preview(*lines)
        device, user = wizard.device_ids, wizard.user_ids
        self.assertEqual((device.name, device.line_count), ("987 654", 2))
        self.assertEqual((user.name, user.line_count), ("t.echo", 2))
        device.partner_id = self.customer
        user.employee_id = self.employee
        wizard.action_preview()
        self.assertEqual(len(wizard.session_ids), 2, "mapped, but nothing written yet")
        self.assertFalse(self.env["service.equipment"].search([("remote_tool_key", "=", "987654")]))
        wizard.action_import()
        equipment = self.env["service.equipment"].search([("remote_tool_key", "=", "987654")])
        self.assertEqual((equipment.name, equipment.partner_id), ("PC-2", self.customer))
        again = self.preview(lines[0].replace("09:", "11:"))
        self.assertFalse(again.device_ids | self.env["service.connection.import.device"])
        self.assertFalse(again.user_ids)
        self.assertEqual(len(again.session_ids), 1)

    def test_known_workstation_takes_the_id(self):
        equipment = self.env["service.equipment"].create(
            {"name": "Server", "partner_id": self.customer.id, "company_id": self.company.id}
        )
        wizard = self.preview(self.line("09:00:00", "09:20:00", device="77"))
        wizard.device_ids.equipment_id = equipment
        self.assertEqual(wizard.device_ids.partner_id, self.customer)
        wizard.action_import()
        self.assertEqual(equipment.remote_tool_id, "77")
        self.assertEqual(self.sessions(wizard).line_ids.service_workstation, "Server")

    def test_new_workstation_of_a_known_name(self):
        """It is that one, unless the tool knows that one by another id."""
        self.env["service.equipment"].create(
            {"name": "Server", "partner_id": self.customer.id, "company_id": self.company.id}
        )
        wizard = self.preview(self.line("09:00:00", "09:20:00", device="77", name="Server"))
        wizard.device_ids.partner_id = self.customer
        wizard.action_import()
        connection = self.sessions(wizard).line_ids
        self.assertEqual(connection.service_equipment_id.remote_tool_id, "77")
        other = self.preview(self.line("10:00:00", "10:20:00", device="78", name="Server"))
        other.device_ids.partner_id = self.customer
        with self.assertRaisesRegex(UserError, "name that of 78 differently"):
            other.action_import()

    def test_same_answer_meanwhile(self):
        """Two people answer the same: who comes second goes on, and meets the other's lines."""
        lines = [self.line("09:00:00", "09:20:00", device="77", name="Till", user="t.echo")]
        first, second = self.preview(*lines), self.preview(*lines)
        for wizard in (first, second):
            wizard.device_ids.partner_id = self.customer
            wizard.user_ids.employee_id = self.employee
        first.action_import()
        second.action_import()
        self.assertIn("imported already", self.reasons(second)[2])
        self.assertFalse(second.device_ids or second.user_ids)

    def test_other_answer_meanwhile(self):
        """Two people answer differently: who comes second reads what was answered."""
        lines = [self.line("09:00:00", "09:20:00", device="77", name="Till", user="t.echo")]
        first, second = (self.preview(*lines, user=self.user_manager) for _turn in range(2))
        for wizard, name, employee in (
            (first, "Till", self.employee),
            (second, "Server", self.employee_colleague),
        ):
            wizard.device_ids.write({"partner_id": self.customer.id, "workstation": name})
            wizard.user_ids.employee_id = employee
        first.action_import()
        with self.assertRaisesRegex(UserError, "meanwhile: 77 is “Till” of Customer A"):
            second.action_import()
        second.device_ids.unlink()
        with self.assertRaisesRegex(UserError, "meanwhile: “t.echo” is Technician"):
            second.action_import()
        second.action_preview()
        second.action_import()
        self.assertIn("imported already", self.reasons(second)[2])

    def test_answers_at_the_same_moment(self):
        """The database lets one answer in; the other is tried again, which Odoo does by itself."""
        wizards = [
            self.preview(self.line("09:00:00", "09:20:00", device="77", name=name))
            for name in ("Till", "Server")
        ]
        for wizard in wizards:
            wizard.device_ids.partner_id = self.customer
        wizards[0].action_import()
        with (
            mute_logger("odoo.sql_db"),
            patch.object(type(wizards[1]), "_drop_answered"),
            self.assertRaises(ConcurrencyError),
            self.cr.savepoint(),
        ):
            wizards[1].action_import()

    def test_device_known_by_its_name_only(self):
        wizard = self.preview(self.line("09:00:00", "09:20:00", device="", name="PC-9"))
        self.assertEqual(wizard.device_ids.name, "PC-9")

    def test_exact_names_are_proposed(self):
        wizard = self.preview(
            self.line("09:00:00", "09:20:00", device="5", customer="customer a", user="technician")
        )
        self.assertEqual(wizard.device_ids.partner_id, self.customer)
        self.assertEqual(wizard.user_ids.employee_id, self.employee)
        other = self.preview(self.line("09:00:00", "09:20:00", device="5", customer="Custom"))
        self.assertFalse(other.device_ids.partner_id)

    def test_answers_survive_another_preview(self):
        wizard = self.preview(
            self.line("09:00:00", "09:20:00", device="5"),
            self.line("09:30:00", "09:40:00", device="6"),
        )
        wizard.device_ids[0].partner_id = self.customer
        wizard.action_preview()
        self.assertEqual(len(wizard.device_ids), 2)
        self.assertEqual(wizard.unmapped_count, 1)
        self.assertEqual(len(wizard.session_ids), 1)

    def test_remote_tool_id_is_unique_however_it_is_spelled(self):
        values = {
            "name": "Twin",
            "partner_id": self.customer.id,
            "company_id": self.company.id,
            "remote_tool_id": "1234 56789",
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.env["service.equipment"].create(values)
        for remote_tool_id in (False, "", "  "):
            name = f"Without {remote_tool_id}"
            self.env["service.equipment"].create(
                {**values, "name": name, "remote_tool_id": remote_tool_id}
            )

    def test_user_name_is_unique(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.env["service.remote.user"].create(
                {"name": " TECH ", "employee_id": self.employee.id, "company_id": self.company.id}
            )


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 12:00:00")
class TestConnectionImportRights(ConnectionImportCase):
    def test_technicians_import_their_own_log(self):
        wizard = self.load(
            self.line("09:00:00", "09:20:00"),
            self.line("09:00:00", "09:20:00", user="colleague@ad"),
        )
        self.assertEqual(self.sessions(wizard).user_id, self.user_technician)
        self.assertEqual(
            self.reasons(wizard)[3],
            "It is a connection of colleague@ad: they import it themselves, or a manager does.",
        )

    def test_managers_import_all(self):
        wizard = self.load(
            self.line("09:00:00", "09:20:00"),
            self.line("09:00:00", "09:20:00", user="colleague@ad"),
            user=self.user_manager,
        )
        self.assertFalse(wizard.problem_ids)
        technicians = self.sessions(wizard).line_ids.employee_id
        self.assertEqual(technicians, self.employee | self.employee_colleague)

    def test_technicians_answer_for_themselves(self):
        names = self.env["service.remote.user"].with_user(self.user_technician)
        names.create({"name": "me", "employee_id": self.employee.id})
        with self.assertRaises(AccessError):
            names.create({"name": "not me", "employee_id": self.employee_colleague.id})
        with self.assertRaises(AccessError):
            names.search([("name", "=", "colleague@ad")]).name = "tech2"

    def test_others_import_nothing(self):
        for user in (self.user_sales, self.user_accountant, self.user_portal):
            with self.assertRaises(AccessError):
                self.wizard(self.line("09:00:00", "09:20:00"), user=user)

    def test_other_companies_keep_their_devices(self):
        """A device of another company is unknown here, and may have the same id."""
        other = self.env["res.company"].create({"name": "Other"})
        self.store(self.equipment, company_id=other)
        wizard = self.preview(self.line("09:00:00", "09:20:00"))
        self.assertEqual(wizard.device_ids.key, "123456789")

    def test_log_is_read_only(self):
        log = self.load(self.line("09:00:00", "09:20:00")).log_id
        with self.assertRaises(AccessError):
            log.with_user(self.user_technician).name = "x"
        self.assertEqual(
            log.action_open_sessions()["domain"], [("connection_log_id", "in", log.ids)]
        )
