"""An appointment as a calendar file (RFC 5545) that any mail program takes over.

It is published, not negotiated: nobody reads the answers of calendars.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

LINE_OCTETS = 75


@dataclass(frozen=True)
class Appointment:
    """Hold what the file says; instants are aware.

    ``uid`` stays the same when the appointment moves, ``sequence`` rises each time it is told.
    """

    uid: str
    sequence: int
    start: datetime
    stop: datetime
    told_at: datetime
    summary: str
    description: str = ""
    location: str = ""
    is_cancelled: bool = False


def calendar_file(appointment: Appointment) -> bytes:
    r"""Return the file; a cancelled appointment takes the entry out of the calendar again.

    >>> start = datetime(2026, 3, 3, 9, tzinfo=timezone.utc)
    >>> words = "Visit; bring keys,\nplease"
    >>> entry = Appointment("7@x", 1, start, start.replace(hour=10), start, words)
    >>> lines = calendar_file(entry).decode().split("\r\n")
    >>> lines[3], lines[9]
    ('METHOD:PUBLISH', 'SUMMARY:Visit\\; bring keys\\,\\nplease')
    >>> [line for line in lines if line.startswith("DT")]
    ['DTSTAMP:20260303T090000Z', 'DTSTART:20260303T090000Z', 'DTEND:20260303T100000Z']
    """
    method, status = ("CANCEL", "CANCELLED") if appointment.is_cancelled else ("PUBLISH", "")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//service_contract//appointments//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{appointment.uid}",
        f"DTSTAMP:{_instant(appointment.told_at)}",
        f"DTSTART:{_instant(appointment.start)}",
        f"DTEND:{_instant(appointment.stop)}",
        f"SUMMARY:{_escape(appointment.summary)}",
        f"DESCRIPTION:{_escape(appointment.description)}",
        f"LOCATION:{_escape(appointment.location)}",
        f"SEQUENCE:{appointment.sequence}",
        f"STATUS:{status or 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(line)}\r\n" for line in lines if not line.endswith(":")).encode()


def _instant(instant: datetime) -> str:
    return instant.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return "\\n".join(text.splitlines())


def _fold(line: str) -> str:
    r"""Break a line after 75 octets at most, never within a character.

    >>> folded = _fold("SUMMARY:" + "é" * 50)
    >>> [len(part.encode()) for part in folded.split("\r\n")]
    [74, 35]
    """
    parts, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LINE_OCTETS:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += octets
    return "\r\n".join(parts)
