"""From the log file of a remote control tool to connections, with a reason for each bad line.

``read_log`` turns the bytes of a file (``connection_file``) into ``LogRow`` (instants in UTC) and
``LogProblem`` (line number, reason code, values to say it with). Nothing is guessed: a time that
the clocks skip or repeat, a date that may be read in two ways, or an id that a spreadsheet has cut
is a problem of its line. ``group_rows`` says which rows make one session.

A title may stand above the header. The columns are those of a profile of ``connection_profiles``,
or what the reader says of a file whose header nobody knows (``outline``).

What makes a connection the same one in every file that tells of it: its instants, device and user
(``LogRow.key``); where the file has ids of its own, such an id (``LogRow.identity``), whatever
zone its times were read in; else its times as they are written, read in the zone of an earlier
import (``LogRow.get_key_in``).
"""

from __future__ import annotations

import csv
import hashlib
import io
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from . import connection_layout
from .connection_file import MAX_BYTES, MAX_ROWS, Line, LogError, Source, open_file
from .connection_layout import Layout
from .connection_profiles import GUID, Profile, fold_id, fold_name
from .connection_times import (
    MAX_TEXT,
    MIDNIGHT,
    ONLY_CLOCK,
    SLASHED_DAY,
    LineError,
    find_unit,
    is_blank,
    is_shortened,
    parse_duration,
    parse_time,
    to_utc,
)

__all__ = ["MAX_BYTES", "MAX_ROWS", "LogError", "read_log"]

MAX_DURATION = timedelta(hours=24)
# Zones are 26 hours apart at most: an id that comes again later is another session's.
SAME_ID_WITHIN = timedelta(hours=26)

Values = dict[str, str]
Place = tuple[Any, ...]
Span = tuple[datetime, datetime, str, int]


