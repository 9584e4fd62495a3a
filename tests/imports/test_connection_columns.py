import base64
import io

from openpyxl import Workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import ConnectionImportCase

HEADER = "Machine;Agent;Jour;Depuis;Jusque"
LINE = "123456789;tech;02/03/2026;09:00;09:20"
ROLES = ("device", "user", "start_date", "start", "stop")


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 12:00:00")
class TestConnectionColumns(ConnectionImportCase):
    def ask(self, *lines, header=HEADER, **vals):
        """Return an import that asks which column is what."""
        wizard = self.preview(*(lines or [LINE]), header=header, date_order="dmy", **vals)
        self.assertEqual(wizard.state, "columns")
        return wizard

    def answer(self, wizard, roles=ROLES):
        with Form(wizard) as form:
            for index, role in enumerate(roles):
                with form.column_ids.edit(index) as row:
                    row.role = role
        wizard.action_preview()

    def test_columns_are_asked_once(self):
        """Unknown columns are shown with what they contain; the answer serves the next file."""
        wizard = self.ask()
        self.assertEqual(wizard.column_ids.mapped("name"), HEADER.split(";"))
        self.assertEqual(wizard.column_ids[3].sample, "09:00")
        self.assertFalse(wizard.session_ids)
        self.answer(wizard)
        self.assertEqual(len(wizard.session_ids), 1)
        formats = self.env["service.connection.format"].search([])
        self.assertFalse(formats, "a preview records nothing")
        wizard.action_import()
        self.assertEqual(self.sessions(wizard).line_ids.service_seconds, 1200)
        self.assertEqual(wizard.log_id.profile, "mapped")
        again = self.preview(LINE.replace("09:", "11:"), header=HEADER.upper())
        self.assertEqual(
            (again.state, again.profile, again.date_order), ("preview", "mapped", "dmy")
        )
        self.assertEqual(len(again.session_ids), 1)

    def test_zone_is_remembered(self):
        wizard = self.ask(tz="Indian/Reunion")
        self.answer(wizard)
        wizard.action_import()
        form = Form(self.env["service.connection.import"].with_user(self.user_technician))
        form.file = base64.b64encode(HEADER.encode() + b"\n" + LINE.encode())
        self.assertEqual((form.profile, form.tz), ("mapped", "Indian/Reunion"))

    def test_answer_is_corrected(self):
        """A wrong answer is not for ever: the columns are asked again, the last answer stays."""
        wizard = self.ask()
        self.answer(wizard, ("device", "user", "start_date", "stop", "start"))
        wizard.action_import()
        self.assertEqual(self.reasons(wizard), {2: "It ends before it starts."})
        again = self.preview(LINE.replace("09:", "11:"), header=HEADER)
        again.action_columns()
        self.assertEqual(again.column_ids.mapped("role")[3], "stop")
        again.column_ids[3].role, again.column_ids[4].role = "start", "stop"
        again.action_preview()
        again.action_import()
        self.assertEqual(
            self.env["service.connection.format"].search([]).columns,
            {role: index for index, role in enumerate(ROLES)},
        )

    def test_answer_that_leaves_something_open(self):
        wizard = self.ask()
        with self.assertRaisesRegex(UserError, "Say which column is: Device: ID, Technician"):
            wizard.column_ids.role = False
            wizard.action_preview()
        with self.assertRaisesRegex(UserError, "Several columns are “Start”"):
            wizard.column_ids[:2].role = "start"
            wizard.action_preview()

    def test_names_that_are_known_are_proposed(self):
        wizard = self.ask(header="Poste;Agent;Date;Début;Jusque")
        self.assertEqual(
            wizard.column_ids.mapped("role"), ["device", False, "start_date", "start", False]
        )

    def test_another_file(self):
        wizard = self.ask()
        wizard.action_restart()
        self.assertFalse(wizard.column_ids)

    def test_other_companies_are_asked_themselves(self):
        wizard = self.ask()
        self.answer(wizard)
        wizard.action_import()
        other = self.env["res.company"].create({"name": "Other"})
        self.store(self.env["service.connection.format"].search([]), company_id=other)
        self.ask(LINE.replace("09:", "12:"))

    def test_technicians_change_no_format_by_themselves(self):
        wizard = self.ask()
        self.answer(wizard)
        wizard.action_import()
        known = self.env["service.connection.format"].with_user(self.user_technician).search([])
        self.assertTrue(known)
        with self.assertRaises(AccessError):
            known.columns = {}
        with self.assertRaises(AccessError):
            known.unlink()
        known.with_user(self.user_manager).unlink()

    def test_few_columns_are_refused_as_before(self):
        with self.assertRaisesRegex(UserError, "The columns are not those of this format"):
            self.preview(header="a;b")

    def test_known_format_told_otherwise(self):
        """Who chooses so says of a known file which column is what, say that ids are none."""
        wizard = self.wizard(
            "123456789;tech;2026-03-02 09:00;2026-03-02 09:20;1",
            header="device;user;start;stop;session",
            profile="mapped",
        )
        wizard.action_preview()
        self.assertEqual(wizard.column_ids.mapped("role")[4], "session")
        wizard.column_ids[4].role = False
        wizard.action_preview()
        wizard.action_import()
        self.assertFalse(self.sessions(wizard).line_ids.service_import_session)

    def test_excel_file(self):
        book = Workbook()
        book.active.append(["device", "user", "date", "start", "stop"])
        book.active.append([123456789, "tech", "02/03/26", "09:00", "09:20"])
        buffer = io.BytesIO()
        book.save(buffer)
        wizard = self.wizard(date_order="dmy", file=base64.b64encode(buffer.getvalue()))
        self.assertEqual(wizard.profile, "generic")
        wizard.action_preview()
        wizard.action_import()
        self.assertEqual(self.sessions(wizard).line_ids.service_seconds, 1200)
