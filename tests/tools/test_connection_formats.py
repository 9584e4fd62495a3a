import io
import zipfile
from datetime import date, datetime, time, timedelta, timezone

from openpyxl import Workbook

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import connection_file
from odoo.addons.service_contract.tools.connection_layout import outline
from odoo.addons.service_contract.tools.connection_log import LogError, guess_profile, read_log

UTC = timezone.utc
GUID = "{0A1B2C3D-0000-1111-2222-333344445555}"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)
ANYDESK = "Session Id,From Id,From Alias,To Id,To Alias,Start,End,Duration,Comment"


def read(*lines, **options):
    return read_log("\n".join(lines).encode(), **options)


def write_workbook(*rows, formats=()):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for place, number_format in formats:
        book.active[place].number_format = number_format
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_archive(content):
    """Return a workbook whose sheet consists of ``content``."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_workbook())) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in source.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            archive.writestr(name, SHEET % content if is_sheet else source.read(name))
    return buffer.getvalue()


@tagged("post_install", "-at_install")
class TestAnyDesk(BaseCase):
    def test_published_export(self):
        """Seconds since 1970 after a line that tells spreadsheets the separator."""
        found = read("sep=,", ANYDESK, "555,100,zoe@ad,36,pc@ad,1752998529,1753002188,3659,x")
        self.assertEqual((found.profile.code, found.profile.tz), ("anydesk", "UTC"))
        (row,) = found.rows
        self.assertEqual((row.device, row.user, row.session), ("36", "zoe@ad", "555"))
        self.assertEqual(row.stop - row.start, timedelta(seconds=3659))

    def test_export_with_dates(self):
        """Dates without an offset are in UTC; days, hours and so on tell of the duration only."""
        header = (
            "Session Id,From Id,From Alias,To Id,To Alias,Start time,End time,"
            "Days,Hours,Minutes,Seconds,Total duration in Seconds,Comment"
        )
        line = "555,100,zoe@ad,36,pc@ad,2026-03-02 09:00:00,{},0,0,31,0,1860,x"
        for stop in ("2026-03-02 09:31:00", ""):
            (row,) = read("sep=,", header, line.format(stop)).rows
            self.assertEqual((row.start, row.stop), (NINE, NINE + timedelta(minutes=31)))

    def test_duration_is_in_seconds(self):
        (row,) = read(ANYDESK, "555,100,zoe@ad,36,pc@ad,1752998529,,3659,").rows
        self.assertEqual(row.stop - row.start, timedelta(seconds=3659))

    def test_without_alias(self):
        """Who has no alias is known by the id, whatever word stands for nothing."""
        for nothing in ("", "None", "null", "-"):
            line = f"555,100,{nothing},36,{nothing},1752998529,1753002188,3659,{nothing}"
            (row,) = read(ANYDESK, line).rows
            self.assertEqual((row.user, row.device, row.device_name), ("100", "36", ""))
            self.assertEqual(row.note, "")
        problem = read(ANYDESK, "555,None,None,36,,1752998529,1753002188,3659,").problems[0]
        self.assertEqual((problem.code, problem.values), ("missing", {"column": "user"}))

    def test_id_that_a_spreadsheet_has_cut(self):
        for text in ('"1,23457E+08"', "1.23457E+08", "1E+09"):
            line = f"555,100,zoe@ad,{text},pc@ad,1752998529,1753002188,3659,"
            problem = read(ANYDESK, line).problems[0]
            self.assertEqual((problem.code, problem.values["column"]), ("shortened", "device"))
        self.assertEqual(
            read(ANYDESK, '"1,7E+12",1,z,36,,1752998529,1753002188,1,').problems[0].values,
            {"column": "session", "value": "1,7E+12"},
        )


@tagged("post_install", "-at_install")
class TestTeamViewerFiles(BaseCase):
    TIMES = "02-03-2026 09:00:00\t02-03-2026 09:31:00"

    def test_outgoing(self):
        """Connections.txt: no header, tabs, UTC, the id of the connection last."""
        line = f"920\t{self.TIMES}\tzoe\tRemoteControl\t{GUID}\t\r"
        self.assertEqual(guess_profile(line.encode()), "teamviewer_out")
        found = read(line, line.replace(":31:00", ""))
        (row,) = found.rows
        self.assertEqual((row.line, row.device, row.user), (1, "920", "zoe"))
        self.assertEqual((row.start, row.stop), (NINE, NINE + timedelta(minutes=31)))
        self.assertEqual(row.identity, GUID[1:-1].lower())
        self.assertEqual([problem.line for problem in found.problems], [2])

    def test_incoming(self):
        """Connections_incoming.txt does not say to which computer: the reader does."""
        line = f"920\tNAME\t{self.TIMES}\tAccueil\tRemoteControl\t{GUID}"
        self.assertEqual(guess_profile(line.encode()), "teamviewer_in")
        for name, user in (("Zoe", "Zoe"), ("", "920")):
            (row,) = read(line.replace("NAME", name), device="12 34").rows
            self.assertEqual((row.device_key, row.user, row.start), ("1234", user, NINE))
        with self.assertRaises(LogError) as caught:
            read(line)
        self.assertEqual(caught.exception.code, "no_device")

    def test_both_ends_tell_of_one_connection(self):
        out = read(f"920\t{self.TIMES}\tzoe\tRemoteControl\t{GUID}").rows[0]
        into = read(f"7\tZoe\t{self.TIMES}\tx\tRemoteControl\t{GUID}", device="920").rows[0]
        self.assertEqual(out.identity, into.identity)


@tagged("post_install", "-at_install")
class TestIdentity(BaseCase):
    HEADER = "device;user;start;stop;session"

    def test_zone_does_not_count(self):
        line = "1;zoe;2026-03-02 09:00;2026-03-02 09:31;S1"
        paris, utc = (read(self.HEADER, line, tz=zone).rows[0] for zone in ("Europe/Paris", "UTC"))
        self.assertEqual(paris.identity, utc.identity)
        self.assertNotEqual(paris.key, utc.key)

    def test_tools_have_their_own_numbers(self):
        own = read(self.HEADER, "1;zoe;2026-03-02 09:00;2026-03-02 09:31;555").rows[0]
        other = read(ANYDESK, "555,1,zoe,36,,1752998529,1753002188,1,").rows[0]
        self.assertNotEqual(own.identity, other.identity)

    def test_parts_of_a_session(self):
        """Several connections of one id are parts; one told twice in other words is a problem."""
        found = read(
            self.HEADER,
            "1;zoe;2026-03-02 09:00;2026-03-02 09:10;S1",
            "1;zoe;2026-03-02 11:00;2026-03-02 11:10;S1",
            "2;zoe;2026-03-02 11:05;2026-03-02 11:10;S1",
            "1;zoe;2026-03-02 09:00;2026-03-02 09:11;S1",
        )
        self.assertEqual(len({row.identity for row in found.rows}), 3)
        self.assertEqual(
            [(item.line, item.code, item.values["other"]) for item in found.problems],
            [(5, "same_session", "2")],
        )


@tagged("post_install", "-at_install")
class TestTimesOfFiles(BaseCase):
    def test_date_and_time_in_two_columns(self):
        cases = (
            ("Date;Début;Fin", "13/03/2026;09:00;09:31"),
            ("Date;Heure de début;Heure de fin", "13.03.26;9h00;9h31"),
            ("Start date;Start time;End date;End time", "2026-03-13;09:00;2026-03-13;09:31"),
            ("Date;Start;Duration", "2026-03-13 00:00:00;09:00;31"),
        )
        for names, values in cases:
            with self.subTest(names):
                (row,) = read(f"Device;User;{names}", f"1;zoe;{values}").rows
                self.assertEqual(row.start, datetime(2026, 3, 13, 9, tzinfo=UTC))
                self.assertEqual(row.stop - row.start, timedelta(minutes=31))

    def test_past_midnight(self):
        """An end without a date, earlier than the start, is the next day's: leap days as well."""
        (row,) = read("Device;User;Date;Start;End", "1;zoe;2028-02-29;23:50;00:10").rows
        self.assertEqual(row.stop, datetime(2028, 3, 1, 0, 10, tzinfo=UTC))
        (row,) = read("Device;User;Start;End", "1;zoe;2026-03-02 23:50;00:10").rows
        self.assertEqual(row.stop - row.start, timedelta(minutes=20))
        (problem,) = read("Device;User;Start;End", "1;zoe;2026-03-02 09:20;09:00").problems
        self.assertEqual(problem.code, "end_before_start", "a mistake, no day and night")

    def test_local_day(self):
        """The day of an end without one is that of the start where the file was written."""
        lines = ("Device;User;Start;End", "1;zoe;2026-03-03 00:30;00:40")
        (row,) = read(*lines, tz="Europe/Paris").rows
        self.assertEqual(row.stop, datetime(2026, 3, 2, 23, 40, tzinfo=UTC))

    def test_two_digit_years(self):
        for text in ("13/03/26 09:00", "13.03.26 09:00"):
            (row,) = read("Device;User;Start;Duration", f"1;zoe;{text};31").rows
            self.assertEqual(row.start, datetime(2026, 3, 13, 9, tzinfo=UTC))
        for text in ("26/03/02 09:00", "03-02-26 09:00"):
            (problem,) = read("Device;User;Start;Duration", f"1;zoe;{text};31").problems
            self.assertIn(problem.code, ("bad_time", "date_order"), "may be read in two ways")

    def test_order_of_dates_in_their_own_column(self):
        found = read(
            "Device;User;Date;Start;Duration", "1;z;02/03/26;09:00;1", "1;z;13/03/26;09:00;1"
        )
        self.assertEqual(found.rows[0].start, NINE)


