"""From the log file of a remote control tool to connections, with a reason for each bad line.

``read_log`` turns the bytes of a CSV file into ``LogRow`` (instants in UTC) and ``LogProblem``
(line number, reason code, values to say it with). Nothing is guessed: a time that the clocks skip
or repeat, or a date that may be read in two ways, is a problem of its line. ``group_rows`` says
which rows make one session.

The file: at most ``MAX_BYTES`` and ``MAX_ROWS``; UTF-8, UTF-16 with its mark, or Windows-1252;
comma, semicolon or tab; quoted cells may contain line breaks. A title may stand above the header.
The columns are those of a profile of ``connection_profiles``.
"""

from __future__ import annotations

import csv
import hashlib
import io
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from .connection_profiles import PROFILES, Profile, fold_id, fold_name
from .connection_times import MAX_TEXT, SLASHED, LineError, parse_duration, parse_time, to_utc

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_CELL_LINES = 100
MAX_BROKEN = 1_000
HEADER_LINES = 5
MAX_DURATION = timedelta(hours=24)
SEPARATORS = (",", ";", "\t")

Values = dict[str, str]
Line = tuple[int, list[str], str]
Place = tuple[Any, ...]
Span = tuple[datetime, datetime, str, int]


class LogError(ValueError):
    """Refuse a whole file; ``code`` and ``values`` name the reason for the caller.

    Codes: ``empty``, ``too_large`` (limit), ``too_many_rows`` (limit), ``not_text``, ``not_csv``,
    ``unknown_columns`` (found).
    """

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


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
        parts = (self.device_key, self.user_key, self.start.isoformat(), self.stop.isoformat())
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class LogProblem:
    """Hold why a line was put aside: its first line number in the file, a code and its values.

    Codes: ``missing`` (column), ``bad_time`` (value), ``date_order`` (value), ``bad_duration``
    (value), ``skipped_time`` and ``repeated_time`` (value, zone), ``end_before_start``, ``empty``,
    ``too_long``, ``future`` (value), ``duplicate`` (other line), ``cells`` (more than the header
    has), ``long_text`` (column), ``quote`` (one that never ends).
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


# ----- The file -----


def read_log(
    data: bytes,
    tz: str | None = None,
    profile: str | None = None,
    date_order: str | None = None,
    now: datetime | None = None,
) -> Log:
    """Return the connections of a file and the lines that cannot be read.

    ``tz`` is the IANA name of the zone of times without an offset (default: what the profile's
    tool documents, else UTC); ``profile`` a key of PROFILES, found by the header when None;
    ``date_order`` ``dmy`` or ``mdy``, found by the file's own dates when None. Lines that end
    after ``now`` are problems. LogError when the file as a whole cannot be read.

    >>> log = read_log(b"device;user;start;stop\\n12 34;zoe;2026-03-02 09:00;2026-03-02 09:31\\n")
    >>> log.profile.code, log.rows[0].device_key, log.rows[0].stop.isoformat()
    ('generic', '1234', '2026-03-02T09:31:00+00:00')
    >>> read_log(b"device;user;start;stop\\n12;zoe;2026-03-02 09:00;\\n").problems[0].values
    {'column': 'stop'}
    """
    lines = _read_lines(data)
    header_at, separator, found = _find_profile(lines, profile)
    header = _cells(lines[header_at], separator)
    columns = found.find_columns(header)
    cells, broken = _read_cells(lines, header_at + 1, separator)
    if len(cells) > MAX_ROWS:
        raise LogError("too_many_rows", limit=str(MAX_ROWS))
    reader = _Reader(header, columns, ZoneInfo(tz or found.tz or "UTC"), date_order, now)
    reader.settle_date_order(cells)
    rows, problems = reader.read(cells)
    problems = sorted(broken + problems, key=lambda problem: problem.line)
    return Log(found, tuple(rows), tuple(problems))


def guess_profile(data: bytes) -> str | None:
    """Return the code of the profile that knows a file's header, None when none does.

    >>> guess_profile(b"sid,from.cid,to.cid,start-time,end-time,comment\\n")
    'anydesk'
    """
    try:
        return _find_profile(_read_lines(data), None)[2].code
    except LogError:
        return None


def _read_lines(data: bytes) -> list[str]:
    """Return the physical lines of a file."""
    if not data.strip():
        raise LogError("empty")
    if len(data) > MAX_BYTES:
        raise LogError("too_large", limit=str(MAX_BYTES // 1024 // 1024))
    is_utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return list(io.StringIO(text, newline=""))
    raise LogError("not_text")


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def _find_profile(lines: Sequence[str], code: str | None) -> tuple[int, str, Profile]:
    """Return the header's position, the separator and the profile that knows most columns."""
    profiles = [PROFILES[code]] if code else list(PROFILES.values())
    candidates = [
        (len(columns), -index, (index, separator, profile))
        for index, line in enumerate(lines[:HEADER_LINES])
        for separator in SEPARATORS
        for profile in profiles
        if _is_complete(columns := profile.find_columns(_cells(line, separator)))
    ]
    if not candidates:
        found = next((line.strip() for line in lines if line.strip()), "")
        raise LogError("unknown_columns", found=found[:MAX_TEXT])
    return max(candidates, key=lambda candidate: candidate[:2])[2]


