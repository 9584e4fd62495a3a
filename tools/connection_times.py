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
CLOCK = r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:[.,]\d+)?"
HALF = r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
ZONE = r"(?:\s*(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?))?"
ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<one>\d{{2}})-(?P<two>\d{{2}})[T ,]+{CLOCK}{ZONE}$")
SLASHED = re.compile(rf"(?P<one>\d{{1,2}})/(?P<two>\d{{1,2}})/(?P<year>\d{{4}})[ ,]+{CLOCK}{HALF}$")
DOTTED = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<sep>[.-])(?P<two>\d{{1,2}})(?P=sep)(?P<year>\d{{4}})[ ,]+{CLOCK}$"
)
EPOCH = re.compile(r"\d{9,10}$")


def parse_time(text: str, date_order: str | None = None) -> datetime:
    """Return a moment to the second; naive where the text states no offset.

    ISO 8601, seconds since 1970, day.month.year, and day/month/year or month/day/year by
    ``date_order``.

    >>> parse_time("2026-03-02T09:00:00.5+04:00").isoformat()
    '2026-03-02T09:00:00+04:00'
    >>> parse_time("02.03.2026 09:05"), parse_time("3/2/2026 9:05:07 PM", "mdy")
    (datetime.datetime(2026, 3, 2, 9, 5), datetime.datetime(2026, 3, 2, 21, 5, 7))
    >>> parse_time("1752998529").isoformat()
    '2025-07-20T08:02:09+00:00'
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
        return _from_parts(match, "dmy")
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
    return datetime(
        int(match["year"]), month, day, hour, int(match["minute"]), int(match["second"] or 0)
    )


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


def parse_duration(text: str) -> timedelta:
    """Return a duration given as ``hours:minutes:seconds`` or in seconds.

    >>> parse_duration("1:02:03").seconds, parse_duration("3659").seconds
    (3723, 3659)
    """
    match = re.fullmatch(r"(?:(?P<h>\d{1,3}):(?P<m>\d{2}):)?(?P<s>\d{1,9})", text)
    if not match:
        raise LineError("bad_duration", value=text[:MAX_TEXT])
    parts = {name: int(value or 0) for name, value in match.groupdict().items()}
    return timedelta(hours=parts["h"], minutes=parts["m"], seconds=parts["s"])
