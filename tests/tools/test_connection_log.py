import csv
import io
from datetime import datetime, timedelta, timezone
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import connection_log
from odoo.addons.service_contract.tools.connection_log import (
    LogError,
    LogRow,
    drop_overlaps,
    group_rows,
    guess_profile,
    read_log,
    write_csv,
)
from odoo.addons.service_contract.tools.connection_times import is_blank

FAST = settings(max_examples=80, deadline=None, derandomize=True)
HEADER = "device;user;start;stop;note"
GOOD = "12 34;zoe;2026-03-02 09:00:00;2026-03-02 09:31:00;done"
UTC = timezone.utc


def log(*lines, **options):
    return read_log("\n".join((HEADER, *lines)).encode(), **options)


def problem(line, **options):
    """Return the code and the values of the one problem of one line."""
    (found,) = log(line, **options).problems
    return found.code, found.values


def row(line=1, start=0, minutes=10, device="1", user="zoe"):
    begin = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=start)
    return LogRow(line, device, "", user, begin, begin + timedelta(minutes=minutes))


@tagged("post_install", "-at_install")
class TestReadFile(BaseCase):
    def test_encodings(self):
        text = f"{HEADER}\n12;Zoé;2026-03-02 09:00;2026-03-02 09:30;"
        for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
            with self.subTest(encoding):
                self.assertEqual(read_log(text.encode(encoding)).rows[0].user, "Zoé")

    def test_separators(self):
        for separator in (";", ",", "\t"):
            with self.subTest(separator):
                text = f"{HEADER}\n{GOOD}".replace(";", separator)
                self.assertEqual(read_log(text.encode()).rows[0].device, "12 34")

    def test_line_ends_and_blank_lines(self):
        text = f"{HEADER}\r\n\r\n{GOOD}\r\n;;;;\r\n"
        (found,) = read_log(text.encode()).rows
        self.assertEqual(found.line, 3)

    def test_title_above_header(self):
        text = f"Connection report\n\n{HEADER}\n{GOOD}"
        self.assertEqual(read_log(text.encode()).rows[0].line, 4)
        self.assertEqual(read_log(f"sep=;\n{HEADER}\n{GOOD}".encode()).rows[0].line, 3)

    def test_quoted_line_breaks(self):
        """Line numbers are those of the file, whatever breaks a cell contains."""
        found = log('12;zoe;2026-03-02 09:00;2026-03-02 09:30;"a\nb;c"', "13;;x;y;")
        self.assertEqual(found.rows[0].note, "a\nb;c")
        self.assertEqual((found.rows[0].line, found.problems[0].line), (2, 4))

    def test_broken_quote_costs_one_line(self):
        found = log('12;zoe;2026-03-02 09:00;2026-03-02 09:30;"never ends', GOOD)
        self.assertEqual([item.line for item in found.rows], [3])
        self.assertEqual([(item.line, item.code) for item in found.problems], [(2, "quote")])

    def test_quote_inside_a_cell(self):
        found = log('12;zoe;2026-03-02 09:00;2026-03-02 09:30;screen of 24"', GOOD)
        self.assertEqual(found.rows[0].note, 'screen of 24"')

    def test_unreadable_files(self):
        cases = {
            "empty": b"  \n",
            "not_text": b"\xff\xfe\x00\xd8",
            "unknown_columns": b"a,b\n1,2\n",
            "too_large": b"x" * (connection_log.MAX_BYTES + 1),
        }
        for code, data in cases.items():
            with self.subTest(code), self.assertRaises(LogError) as caught:
                read_log(data)
            self.assertEqual(caught.exception.code, code)
        self.assertIsNone(guess_profile(b"a,b\n"))

    def test_binary_files(self):
        for data in (b"PK\x03\x04\x00\x00\x08", b"\x89PNG\r\n\x1a\n\x00", b"\x00" * 100):
            with self.subTest(data), self.assertRaises(LogError):
                read_log(data)

    def test_too_many_rows(self):
        with self.assertRaises(LogError) as caught:
            log(*[GOOD] * (connection_log.MAX_ROWS + 1))
        self.assertEqual(caught.exception.values, {"limit": "50000"})

    def test_what_keeps_its_reader(self):
        """Ten megabytes of anything are counted before they are cut into cells."""
        room = connection_log.MAX_BYTES - 1_000
        head = b"device;user;start;stop\n"
        cases = {
            "too_many_cells": (head + b";" * room, head + (b";" * 200 + b"\n") * (room // 201)),
            "too_many_rows": (
                head + b"\n" * room,
                head + b'"\n";' * (room // 4),
                b"\r" * room + b"x",
            ),
            "unknown_columns": (b";" * room, b"," * room, b'"' * room),
            "not_csv": (head + (b'"' + b"\n" * 102) * 1_100,),
        }
        begun = process_time()
        for code, files in cases.items():
            for data in files:
                with self.subTest(code, start=data[-20:]):
                    guess_profile(data)
                    with self.assertRaises(LogError) as caught:
                        read_log(data)
                    self.assertEqual(caught.exception.code, code)
        self.assertLess(process_time() - begun, 10, "one of them took 34 seconds")

    def test_huge_line_costs_one_line(self):
        for line in ("x" * 9_000_000, '"' + "x;" * 100_000, ";".join(['"x\n"'] * 150)):
            found = log(GOOD, line, GOOD.replace("12 34", "56 78"))
            self.assertEqual([row.device_key for row in found.rows], ["1234", "5678"])
            self.assertLessEqual(max(len(problem.raw) for problem in found.problems), 100_000)
        self.assertEqual(log(GOOD, "x" * 200_000).problems[0].code, "long_line")

    def test_as_many_cells_as_a_long_log_has(self):
        lines = [HEADER + ";more" * 15, *[GOOD + ";x" * 15] * 40_000]
        found = read_log("\n".join(lines).encode())
        self.assertEqual(len(found.rows) + len(found.problems), 40_000)

    def test_foreign_profile(self):
        with self.assertRaises(LogError):
            read_log(f"{HEADER}\n{GOOD}".encode(), profile="anydesk")


@tagged("post_install", "-at_install")
class TestProfiles(BaseCase):
    def test_teamviewer_api_names(self):
        found = read_log(
            b"userid,username,deviceid,devicename,groupname,start_date,end_date,notes\n"
            b"u1,Zoe,d123,PC-1,Customer A,2026-03-02T09:00:00Z,2026-03-02T09:30:00Z,mail\n"
        )
        self.assertEqual(found.profile.code, "teamviewer")
        first = found.rows[0]
        self.assertEqual((first.device, first.device_name), ("d123", "PC-1"))
        self.assertEqual((first.user, first.customer, first.note), ("Zoe", "Customer A", "mail"))
        self.assertTrue(first.has_own_zone)

    def test_teamviewer_console_names_are_utc(self):
        """Its help says that exported times are in UTC; the reader may choose otherwise."""
        text = "User,Computer,ID,Group,Start,End,Notes\nZoe,PC,1 2,A,02/03/2026 9:00 AM,{},\n"
        data = text.format("13/03/2026 9:00 AM")
        self.assertEqual(read_log(data.encode()).problems[0].code, "too_long", "day first")
        data = text.format("02/03/2026 9:30 AM").encode()
        self.assertEqual(read_log(data).problems[0].code, "date_order")
        first = read_log(data, date_order="mdy").rows[0]
        self.assertEqual(first.start, datetime(2026, 2, 3, 9, tzinfo=UTC))
        paris = read_log(data, date_order="dmy", tz="Europe/Paris").rows[0]
        self.assertEqual(paris.start, datetime(2026, 3, 2, 8, tzinfo=UTC))

    def test_teamviewer_in_french_and_german(self):
        for header in ("Utilisateur;Ordinateur;ID;Début;Fin", "Benutzer;Gerät;ID;Start;Ende"):
            with self.subTest(header):
                text = f"{header}\nZoé;PC;12;02.03.2026 09:00;02.03.2026 09:30:05"
                found = read_log(text.encode("cp1252"), profile="teamviewer")
                self.assertEqual(found.rows[0].stop, datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC))

    def test_anydesk(self):
        found = read_log(
            b"sid,from.cid,from.alias,to.cid,to.alias,start-time,end-time,duration,comment\n"
            b"9,100,zoe@ad,362798056,pc@ad,1752998529,1753002188,3659,printer\n"
            b"10,100,zoe@ad,362798056,pc@ad,1753002200,,,\n"
        )
        self.assertEqual(found.profile.code, "anydesk")
        first = found.rows[0]
        self.assertEqual((first.session, first.user, first.device), ("9", "zoe@ad", "362798056"))
        self.assertEqual(int((first.stop - first.start).total_seconds()), 3659)
        self.assertEqual(found.problems[0].values, {"column": "stop"}, "it still runs")

    def test_duration_instead_of_end(self):
        """A bare number is minutes, as the screens read it; a column may say another unit."""
        cases = (
            ("duration", "0:10:05", 605),
            ("duration", "90", 5400),
            ("duration", "31", 1860),
            ("duration", "0:31", 1860),
            ("duration", "31.5", 1890),
            ("duration", "1h30", 5400),
            ("duration (s)", "31", 31),
            ("durée (h)", "2", 7200),
        )
        for name, text, seconds in cases:
            with self.subTest(f"{name} {text}"):
                data = f"device,user,start,{name}\n1,zoe,2026-03-02 09:00,{text}\n"
                (found,) = read_log(data.encode()).rows
                self.assertEqual((found.stop - found.start).total_seconds(), seconds)
        data = b"device,user,start,duration\n1,zoe,2026-03-02 09:00,ten minutes\n"
        self.assertEqual(read_log(data).problems[0].code, "bad_duration")


@tagged("post_install", "-at_install")
class TestLines(BaseCase):
    def test_bad_lines(self):
        cases = [
            (";zoe;2026-03-02 09:00;2026-03-02 09:30;", "missing", {"column": "device"}),
            ("12; ;2026-03-02 09:00;2026-03-02 09:30;", "missing", {"column": "user"}),
            ("12;zoe;;2026-03-02 09:30;", "missing", {"column": "start"}),
            ("12;zoe;2026-03-02 09:00", "missing", {"column": "stop"}),
            (
                "12;zoe;2026-02-30 09:00;2026-03-02 09:30;",
                "bad_time",
                {"value": "2026-02-30 09:00"},
            ),
            ("12;zoe;2026-03-02;2026-03-02 09:30;", "bad_time", {"value": "2026-03-02"}),
            (
                "12;zoe;0001-01-01 00:00;2026-03-02 09:30;",
                "bad_time",
                {"value": "0001-01-01 00:00"},
            ),
            ("12;zoe;2026-03-02 10:00;2026-03-02 09:30;", "end_before_start", {}),
            ("12;zoe;2026-03-02 10:00;2026-03-02 10:00;", "empty", {}),
            ("12;zoe;2026-03-02 10:00;2026-03-03 10:00:01;", "too_long", {}),
            (
                f"{'1' * 251};zoe;2026-03-02 10:00;2026-03-02 10:01;",
                "long_text",
                {"column": "device"},
            ),
            (f"{GOOD};and more", "cells", {}),
        ]
        for line, code, values in cases:
            with self.subTest(line[:60]):
                self.assertEqual(problem(line), (code, values))

    def test_exactly_24_hours(self):
        self.assertEqual(len(log("12;zoe;2026-03-02 10:00;2026-03-03 10:00;").rows), 1)

    def test_future(self):
        now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        self.assertEqual(problem(GOOD, now=now)[0], "future")
        self.assertEqual(len(log(GOOD, now=now + timedelta(minutes=1)).rows), 1)

    def test_duplicate_in_other_words(self):
        found = log(GOOD, "1234;ZOE;2026-03-02T10:00+01:00;2026-03-02T10:31+01:00;again")
        self.assertEqual(found.problems[0].values, {"other": "2"})

    def test_date_order_of_the_whole_file(self):
        found = log("1;a;02/03/2026 9:00;02/03/2026 9:30;", "1;a;13/03/2026 9:00;13/03/2026 9:30;")
        self.assertEqual(found.rows[0].start, datetime(2026, 3, 2, 9, tzinfo=UTC))
        found = log("1;a;02/13/2026 9:00;02/13/2026 9:30;", "1;a;13/03/2026 9:00;13/03/2026 9:30;")
        self.assertEqual({item.code for item in found.problems}, {"date_order"}, "they disagree")
        found = log("1;a;03/03/2026 9:00;03/03/2026 9:30;")
        self.assertEqual(len(found.rows), 1, "the same in both orders")

    def test_half_days(self):
        for text, hour in (("12:05 AM", 0), ("12:05 PM", 12), ("1:05 p.m.", 13)):
            data = f"1;a;03/03/2026 {text};2026-03-04 00:00;"
            self.assertEqual(log(data).rows[0].start.hour, hour)
        self.assertEqual(problem("1;a;03/03/2026 13:05 PM;2026-03-04 00:00;")[0], "bad_time")


@tagged("post_install", "-at_install")
class TestTimeZones(BaseCase):
    def test_chosen_zone(self):
        for zone, hour in (("Europe/Paris", 8), ("Indian/Reunion", 5), (None, 9)):
            self.assertEqual(log(GOOD, tz=zone).rows[0].start.hour, hour)

    def test_offset_wins_over_chosen_zone(self):
        for offset in ("+04:00", "+0400", "+04", " +04:00"):
            line = f"1;a;2026-03-02 09:00{offset};2026-03-02 09:30{offset};"
            (found,) = log(line, tz="Europe/Paris").rows
            self.assertEqual(found.start, datetime(2026, 3, 2, 5, tzinfo=UTC))
            self.assertTrue(found.has_own_zone)

    def test_nights_of_clock_changes(self):
        """What the clocks skip or repeat is refused; what has an offset is not."""
        line = "1;a;2026-{0} 02:30;2026-{0} 04:00;"
        skipped = problem(line.format("03-29"), tz="Europe/Paris")
        self.assertEqual(
            skipped, ("skipped_time", {"value": "2026-03-29 02:30", "zone": "Europe/Paris"})
        )
        self.assertEqual(problem(line.format("10-25"), tz="Europe/Paris")[0], "repeated_time")
        self.assertEqual(len(log(line.format("10-25"), tz="Indian/Reunion").rows), 1)
        line = "1;a;2026-10-25 02:30+02:00;2026-10-25 02:30+01:00;"
        (found,) = log(line, tz="Europe/Paris").rows
        self.assertEqual(found.stop - found.start, timedelta(hours=1))

    def test_across_the_change(self):
        (found,) = log("1;a;2026-03-29 01:30;2026-03-29 03:30;", tz="Europe/Paris").rows
        self.assertEqual(found.stop - found.start, timedelta(hours=1))


@tagged("post_install", "-at_install")
class TestGroups(BaseCase):
    def groups(self, rows, gap):
        found = group_rows(rows, lambda item: (item.user, item.start.date()), gap)
        return [[item.line for item in group] for group in found]

    def test_gap(self):
        rows = [row(1, 0), row(2, 15), row(3, 40), row(4, 41, device="2")]
        self.assertEqual(self.groups(rows, 0), [[1], [2], [3], [4]])
        self.assertEqual(self.groups(rows, 300), [[1, 2], [3, 4]])
        self.assertEqual(self.groups(rows, 299), [[1], [2], [3, 4]])
        self.assertEqual(self.groups(rows, 900), [[1, 2, 3, 4]])

    def test_long_connection_keeps_the_session_open(self):
        self.assertEqual(self.groups([row(1, 0, 60), row(2, 5, 5), row(3, 61)], 60), [[1, 2, 3]])

    def test_places_apart(self):
        rows = [row(1, 0), row(2, 1, user="max"), row(3, 2), row(4, 24 * 60)]
        self.assertEqual(self.groups(rows, 86400), [[1, 3], [2], [4]])

    def test_24_hours_at_most(self):
        rows = [row(1, 0, 800), row(2, 700, 800)]
        self.assertEqual(self.groups(rows, 3600), [[1], [2]])

    def test_overlaps(self):
        """Of two lines that overlap the first stays; what is recorded goes before both."""
        start = datetime(2026, 3, 2, 9, tzinfo=UTC)
        recorded = {("1",): [(start, start + timedelta(minutes=5), "SES/1", 0)]}
        rows = [row(2, 4), row(3, 5), row(4, 14, 1), row(5, 15, 1), row(6, 4, device="2")]
        kept, problems = drop_overlaps(rows, lambda item: (item.device,), recorded)
        self.assertEqual([item.line for item in kept], [3, 5, 6])
        self.assertEqual(
            [(item.line, item.code, item.values["other"]) for item in problems],
            [(2, "overlap_recorded", "SES/1"), (4, "overlap_line", "3")],
        )


TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"),
    min_size=1,
    max_size=20,
).filter(lambda text: text == text.strip() and not is_blank(text))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@st.composite
def log_rows(draw):
    start = draw(MOMENTS)
    seconds = draw(st.integers(1, 86400))
    note = draw(st.text(st.sampled_from("ab;,\n\"'\té"), max_size=20)).strip()
    return LogRow(
        0, draw(TEXTS), "", draw(TEXTS), start, start + timedelta(seconds=seconds), "", note
    )


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    @FAST
    @given(st.lists(log_rows(), unique_by=lambda item: item.key), st.sampled_from(";,\t"))
    def test_what_is_written_is_read(self, rows, separator):
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=separator)
        writer.writerow(HEADER.split(";"))
        for item in rows:
            times = (item.start.isoformat(), item.stop.isoformat())
            writer.writerow([item.device, item.user, *times, item.note])
        found = read_log(buffer.getvalue().encode())
        self.assertEqual(found.problems, ())
        self.assertEqual([item.key for item in found.rows], [item.key for item in rows])
        notes = [item.note.replace("\r\n", "\n") for item in rows]
        self.assertEqual([item.note for item in found.rows], notes)

    @FAST
    @given(st.binary(max_size=300), st.sampled_from((b"", f"{HEADER}\n".encode())))
    def test_garbage_raises_the_declared_error_only(self, data, prefix):
        try:
            found = read_log(prefix + data)
        except LogError as error:
            self.assertIsInstance(error.code, str)
        else:
            self.assertTrue(all(item.line > 1 for item in (*found.rows, *found.problems)))

    @FAST
    @given(st.lists(st.text(st.sampled_from('12;:-/. "\nTZ+,ap'), max_size=30), max_size=8))
    def test_every_line_is_row_or_problem(self, cells):
        try:
            found = log(";".join(cells), "end;zoe;2026-03-02 09:00;2026-03-02 09:30;")
        except LogError:
            return
        self.assertTrue(found.rows or found.problems)

    @FAST
    @given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40)), max_size=12))
    def test_what_is_kept_never_overlaps(self, spans):
        rows = [row(line, start, minutes) for line, (start, minutes) in enumerate(spans)]
        kept, problems = drop_overlaps(rows, lambda item: (), {})
        self.assertEqual(len(kept) + len(problems), len(rows))
        ordered = sorted(kept, key=lambda item: item.start)
        for one, other in zip(ordered, ordered[1:], strict=False):
            self.assertLessEqual(one.stop, other.start)

    @FAST
    @given(st.lists(st.text(max_size=10), min_size=1, max_size=4))
    def test_no_cell_is_a_formula(self, cells):
        text = write_csv(["x"], [cells]).decode("utf-8-sig")
        for cell in next(iter(list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:])):
            self.assertNotIn(cell[:1], ("=", "+", "-", "@"))