@dataclass(frozen=True)
class LogRow:
    """Hold one connection of a log; ``start`` and ``stop`` are in UTC, to the second."""

    line: int
    device: str
    device_name: str
    user: str
    start: datetime
    stop: datetime
    customer: str = ""
    note: str = ""
    session: str = ""
    raw: str = field(default="", compare=False)
    has_own_zone: bool = field(default=False, compare=False)
    identity: str = field(default="", compare=False)
    former_user: str = field(default="", compare=False)

    @cached_property
    def device_key(self) -> str:
        """Return what the device is remembered by."""
        return fold_id(self.device or self.device_name)

    @cached_property
    def user_key(self) -> str:
        """Return what the user is remembered by."""
        return fold_name(self.user)

    @cached_property
    def key(self) -> str:
        """Return what makes this connection the same one in every file that tells of it."""
        return self._hash(self.user_key, self.start, self.stop)

    @property
    def former_key(self) -> str:
        """Return the key that an import gave while a word for nothing passed for the user."""
        return self._hash(fold_name(self.former_user), self.start, self.stop)

    def get_key_in(self, zone: ZoneInfo, other: ZoneInfo) -> str | None:
        """Return the key of what is written here had it been read in another zone."""
        moments = (moment.astimezone(zone).replace(tzinfo=None) for moment in self.span)
        try:
            return self._hash(self.user_key, *(to_utc(moment, other) for moment in moments))
        except LineError:
            return None

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Return start and stop."""
        return self.start, self.stop

    def is_same_as(self, other: LogRow) -> bool:
        """Tell whether two lines of one id tell of one connection, and not of two parts."""
        is_meanwhile = self.start < other.stop and other.start < self.stop
        return is_meanwhile and self.device_key == other.device_key

    def _hash(self, user_key: str, start: datetime, stop: datetime) -> str:
        parts = (self.device_key, user_key, start.isoformat(), stop.isoformat())
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class LogProblem:
    """Hold why a line was put aside: its first line number in the file, a code and its values.

    Codes: ``missing`` (column), ``bad_time`` (value), ``date_order`` (value), ``bad_duration``
    (value), ``skipped_time`` and ``repeated_time`` (value, zone), ``end_before_start``, ``empty``,
    ``too_long``, ``future`` (value), ``duplicate`` (other line), ``same_session`` (other line,
    value), ``cells`` (more than the header has), ``long_text`` (column), ``long_line``,
    ``quote`` (one that never ends), ``shortened`` (value, column).
    """

    line: int
    code: str
    values: Values
    raw: str = ""


@dataclass(frozen=True)
class Log:
    """Hold what was read from a file."""

    profile: Profile
    rows: tuple[LogRow, ...]
    problems: tuple[LogProblem, ...]
    tz: str = "UTC"


# ----- The file -----


def read_log(
    data: bytes | Source,
    tz: str | None = None,
    profile: str | None = None,
    date_order: str | None = None,
    now: datetime | None = None,
    columns: Mapping[str, int] | None = None,
    device: str = "",
) -> Log:
    """Return the connections of a file and the lines that cannot be read.

    ``tz`` is the IANA name of the zone of times without an offset (default: what the profile's
    tool documents, else UTC); ``profile`` a key of PROFILES, found by the header when None;
    ``date_order`` ``dmy`` or ``mdy``, found by the file's own dates when None. Lines that end
    after ``now`` are problems. ``columns`` says ``{role: index}`` of a file whose header no
    profile knows; ``device`` is the one that a file tells of without naming it. LogError when the
    file as a whole cannot be read.

    >>> log = read_log(b"device;user;start;stop\\n12 34;zoe;2026-03-02 09:00;2026-03-02 09:31\\n")
    >>> log.profile.code, log.rows[0].device_key, log.rows[0].stop.isoformat()
    ('generic', '1234', '2026-03-02T09:31:00+00:00')
    >>> read_log(b"device;user;start;stop\\n12;zoe;2026-03-02 09:00;\\n").problems[0].values
    {'column': 'stop'}
    """
    source = open_file(data)
    layout = connection_layout.find_layout(source, profile, columns)
    if layout.profile.code == "teamviewer_in" and not device:
        raise LogError("no_device")
    cells, broken = source.read_lines(layout.first, layout.separator)
    zone = ZoneInfo(tz or layout.profile.tz or "UTC")
    reader = _Reader(layout, zone, date_order, now, device)
    reader.settle_date_order(cells)
    rows, problems = reader.sort_out(cells)
    problems += [LogProblem(line, code, {}, raw) for line, code, raw in broken]
    problems.sort(key=lambda problem: problem.line)
    return Log(layout.profile, tuple(rows), tuple(problems), zone.key)


def guess_profile(data: bytes | Source) -> str | None:
    """Return the code of the profile that knows a file's header, None when none does.

    >>> guess_profile(b"sid,from.cid,to.cid,start-time,end-time,comment\\n")
    'anydesk'
    """
    try:
        return connection_layout.find_layout(open_file(data)).profile.code
    except LogError:
        return None


# ----- Lines -----


TEXTS = ("device", "device_name", "user", "customer", "session")
TIMES = ("start", "start_date", "stop", "stop_date")


class _Reader:
    """Turn the cells of lines into rows and problems."""

    def __init__(
        self,
        layout: Layout,
        zone: ZoneInfo,
        date_order: str | None,
        now: datetime | None,
        device: str,
    ) -> None:
        self.width = layout.width
        self.columns = layout.columns
        self.tool = layout.profile.tool
        self.unit = find_unit(layout.get_name("duration")) or layout.profile.unit
        self.zone = zone
        self.date_order = date_order
        self.now = now
        self.device = device

    def settle_date_order(self, lines: Iterable[Line]) -> None:
        """Take day or month first from the file's own dates, where all that tell agree."""
        roles = [name for name in TIMES if name in self.columns]
        if self.date_order or not roles:
            return
        orders = set()
        for _line, cells, _raw in lines:
            for role in roles:
                match = SLASHED_DAY.match(self._get(cells, role))
                if match and int(match["one"]) > 12:
                    orders.add("dmy")
                elif match and int(match["two"]) > 12:
                    orders.add("mdy")
        self.date_order = orders.pop() if len(orders) == 1 else None

    def sort_out(self, lines: Iterable[Line]) -> tuple[list[LogRow], list[LogProblem]]:
        """Return the rows and the problems, a connection that is told twice being a problem."""
        rows: dict[str, LogRow] = {}
        parts: dict[str, list[LogRow]] = {}
        problems = []
        for line, cells, raw in lines:
            try:
                row = self._read_row(line, cells, raw)
                if row.key in rows:
                    raise LineError("duplicate", other=str(rows[row.key].line))
                if row.identity:
                    row = self._number_part(row, parts.setdefault(row.identity, []))
                rows[row.key] = row
            except LineError as error:
                problems.append(LogProblem(line, error.code, error.values, raw))
        return list(rows.values()), problems

    def _number_part(self, row: LogRow, parts: list[LogRow]) -> LogRow:
        """Return a row with an identity of its own, where several are parts of one session."""
        for other in parts:
            if row.is_same_as(other):
                raise LineError("same_session", other=str(other.line), value=row.session)
        parts.append(row)
        number = len(parts)
        return replace(row, identity=f"{row.identity}#{number}") if number > 1 else row

    def _get(self, cells: Sequence[str], role: str) -> str:
        index = self.columns.get(role, -1)
        text = cells[index] if 0 <= index < len(cells) else ""
        return "" if is_blank(text) else text

    def _read_row(self, line: int, cells: Sequence[str], raw: str) -> LogRow:
        if any(cells[self.width :]):
            raise LineError("cells")
        texts = {role: self._get(cells, role) for role in TEXTS}
        texts["user"] = texts["user"] or self._get(cells, "user_id")
        texts["device"] = texts["device"] or ("" if texts["device_name"] else self.device)
        self._check_texts(texts)
        start, has_own_zone = self._read_start(cells)
        stop = self._read_stop(cells, start)
        self._check_times(start, stop)
        return LogRow(
            line=line,
            start=start,
            stop=stop,
            note=self._get(cells, "note"),
            raw=raw,
            has_own_zone=has_own_zone,
            identity=self._get_identity(texts["session"]),
            former_user=self._get_former_user(cells),
            **texts,
        )

    def _get_identity(self, session: str) -> str:
        """Return the file's own id with the tool whose it is; a GUID needs none."""
        if not session:
            return ""
        if GUID.match(session):
            return session.strip("{}").casefold()
        return f"{self.tool}:{fold_id(session)}"

    def _get_former_user(self, cells: Sequence[str]) -> str:
        index = self.columns.get("user", -1)
        text = cells[index] if 0 <= index < len(cells) else ""
        return text if text and is_blank(text) else ""

    def _check_texts(self, texts: Mapping[str, str]) -> None:
        if not (texts["device"] or texts["device_name"]):
            raise LineError("missing", column="device")
        if not texts["user"]:
            raise LineError("missing", column="user")
        for role, text in texts.items():
            if len(text) > MAX_TEXT:
                raise LineError("long_text", column=role)
            if is_shortened(text) and role != "customer":
                raise LineError("shortened", column=role, value=text)

    def _read_start(self, cells: Sequence[str]) -> tuple[datetime, bool]:
        """Return the start in UTC, and whether the line itself says its zone."""
        text = self._add_day(self._get(cells, "start"), self._get(cells, "start_date"))
        return self._read_time(text, "start")

    def _read_time(self, text: str, role: str) -> tuple[datetime, bool]:
        if not text:
            raise LineError("missing", column=role)
        moment = parse_time(text, self.date_order)
        if moment.tzinfo:
            return moment.astimezone(timezone.utc), True
        return to_utc(moment, self.zone, text), False

    def _add_day(self, text: str, day: str) -> str:
        """Return a time with the day that stands in a column of its own."""
        if not day or not ONLY_CLOCK.match(text):
            return text
        return f"{MIDNIGHT.sub('', day)} {text}"

    def _read_stop(self, cells: Sequence[str], start: datetime) -> datetime:
        """Return the stop; a time without a day is that of the start's day, or past midnight.

        Half a day past midnight it is a mistake, such as columns taken for each other.
        """
        text = self._get(cells, "stop")
        duration = self._get(cells, "duration")
        if not text and duration:
            return start + parse_duration(duration, self.unit)
        text = self._add_day(text, self._get(cells, "stop_date"))
        if not ONLY_CLOCK.match(text):
            return self._read_time(text, "stop")[0]
        day = start.astimezone(self.zone).date()
        stop = self._read_time(f"{day} {text}", "stop")[0]
        if stop >= start or start - stop < MAX_DURATION / 2:
            return stop
        return self._read_time(f"{day + timedelta(days=1)} {text}", "stop")[0]

    def _check_times(self, start: datetime, stop: datetime) -> None:
        if stop < start:
            raise LineError("end_before_start")
        if stop == start:
            raise LineError("empty")
        if stop - start > MAX_DURATION:
            raise LineError("too_long")
        if self.now and stop > self.now:
            raise LineError("future", value=stop.strftime("%Y-%m-%d %H:%M:%S"))