@tagged("post_install", "-at_install")
class TestWorkbooks(BaseCase):
    HEADER = ("Poste", "Technicien", "Date", "Début", "Fin", "Durée")

    def read_rows(self, *rows, **options):
        return read_log(write_workbook(self.HEADER, *rows), **options)

    def test_cells(self):
        """Numbers, dates and times are what the sheet shows, to the second."""
        day = date(2026, 3, 2)
        found = self.read_rows(
            (123456789, "zoe", day, time(9), time(9, 31), None),
            (123456789.0, "zoe", None, datetime(2026, 3, 2, 10), None, timedelta(minutes=31)),
            ("12 34", "zoe", day, "11:00", None, 31),
        )
        self.assertEqual(found.problems, ())
        self.assertEqual([row.device for row in found.rows], ["123456789", "123456789", "12 34"])
        for hour, row in enumerate(found.rows):
            self.assertEqual(row.start, NINE + timedelta(hours=hour))
            self.assertEqual(row.stop - row.start, timedelta(minutes=31))
        self.assertEqual([row.line for row in found.rows], [2, 3, 4])

    def test_number_of_which_digits_are_lost(self):
        found = self.read_rows(
            (1234567890123456789, "zoe", None, NINE.replace(tzinfo=None), None, 31)
        )
        self.assertEqual(found.problems[0].code, "shortened")

    def test_profile_is_found(self):
        data = write_workbook(ANYDESK.split(","), [1, 2, "z", 36, None, 1752998529, 1753002188, 1])
        self.assertEqual(guess_profile(data), "anydesk")
        self.assertEqual(read_log(data).rows[0].device, "36")

    def test_what_is_no_workbook(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("word/document.xml", "<x/>")
        for data in (b"PK\x03\x04\x00\x00\x08", buffer.getvalue()):
            with self.assertRaises(LogError) as caught:
                read_log(data)
            self.assertEqual(caught.exception.code, "not_workbook")

    def test_what_unpacks_to_too_much(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"0" * (connection_file.MAX_UNPACKED + 1))
        with self.assertRaises(LogError) as caught:
            read_log(buffer.getvalue())
        self.assertEqual(caught.exception.code, "too_large")

    def test_what_keeps_its_reader(self):
        """A small file may unpack to rows or cells without end; it is counted before it is read."""
        limit = connection_file.MAX_CELLS
        sheets = {
            "too_many_cells": [
                b"<row>" + b"<c/>" * (limit + 1) + b"</row>",
                b"<row>" + b"<x:c/>" * (limit + 1) + b"</row>",
                b"<x/>" * (connection_file.MAX_TAGS + 1),
            ],
            "too_many_rows": [b"<row><c/></row>" * (connection_file.MAX_ROWS + 10)],
            "not_workbook": [b'<!DOCTYPE x [<!ENTITY a "b">]><row/>'],
        }
        for code, contents in sheets.items():
            for content in contents:
                with self.subTest(code), self.assertRaises(LogError) as caught:
                    read_log(write_archive(content))
                self.assertEqual(caught.exception.code, code)

    def test_too_many_members(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for number in range(connection_file.MAX_MEMBERS + 1):
                archive.writestr(str(number), b"")
        with self.assertRaises(LogError) as caught:
            read_log(buffer.getvalue())
        self.assertEqual(caught.exception.code, "too_large")

    def test_empty_sheets(self):
        with self.assertRaises(LogError) as caught:
            read_log(write_workbook())
        self.assertEqual(caught.exception.code, "empty")


@tagged("post_install", "-at_install")
class TestUnknownColumns(BaseCase):
    LINES = ("Machine;Agent;Jour;Depuis;Jusque", "12;zoe;13/03/2026;9:00;9:31")
    COLUMNS = {"device": 0, "user": 1, "start_date": 2, "start": 3, "stop": 4}

    def test_as_told(self):
        found = read(*self.LINES, columns=self.COLUMNS)
        self.assertEqual(found.profile.code, "mapped")
        self.assertEqual(found.rows[0].stop - found.rows[0].start, timedelta(minutes=31))

    def test_signature(self):
        """Files of the same columns are alike, whatever their lines, titles and spelling."""
        first = outline("\n".join(self.LINES).encode())
        other = outline(b"Export\n\nmachine;AGENT;jour;depuis;jusque\n3;x;y;z;a")
        self.assertEqual(first.signature, other.signature)
        self.assertNotEqual(
            first.signature, outline(b"Machine;Agent;Depuis;Jour;Jusque\n1;1;1;1;1").signature
        )

    def test_no_header_costs_no_line(self):
        lines = ("12;zoe;13/03/2026 9:00;13/03/2026 9:31", "12;zoe;14/03/2026 9:00;14/03/2026 9:31")
        found = outline("\n".join(lines).encode())
        self.assertEqual((found.header, len(found.samples)), (("",) * 4, 2))
        columns = {"device": 0, "user": 1, "start": 2, "stop": 3}
        self.assertEqual(len(read(*lines, columns=columns).rows), 2)

    def test_what_is_no_table(self):
        for data in (b"a;b\n1;2", b"nothing"):
            self.assertIsNone(outline(data))
