"""From the bytes of a file to cells: CSV text, or the first sheet of an Excel workbook.

At most ``MAX_BYTES`` and ``MAX_ROWS``. Text is UTF-8, UTF-16 with its mark, or Windows-1252, with
comma, semicolon or tab; quoted cells may contain line breaks. A workbook (``.xlsx``) unpacks to
``MAX_UNPACKED`` at most; its cells are written as text the way ``connection_times`` reads it.
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
MAX_UNPACKED = 20 * MAX_BYTES
MAX_ROWS = 50_000
MAX_WIDTH = 100
MAX_CELL_LINES = 100
MAX_BROKEN = 1_000
HEADER_LINES = 5
BEGINNING = 20
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number
SEPARATORS = (",", ";", "\t")
WORKBOOK = b"PK\x03\x04"

Line = tuple[int, list[str], str]


class LogError(ValueError):
    """Refuse a whole file; ``code`` and ``values`` name the reason for the caller.

    Codes: ``empty``, ``too_large`` (limit), ``too_many_rows`` (limit), ``not_text``, ``not_csv``,
    ``not_workbook``, ``unknown_columns`` (found), ``no_device``.
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

    def get_head(self) -> Iterator[tuple[int, str, list[str]]]:
        """Yield ``(index, separator, cells)`` of what may be the header."""
        for index, line in enumerate(self.lines[:HEADER_LINES]):
            for separator in SEPARATORS:
                yield index, separator, _split(line, separator)

    def get_beginning(self) -> str:
        """Return the first line that says something."""
        return next((line.strip() for line in self.lines if line.strip()), "")

    def read_lines(self, first: int, separator: str) -> tuple[list[Line], list[tuple[int, str]]]:
        """Return ``(line number, cells, text)`` of each record, and the lines whose quote never
        ends; such a quote costs one line.
        """
        found: list[Line] = []
        broken: list[tuple[int, str]] = []
        while first < len(self.lines):
            for start, cells, raw in _read_records(self.lines, first, separator):
                if cells is None:
                    broken.append((start + 1, self.lines[start].rstrip("\r\n")))
                    first = start + 1
                    break
                if any(cells):
                    found.append((start + 1, cells, raw))
            else:
                return _limit(found), broken
            if len(broken) > MAX_BROKEN:
                raise LogError("not_csv")
        return _limit(found), broken


@dataclass(frozen=True)
class Workbook:
    """The first sheet of a workbook that has any cell."""

    rows: list[list[str]] = field(repr=False)

    def get_head(self) -> Iterator[tuple[int, str, list[str]]]:
        """Yield ``(index, separator, cells)`` of what may be the header."""
        for index, cells in enumerate(self.rows[:HEADER_LINES]):
            yield index, "", cells

    def get_beginning(self) -> str:
        """Return the first row that says something."""
        return next((_join(cells) for cells in self.rows if any(cells)), "")

    def read_lines(self, first: int, _separator: str) -> tuple[list[Line], list[tuple[int, str]]]:
        """Return ``(row number, cells, text)`` of each row that is not empty."""
        rows = enumerate(self.rows[first:], start=first + 1)
        return _limit([(number, cells, _join(cells)) for number, cells in rows if any(cells)]), []


def open_file(data: bytes, beginning: bool = False) -> Text | Workbook:
    """Return what a file consists of; LogError where it is neither text nor a workbook.

    ``beginning``: no more than its first lines, to look at.

    >>> open_file(b"a;b").read_lines(0, ";")
    ([(1, ['a', 'b'], 'a;b')], [])
    """
    if not data.strip():
        raise LogError("empty")
    if len(data) > MAX_BYTES:
        raise LogError("too_large", limit=str(MAX_BYTES // 1024 // 1024))
    if data.startswith(WORKBOOK):
        return Workbook(_read_workbook(data, BEGINNING if beginning else None))
    return Text(_read_text(data)[: BEGINNING if beginning else None])


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
            return list(io.StringIO(text, newline=""))
    raise LogError("not_text")


def _split(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


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


# ----- Workbooks -----


def _read_workbook(data: bytes, limit: int | None) -> list[list[str]]:
    """Return the rows of the first sheet that has any cell.

    Whatever a broken file makes the library raise is one answer: this is no workbook.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size <= MAX_UNPACKED:
            rows = next(filter(None, _read_sheets(data, limit)), [])
    except LogError:
        raise
    except Exception as error:
        raise LogError("not_workbook") from error
    if size > MAX_UNPACKED:
        raise LogError("too_large", limit=str(MAX_BYTES // 1024 // 1024))
    if not rows:
        raise LogError("empty")
    return rows


def _read_sheets(data: bytes, limit: int | None) -> Iterator[list[list[str]]]:
    from openpyxl import load_workbook  # slow to import, and few files need it

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its own size need not be so
            rows = []
            for number, cells in enumerate(sheet.iter_rows(max_row=limit, max_col=MAX_WIDTH)):
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