def _is_complete(columns: Mapping[str, int]) -> bool:
    has_device = "device" in columns or "device_name" in columns
    has_stop = "stop" in columns or "duration" in columns
    return has_device and has_stop and {"user", "start"} <= columns.keys()


def _read_cells(
    lines: Sequence[str], first: int, separator: str
) -> tuple[list[Line], list[LogProblem]]:
    """Return the cells of each record with its first line number; a broken quote costs one line."""
    found: list[Line] = []
    broken: list[LogProblem] = []
    while first < len(lines):
        for start, cells, raw in _read_records(lines, first, separator):
            if cells is None:
                raw = lines[start].rstrip("\r\n")
                broken.append(LogProblem(start + 1, "quote", {}, raw))
                first = start + 1
                break
            if any(cells):
                found.append((start + 1, cells, raw))
        else:
            return found, broken
        if len(broken) > MAX_BROKEN:
            raise LogError("not_csv")
    return found, broken


def _read_records(
    lines: Sequence[str], first: int, separator: str
) -> Iterator[tuple[int, list[str] | None, str]]:
    """Yield ``(index of the first line, cells, text)``; cells are None where a quote never ends."""
    reader = csv.reader(lines[first:], delimiter=separator)
    start = first
    while start < len(lines):
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield start, None, ""
            return
        stop = first + reader.line_num
        raw = "".join(lines[start:stop]).rstrip("\r\n")
        is_open = stop - start > 1 and (stop == len(lines) and raw.count('"') % 2)
        if is_open or stop - start > MAX_CELL_LINES:
            yield start, None, raw
            return
        yield start, [cell.strip() for cell in cells], raw
        start = stop


# ----- Lines -----


class _Reader:
    """Turn the cells of lines into rows and problems."""

    def __init__(
        self,
        header: Sequence[str],
        columns: Mapping[str, int],
        zone: ZoneInfo,
        date_order: str | None,
        now: datetime | None,
    ) -> None:
        self.width = len(header)
        self.columns = columns
        self.zone = zone
        self.date_order = date_order
        self.now = now

    def settle_date_order(self, lines: Iterable[Line]) -> None:
        """Take day or month first from the file's own dates, where all that tell agree."""
        if self.date_order:
            return
        orders = set()
        for _line, cells, _raw in lines:
            for role in ("start", "stop"):
                match = SLASHED.match(self._get(cells, role))
                if match and int(match["one"]) > 12:
                    orders.add("dmy")
                elif match and int(match["two"]) > 12:
                    orders.add("mdy")
        self.date_order = orders.pop() if len(orders) == 1 else None

    def read(self, lines: Iterable[Line]) -> tuple[list[LogRow], list[LogProblem]]:
        """Return the rows and the problems, a connection that is told twice being a problem."""
        rows: dict[str, LogRow] = {}
        problems = []
        for line, cells, raw in lines:
            try:
                row = self._read_row(line, cells, raw)
                if row.key in rows:
                    raise LineError("duplicate", other=str(rows[row.key].line))
                rows[row.key] = row
            except LineError as error:
                problems.append(LogProblem(line, error.code, error.values, raw))
        return list(rows.values()), problems

    def _get(self, cells: Sequence[str], role: str) -> str:
        index = self.columns.get(role, -1)
        return cells[index] if 0 <= index < len(cells) else ""

    def _read_row(self, line: int, cells: Sequence[str], raw: str) -> LogRow:
        if any(cells[self.width :]):
            raise LineError("cells")
        texts = {
            role: self._get(cells, role)
            for role in ("device", "device_name", "user", "customer", "session")
        }
        self._check_texts(texts)
        start, has_own_zone = self._read_time(cells, "start")
        stop = self._read_stop(cells, start)
        self._check_times(start, stop)
        note = self._get(cells, "note")
        return LogRow(
            line=line,
            start=start,
            stop=stop,
            note=note,
            raw=raw,
            has_own_zone=has_own_zone,
            **texts,
        )

    def _check_texts(self, texts: Mapping[str, str]) -> None:
        if not (texts["device"] or texts["device_name"]):
            raise LineError("missing", column="device")
        if not texts["user"]:
            raise LineError("missing", column="user")
        for role, text in texts.items():
            if len(text) > MAX_TEXT:
                raise LineError("long_text", column=role)

    def _read_time(self, cells: Sequence[str], role: str) -> tuple[datetime, bool]:
        value = self._get(cells, role)
        if not value:
            raise LineError("missing", column=role)
        moment = parse_time(value, self.date_order)
        if moment.tzinfo:
            return moment.astimezone(timezone.utc), True
        return to_utc(moment, self.zone, value), False

    def _read_stop(self, cells: Sequence[str], start: datetime) -> datetime:
        if self._get(cells, "stop") or not self._get(cells, "duration"):
            return self._read_time(cells, "stop")[0]
        return start + parse_duration(self._get(cells, "duration"))

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
