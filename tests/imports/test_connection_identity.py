import base64
from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.errors import ExclusionViolation

from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import ConnectionImportCase

HEADER = "device;user;start;stop;session"
ANYDESK = "Session Id,From Id,From Alias,To Id,To Alias,Start,End,Duration,Comment"
LOCAL = "123456789\t02-03-2026 09:00:00\t02-03-2026 09:20:00\ttech\tRemoteControl\t"
GUID = "{0A1B2C3D-0000-1111-2222-333344445555}"


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 12:00:00")
class TestConnectionIdentity(ConnectionImportCase):
    LINE = "123456789;tech;2026-03-02 09:00;2026-03-02 09:20;77"

    def assertRecorded(self, wizard, sentence):
        self.assertIn(sentence, self.reasons(wizard)[2])
        self.assertFalse(wizard.session_ids)

    def test_same_session_in_another_zone(self):
        """One session is billed once, in whatever zone its file is read."""
        session = self.sessions(self.load(self.LINE, header=HEADER))
        again = self.preview(self.LINE, header=HEADER, tz="UTC")
        sentence = (
            f"Session “77” of the remote tool was imported already, in session {session.name}."
        )
        self.assertRecorded(again, sentence)
        again.action_import()
        self.assertEqual(again.log_id.line_count, 0)

    def test_same_session_told_otherwise(self):
        """Neither the times nor the device's spelling decide where the file has an id."""
        self.load(self.LINE, header=HEADER)
        line = "123456789;tech;2026-03-02 09:00;2026-03-02 09:45;77"
        self.assertRecorded(self.preview(line, header=HEADER, tz="UTC"), "imported already")

    def test_connection_corrected_since(self):
        """Who corrects an imported start does not make the file's line a new one."""
        session = self.sessions(self.load(self.LINE, header=HEADER))
        session.line_ids.with_user(self.user_manager).service_start = "2026-03-02 08:05:00"
        self.assertRecorded(self.preview(self.LINE, header=HEADER, tz="UTC"), "imported already")

    def test_number_used_again(self):
        """Some tools count anew: the same number weeks later is another session."""
        self.load(self.LINE, header=HEADER)
        later = self.load(self.LINE.replace("03-02", "03-16"), header=HEADER)
        self.assertEqual(later.log_id.line_count, 1)

    def test_parts_of_a_session(self):
        lines = [self.LINE, self.LINE.replace("09:", "11:")]
        self.assertEqual(self.load(*lines, header=HEADER).log_id.line_count, 2)
        again = self.preview(*lines, header=HEADER, tz="UTC")
        self.assertEqual(len(self.reasons(again)), 2)

    def test_times_as_written_in_another_zone(self):
        """Without ids, what is written decides, read in the zone of an earlier import."""
        line = self.line("09:00:00", "09:20:00")
        self.load(line)
        self.assertRecorded(self.preview(line, tz="UTC"), "its times read in another zone")
        self.assertEqual(len(self.preview(line, tz="Indian/Reunion").session_ids), 0)
        moved = self.line("10:00:00", "10:20:00")
        self.assertEqual(len(self.preview(moved, tz="Europe/Paris").session_ids), 1)

    def test_imported_before_ids_were_kept(self):
        """What an older version recorded has neither an id nor a zone; it is met all the same.

        It took AnyDesk's times for those of the user's clock, and "None" for a technician.
        """
        self.env["service.remote.user"].create(
            {"name": "100", "employee_id": self.employee.id, "company_id": self.company.id}
        )
        header = ANYDESK.replace("Start,End", "Start time,End time")
        line = "77,100,None,123456789,pc@ad,2026-03-02 09:00:00,2026-03-02 09:20:00,1200,"
        for zone, name in (("Europe/Paris", "key"), ("UTC", "former_key")):
            with self.subTest(zone), self.undone():
                wizard = self.load(line, header=header, tz=zone)
                key = getattr(wizard._read().rows[0], name)
                self.make_old(wizard.log_id, key)
                self.assertRecorded(self.preview(line, header=header), "imported already")

    def make_old(self, log, key):
        """Leave what an older version kept, where no overlap is found."""
        log.sudo().tz = False
        log.sudo().session_ids.line_ids.write(
            {
                "service_import_key": key,
                "service_import_session": False,
                "service_import_start": False,
                "service_start": "2026-03-02 15:00",
                "service_stop": "2026-03-02 16:00",
            }
        )

    @contextmanager
    def undone(self):
        savepoint = self.cr.savepoint(flush=True)
        yield
        self.env.flush_all()
        savepoint.close(rollback=True)
        self.env.invalidate_all()

    def test_zone_of_an_import_that_did_not_note_it(self):
        line = self.line("09:00:00", "09:20:00")
        log = self.load(line).log_id
        self.assertEqual(log.tz, "Europe/Paris")
        log.sudo().tz = False
        self.assertRecorded(self.preview(line, tz="UTC"), "its times read in another zone")

    def test_two_users_at_once(self):
        """The database lets an id in once; who comes second is tried again."""
        self.load(self.LINE, header=HEADER)
        wizard = self.preview(self.LINE, header=HEADER, tz="UTC")
        plan_class = type(wizard._make_plan(wizard._read()))
        with (
            mute_logger("odoo.sql_db"),
            patch.object(plan_class, "_drop_recorded", lambda plan, rows: rows),
            self.assertRaises(ConcurrencyError) as caught,
            self.cr.savepoint(),
        ):
            wizard.action_import()
        self.assertIsInstance(caught.exception.__cause__, ExclusionViolation)

    def test_other_companies(self):
        """Two companies of one database may both have a session of that number."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env["account.analytic.line"].sudo().create(
            {
                "name": "Theirs",
                "company_id": other.id,
                "service_import_session": "generic:77",
                "service_import_start": "2026-03-02 08:00:00",
            }
        )
        self.assertEqual(self.load(self.LINE, header=HEADER).log_id.line_count, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 12:00:00")
class TestConnectionTools(ConnectionImportCase):
    def load_text(self, text, **vals):
        wizard = self.wizard(header=text, **vals)
        wizard.action_preview()
        return wizard

    def test_anydesk_is_proposed_in_utc(self):
        form = Form(self.env["service.connection.import"].with_user(self.user_technician))
        for header in (ANYDESK, f"sep=,\n{ANYDESK}", "sid,from.cid,to.cid,start-time,end-time"):
            form.file = base64.b64encode(header.encode())
            self.assertEqual((form.profile, form.tz), ("anydesk", "UTC"))

    def test_anydesk_without_alias(self):
        """Who has no alias is asked for by the id; no technician is called None."""
        line = "77,100,None,123456789,None,1772442000,1772443200,1200,None"
        wizard = self.load_text(f"sep=,\n{ANYDESK}\n{line}")
        self.assertEqual(wizard.user_ids.mapped("name"), ["100"])
        wizard.user_ids.employee_id = self.employee
        wizard.action_import()
        connection = self.sessions(wizard).line_ids
        self.assertEqual(connection.service_session_id.start, self.at("2026-03-02 09:00:00"))
        self.assertEqual(connection.service_import_session, "anydesk:77")
        self.assertNotEqual(connection.name, "None")

    def at(self, text):
        return self.env["service.session"]._fields["start"].to_datetime(text)

    def test_id_that_a_spreadsheet_has_cut(self):
        line = '77,100,tech,"1,23457E+08",pc,1772442000,1772443200,1200,'
        wizard = self.load_text(f"{ANYDESK}\n{line}")
        self.assertFalse(wizard.device_ids)
        self.assertIn("what a spreadsheet left of a long number", self.reasons(wizard)[2])

    def test_teamviewer_outgoing(self):
        wizard = self.load_text(LOCAL + GUID)
        self.assertEqual((wizard.profile, wizard.tz), ("teamviewer_out", "UTC"))
        wizard.action_import()
        self.assertEqual(self.sessions(wizard).start, self.at("2026-03-02 09:00:00"))
        self.assertEqual(wizard.log_id.profile, "teamviewer_out")

    def test_teamviewer_incoming_asks_for_the_computer(self):
        """The computer that is helped keeps a file too, which tells of the same connection."""
        text = LOCAL.replace("123456789", "7\ttech").replace("\ttech\tRemote", "\tx\tRemote") + GUID
        with self.assertRaisesRegex(UserError, "the computer it comes from"):
            self.load_text(text)
        wizard = self.load_text(text, device="123 456 789")
        self.assertEqual(wizard.session_ids.workstations, "Front Desk")
        wizard.action_import()
        again = self.load_text(LOCAL + GUID)
        self.assertIn("imported already", self.reasons(again)[1])