# ----- Sessions -----


def drop_overlaps(
    rows: Iterable[LogRow],
    get_place: Callable[[LogRow], Place],
    recorded: Mapping[Place, Sequence[Span]],
) -> tuple[list[LogRow], list[LogProblem]]:
    """Return the rows that overlap nothing in their place, and a problem for each other one.

    A place is what has one connection at a time (technician, customer, workstation). Of two rows
    that overlap the first line stays. ``recorded``: what each place has already, with its name.
    Problems: ``overlap_recorded`` and ``overlap_line`` (other).
    """
    kept, problems = [], []
    taken = {place: sorted(spans) for place, spans in recorded.items()}
    for row in sorted(rows, key=lambda row: row.line):
        spans = taken.setdefault(get_place(row), [])
        index = bisect_left(spans, (row.start,))
        near = [span for span in spans[max(index - 1, 0) : index + 1] if _is_overlap(row, span)]
        if near:
            code = "overlap_recorded" if near[0][2] else "overlap_line"
            other = near[0][2] or str(near[0][3])
            problems.append(LogProblem(row.line, code, {"other": other}, row.raw))
        else:
            spans.insert(index, (row.start, row.stop, "", row.line))
            kept.append(row)
    return kept, problems


def _is_overlap(row: LogRow, span: Span) -> bool:
    return row.start < span[1] and span[0] < row.stop


