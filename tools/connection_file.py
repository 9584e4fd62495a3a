"""From the bytes of a file to cells: CSV text, or the first sheet of an Excel workbook.

Text is UTF-8, UTF-16 with its mark, or Windows-1252, with comma, semicolon or tab; quoted cells may
contain line breaks. The cells of a workbook (``.xlsx``) are written as text the way
``connection_times`` reads it.

How long a file may keep its reader is settled by counting before anything is parsed: bytes, lines,
cells, columns, the size of a record, and of a workbook what it unpacks to and its XML tags.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 10 * MAX_BYTES
MAX_MEMBERS = 1_000
MAX_TAGS = 4_000_000  # a cell has four
MAX_ROWS = 50_000
MAX_LINES = 4 * MAX_ROWS  # cells may contain line breaks
MAX_CELLS = 20 * MAX_ROWS
MAX_WIDTH = 100
MAX_RECORD = 100_000
MAX_CELL_LINES = 100
MAX_BROKEN = 1_000
HEADER_LINES = 5
BEGINNING = 20
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number
SEPARATORS = (",", ";", "\t")
CELLS = (b"<c ", b"<c>", b"<c/", b":c ", b":c>", b":c/")
WORKBOOK = b"PK\x03\x04"

Line = tuple[int, list[str], str]
Broken = tuple[int, str, str]


class LogError(ValueError):
    """Refuse a whole file; ``code`` and ``values`` name the reason for the caller.

    Codes: ``empty``, ``too_large`` (limit), ``too_many_rows`` (limit), ``too_many_cells`` (limit),
    ``not_text``, ``not_csv``, ``not_workbook``, ``unknown_columns`` (found), ``no_device``.
    """

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Text:
    """A CSV file as physical lines; the same line has other cells with each separator."""

    lines: list[str] = field(repr=False)
    separators = SEPARATORS

    def get_start(self) -> Text:
        """Return the first lines alone, to look at."""
        return Text(self.lines[:BEGINNING])

    def get_head(self) -> Iterator[tuple[int, str, list[str]]]:
        """Yield ``(index, separator, cells)`` of what may be the header."""
        for index, line in enumerate(self.lines[:HEADER_LINES]):
            for separator in SEPARATORS:
                yield index, separator, _split(line, separator)

    def get_beginning(self) -> str:
        """Return the first line that says something."""
        return next((line.strip() for line in self.lines if line.strip()), "")

    def read_lines(self, first: int, separator: str) -> tuple[list[Line], list[Broken]]:
        """Return ``(line number, cells, text)`` of each record, and ``(line number, code, text)``
        of the lines that begin none: a quote that never ends costs one line.
        """
        if sum(line.count(separator) for line in self.lines) > MAX_CELLS:
            raise LogError("too_many_cells", limit=str(MAX_CELLS))
        found: list[Line] = []
        broken: list[Broken] = []
        while first < len(self.lines):
            for start, cells, raw in _read_records(self.lines, first, separator):
                if cells is None:
                    broken.append(self._describe_broken(start))
                    first = start + 1
                    break
                if any(cells):
                    found.append((start + 1, cells, raw))
            else:
                return _limit(found), broken
            if len(broken) > MAX_BROKEN:
                raise LogError("not_csv")
        return _limit(found), broken

    def _describe_broken(self, index: int) -> Broken:
        line = self.lines[index]
        code = "long_line" if len(line) > MAX_RECORD else "quote"
        return index + 1, code, line[:MAX_RECORD].rstrip("\r\n")


@dataclass(frozen=True)
class Workbook:
    """The first sheet of a workbook that has any cell."""

    rows: list[list[str]] = field(repr=False)

    def get_start(self) -> Workbook:
        """Return the first rows alone, to look at."""
        return Workbook(self.rows[:BEGINNING])

    def get_head(self) -> Iterator[tuple[int, str, list[str]]]:
        """Yield ``(index, separator, cells)`` of what may be the header."""
        for index, cells in enumerate(self.rows[:HEADER_LINES]):
            yield index, "", cells

    def get_beginning(self) -> str:
        """Return the first row that says something."""
        return next((_join(cells) for cells in self.rows if any(cells)), "")

    def read_lines(self, first: int, _separator: str) -> tuple[list[Line], list[Broken]]:
        """Return ``(row number, cells, text)`` of each row that is not empty."""
        rows = enumerate(self.rows[first:], start=first + 1)
        return _limit([(number, cells, _join(cells)) for number, cells in rows if any(cells)]), []


Source = Text | Workbook


def open_file(data: bytes | Source) -> Source:
    """Return what a file consists of; LogError where it is neither text nor a workbook.

    What is open already comes back as it is.

    >>> open_file(b"a;b").read_lines(0, ";")
    ([(1, ['a', 'b'], 'a;b')], [])
    """
    if not isinstance(data, bytes):
        return data
    if not data.strip():
        raise LogError("empty")
    if len(data) > MAX_BYTES:
        raise _too_large()
    if data.startswith(WORKBOOK):
        return Workbook(_read_workbook(data))
    return Text(_read_text(data))


def _too_large() -> LogError:
    return LogError("too_large", limit=str(MAX_BYTES // 1024 // 1024))


def _limit(lines: list[Line]) -> list[Line]:
    if len(lines) > MAX_ROWS:
        raise LogError("too_many_rows", limit=str(MAX_ROWS))
    return lines


# ----- Text -----


def _read_text(data: bytes) -> list[str]:
    """Return the physical lines of a text."""
    is_utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return _split_lines(text)
    raise LogError("not_text")


def _split_lines(text: str) -> list[str]:
    if text.count("\n") + text.count("\r") - text.count("\r\n") > MAX_LINES:
        raise LogError("too_many_rows", limit=str(MAX_LINES))
    return list(io.StringIO(text, newline=""))


def _split(line: str, separator: str) -> list[str]:
    """Return the cells of what may be a header; none where it is wider than any may be."""
    if len(line) > MAX_RECORD or line.count(separator) >= MAX_WIDTH:
        return []
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


class _Endless(Exception):
    """Stop a record that is larger than any may be."""


class _Feed(Iterator[str]):
    """Give a CSV reader its lines, and never more of them than one record may have."""

    def __init__(self, lines: Sequence[str], first: int) -> None:
        self.lines = lines
        self.next = first
        self.begin()

    def begin(self) -> None:
        """Note that a record begins with the next line."""
        self.start = self.next
        self.size = 0

    def __next__(self) -> str:
        if self.next == len(self.lines):
            raise StopIteration
        line = self.lines[self.next]
        self.size += len(line)
        if self.size > MAX_RECORD or self.next - self.start >= MAX_CELL_LINES:
            raise _Endless
        self.next += 1
        return line


def _read_records(
    lines: Sequence[str], first: int, separator: str
) -> Iterator[tuple[int, list[str] | None, str]]:
    """Yield ``(index of the first line, cells, text)``; cells are None where a quote never ends."""
    feed = _Feed(lines, first)
    reader = csv.reader(feed, delimiter=separator)
    while feed.next < len(lines):
        feed.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Endless):
            yield feed.start, None, ""
            return
        raw = "".join(lines[feed.start : feed.next]).rstrip("\r\n")
        is_last = feed.next == len(lines)
        if feed.next - feed.start > 1 and is_last and raw.count('"') % 2:
            yield feed.start, None, raw
            return
        yield feed.start, [cell.strip() for cell in cells], raw


# ----- Workbooks -----


def _read_workbook(data: bytes) -> list[list[str]]:
    """Return the rows of the first sheet that has any cell.

    Whatever a broken file makes the library raise is one answer: this is no workbook.
    """
    try:
        _check_archive(data)
        rows = next(filter(None, _read_sheets(data)), [])
    except LogError:
        raise
    except Exception as error:
        raise LogError("not_workbook") from error
    if not rows:
        raise LogError("empty")
    return rows


def _check_archive(data: bytes) -> None:
    """Refuse what would unpack to more than a log has, by what it holds and not by what it says."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS or sum(item.file_size for item in members) > MAX_UNPACKED:
            raise _too_large()
        tags = cells = 0
        for item in members:
            content = archive.read(item).replace(b"\0", b"")
            if b"<!DOCTYPE" in content:
                raise LogError("not_workbook")
            tags += content.count(b"<")
            cells += sum(map(content.count, CELLS))
            if tags > MAX_TAGS or cells > MAX_CELLS:
                raise LogError("too_many_cells", limit=str(MAX_CELLS))


