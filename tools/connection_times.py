"""Dates, times and durations as the exports of remote control tools write them.

Nothing is guessed: a time that the clocks of its zone skip or repeat, or a date that may be read
in two ways, is refused with a code.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

MAX_TEXT = 250


class LineError(ValueError):
    """Refuse one line; ``code`` and ``values`` name the reason for the caller."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


YEARS = range(1990, 2101)
SHORT_YEARS = range(2010, 2100)
BLANKS = {"", "none", "null", "(null)", "nil", "nan", "n/a", "undefined", "-", "--", "—"}
MAX_BLANK = max(map(len, BLANKS))

YEAR = r"(?P<year>\d{4}|\d{2})"
CLOCK = r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:[.,]\d+)?"
HALF = r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
ZONE = r"(?:\s*(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?))?"
ISO = re.compile(
    rf"(?P<year>\d{{4}})(?P<sep>[-/.])(?P<one>\d{{1,2}})(?P=sep)(?P<two>\d{{1,2}})"
    rf"[T ,]+{CLOCK}{ZONE}$"
)
SLASHED_DAY = re.compile(rf"(?P<one>\d{{1,2}})/(?P<two>\d{{1,2}})/{YEAR}(?!\d)")
SLASHED = re.compile(rf"{SLASHED_DAY.pattern}[ ,]+{CLOCK}{HALF}$")
DOTTED = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<sep>[.-])(?P<two>\d{{1,2}})(?P=sep){YEAR}[ ,]+{CLOCK}{HALF}$"
)
ONLY_CLOCK = re.compile(rf"{CLOCK}{HALF}$")
MIDNIGHT = re.compile(r"[T ,]+0{1,2}:00(?::00)?$")
SHORTENED = re.compile(r"-?\d(?:[.,]\d+)?[Ee]\+\d{1,3}$")
EPOCH = re.compile(r"\d{9,10}$")

UNITS = {
    1: {"s", "sec", "secs", "second", "seconds", "seconde", "secondes", "sekunden"},
    60: {"m", "mn", "min", "mins", "minute", "minutes", "minuten"},
    3600: {"h", "hr", "hrs", "hour", "hours", "heure", "heures", "stunden"},
}
CLOCKED = re.compile(r"(?P<h>\d{1,3}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:[.,]\d+)?)?$")
WORD_M = r"(?P<m>\d{1,4})\s*(?:m|mn|mins?|minutes?)"
WORD_S = r"(?P<s>\d{1,6})\s*(?:s|secs?|seconds?|secondes?)"
WORDED_H = re.compile(
    rf"(?P<h>\d{{1,3}})\s*(?:h|hrs?|hours?|heures?)(?:\s*{WORD_M}?)?(?:\s*{WORD_S})?$"
)
WORDED = re.compile(rf"(?=\S)(?:{WORD_M})?\s*(?:{WORD_S})?$")
DURATIONS = (CLOCKED, WORDED_H, WORDED)
NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?$")


def is_blank(text: str) -> bool:
    """Tell whether a cell says nothing, as programs write it.

    >>> is_blank("None"), is_blank("(null)"), is_blank("Nonet")
    (True, True, False)
    """
    return len(text) <= MAX_BLANK and text.casefold() in BLANKS


def is_shortened(text: str) -> bool:
    """Tell whether a spreadsheet has cut a number to a few digits and a power of ten.

    >>> is_shortened("1,23457E+08"), is_shortened("1E+09"), is_shortened("PC-1E5")
    (True, True, False)
    """
    return bool(SHORTENED.match(text))


def parse_time(text: str, date_order: str | None = None) -> datetime:
    """Return a moment to the second; naive where the text states no offset.

    ISO 8601, seconds since 1970, day.month.year, and day/month/year or month/day/year by
    ``date_order``. A year of two digits is one of 2010 to 2099; between dashes it may stand first
    as well, so that ``date_order`` has to say.

    >>> parse_time("2026-03-02T09:00:00.5+04:00").isoformat()
    '2026-03-02T09:00:00+04:00'
    >>> parse_time("02.03.2026 09:05"), parse_time("3/2/2026 9:05:07 PM", "mdy")
    (datetime.datetime(2026, 3, 2, 9, 5), datetime.datetime(2026, 3, 2, 21, 5, 7))
    >>> parse_time("1752998529").isoformat()
    '2025-07-20T08:02:09+00:00'
    >>> parse_time("02.03.26 09:05"), parse_time("02/03/26 09:05", "dmy")
    (datetime.datetime(2026, 3, 2, 9, 5), datetime.datetime(2026, 3, 2, 9, 5))
    """
    try:
        moment = _parse_time(text, date_order)
    except (OverflowError, ValueError) as error:
        if isinstance(error, LineError):
            raise
        raise LineError("bad_time", value=text[:MAX_TEXT]) from error
    if moment.year not in YEARS:
        raise LineError("bad_time", value=text[:MAX_TEXT])
    return moment