def group_rows(
    rows: Iterable[LogRow],
    get_place: Callable[[LogRow], Place],
    gap_seconds: int,
) -> list[list[LogRow]]:
    """Return the rows in groups that make one session each, in the order of their starts.

    Rows of one place (technician, customer, local date…) belong together while the next one
    starts no later than ``gap_seconds`` after the latest stop, and all last 24 hours at most.
    With a gap of 0 each row is a session of its own.
    """
    groups: list[list[LogRow]] = []
    latest: dict[Place, tuple[list[LogRow], datetime]] = {}
    for row in sorted(rows, key=lambda row: (row.start, row.line)):
        place = get_place(row)
        group, stop = latest.get(place, ([], row.start))
        gap = (row.start - stop).total_seconds()
        is_near = gap_seconds and gap <= gap_seconds
        if not group or not is_near or row.stop - group[0].start > MAX_DURATION:
            group, stop = [], row.stop
            groups.append(group)
        group.append(row)
        latest[place] = (group, max(stop, row.stop))
    return groups


# ----- Writing -----


def write_csv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file that spreadsheets open as it is: UTF-8 with its mark, semicolons.

    A cell that a spreadsheet would take for a formula is written as text.

    >>> write_csv(["reason"], [["=1+1"]]).decode("utf-8-sig")
    "reason\\r\\n'=1+1\\r\\n"
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(header)
    writer.writerows([harmless(str(cell)) for cell in line] for line in lines)
    return buffer.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> harmless("@SUM(A1)"), harmless("-5"), harmless("12 345")
    ("'@SUM(A1)", "'-5", '12 345')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