def _read_sheets(data: bytes) -> Iterator[list[list[str]]]:
    from openpyxl import load_workbook  # slow to import, and few files need it

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its own size need not be so
            rows = []
            for number, cells in enumerate(sheet.iter_rows(max_col=MAX_WIDTH)):
                if number > MAX_ROWS + HEADER_LINES:
                    raise LogError("too_many_rows", limit=str(MAX_ROWS))
                rows.append([_write(cell) for cell in cells])
            yield rows if any(map(any, rows)) else []
    finally:
        book.close()


def _write(cell: Any) -> str:  # noqa: ANN401
    """Return a cell as a text file would have it."""
    value = cell.value
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, datetime):
        has_clock = any(letter in (cell.number_format or "").casefold() for letter in "hs")
        return write_moment(value, has_clock)
    return write_value(value)


def write_moment(moment: datetime, has_clock: bool = True) -> str:
    """Return a date and time to the nearest second, a date where only that is shown.

    >>> write_moment(datetime(2026, 3, 2, 8, 59, 59, 999_999))
    '2026-03-02 09:00:00'
    >>> write_moment(datetime(2026, 3, 2), has_clock=False)
    '2026-03-02'
    """
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    is_day = not has_clock and moment.time() == time()
    return f"{moment:%Y-%m-%d}" if is_day else f"{moment:%Y-%m-%d %H:%M:%S}"


def write_value(value: object) -> str:
    """Return any other value of a cell; a number that was cut to fifteen digits shows it.

    >>> write_value(123456789.0), write_value(time(9, 5)), write_value(timedelta(minutes=31))
    ('123456789', '09:05:00', '0:31:00')
    >>> write_value(1234567890123456789)
    '1.23457E+18'
    """
    if isinstance(value, time):
        return write_moment(datetime.combine(date(2000, 1, 1), value))[11:]
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) >= EXACT:
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else str(value)
    return str(value).strip()


def _join(cells: Sequence[str]) -> str:
    return ";".join(cells).rstrip(";")