def _parse_time(text: str, date_order: str | None) -> datetime:
    if EPOCH.match(text):
        return datetime.fromtimestamp(int(text), timezone.utc)
    if match := ISO.match(text):
        return _from_parts(match, "mdy").replace(tzinfo=_get_offset(match["zone"]))
    if match := DOTTED.match(text):
        is_open = match["sep"] == "-" and len(match["year"]) == 2
        return _from_parts(match, _get_order(match, date_order) if is_open else "dmy")
    if match := SLASHED.match(text):
        return _from_parts(match, _get_order(match, date_order))
    raise ValueError(text)


def _get_offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    if zone in ("Z", "UTC"):
        return timezone.utc
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if zone[0] == "-" else offset)


def _get_order(match: re.Match[str], date_order: str | None) -> str:
    if not date_order and int(match["one"]) != int(match["two"]):
        raise LineError("date_order", value=match.string[:MAX_TEXT])
    return date_order or "dmy"


def _from_parts(match: re.Match[str], order: str) -> datetime:
    one, two = int(match["one"]), int(match["two"])
    day, month = (one, two) if order == "dmy" else (two, one)
    hour = _get_hour(int(match["hour"]), match.groupdict().get("half"))
    year = _get_year(match["year"])
    return datetime(year, month, day, hour, int(match["minute"]), int(match["second"] or 0))


def _get_year(text: str) -> int:
    year = int(text) if len(text) == 4 else 2000 + int(text)
    if len(text) == 2 and year not in SHORT_YEARS:
        raise ValueError(text)
    return year


def _get_hour(hour: int, half: str | None) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half in "Pp" else 0)


def to_utc(moment: datetime, zone: ZoneInfo, text: str = "") -> datetime:
    """Return a local time in UTC; refuse one that the clocks skip or repeat in that zone.

    >>> to_utc(datetime(2026, 7, 1, 9), ZoneInfo("Europe/Paris")).isoformat()
    '2026-07-01T07:00:00+00:00'
    """
    early, late = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    utc = early.astimezone(timezone.utc)
    if early.utcoffset() == late.utcoffset():
        return utc
    is_skipped = utc.astimezone(zone).replace(tzinfo=None) != moment
    code = "skipped_time" if is_skipped else "repeated_time"
    raise LineError(code, value=text or moment.isoformat(" "), zone=zone.key)


def find_unit(header: str) -> int | None:
    """Return how many seconds the numbers of a column stand for, where its name says so.

    >>> find_unit("Total duration in Seconds"), find_unit("Durée (min)"), find_unit("Duration")
    (1, 60, None)
    """
    words = set(re.split(r"[\W\d_]+", header.casefold()))
    return next((seconds for seconds, names in UNITS.items() if words & names), None)


def parse_duration(text: str, unit: int = 60) -> timedelta:
    """Return a duration as the screens read it: ``h:mm:ss``, ``h:mm``, or a number of minutes.

    ``unit``: how many seconds a bare number stands for, where the column or the tool says so.

    >>> parse_duration("1:02:03").seconds, parse_duration("0:31").seconds
    (3723, 1860)
    >>> parse_duration("31").seconds, parse_duration("31", unit=1).seconds
    (1860, 31)
    >>> parse_duration("1 h 30").seconds, parse_duration("45 s").seconds
    (5400, 45)
    """
    value = text.strip().casefold()
    if NUMBER.match(value):
        return timedelta(seconds=round(float(value.replace(",", ".")) * unit))
    match = next(filter(None, (pattern.match(value) for pattern in DURATIONS)), None)
    if not match:
        raise LineError("bad_duration", value=text[:MAX_TEXT])
    parts = {name: int(number) for name, number in match.groupdict().items() if number}
    hours, minutes, seconds = (parts.get(name, 0) for name in "hms")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
