"""An appointment as a calendar file (RFC 5545) that any mail program takes over.

It is published, not negotiated: nobody reads the answers of calendars.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import vobject
from dateutil import tz

PRODUCT = "-//service_contract//appointments//EN"


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

    >>> start = datetime(2026, 3, 3, 9, tzinfo=tz.UTC)
    >>> words = "Visit; bring keys,\nplease"
    >>> entry = Appointment("7@x", 1, start, start.replace(hour=10), start, words)
    >>> lines = calendar_file(entry).decode().split("\r\n")
    >>> [line for line in lines if line.startswith(("METHOD", "SEQUENCE", "STATUS", "UID"))]
    ['METHOD:PUBLISH', 'UID:7@x', 'SEQUENCE:1', 'STATUS:CONFIRMED']
    >>> [line for line in lines if line.startswith("SUMMARY")]
    ['SUMMARY:Visit\\; bring keys\\,\\nplease']
    >>> sorted(line for line in lines if line.startswith("DT"))
    ['DTEND:20260303T100000Z', 'DTSTAMP:20260303T090000Z', 'DTSTART:20260303T090000Z']

    It says the same to who reads it, however long a line is.

    >>> words = "é" * 50 + " 日本; " * 20
    >>> gone = Appointment("7@x", 1, start, start, start, words, is_cancelled=True)
    >>> read = vobject.readOne(calendar_file(gone).decode())
    >>> read.method.value, read.vevent.summary.value == words
    ('CANCEL', True)
    """
    calendar = vobject.iCalendar()
    calendar.add("prodid").value = PRODUCT
    calendar.add("method").value = "CANCEL" if appointment.is_cancelled else "PUBLISH"
    event = calendar.add("vevent")
    for name, value in _properties(appointment).items():
        event.add(name).value = value
    return calendar.serialize().encode()


def _properties(appointment: Appointment) -> dict[str, object]:
    """Return what the entry says, without what is empty."""
    properties = {
        "uid": appointment.uid,
        "dtstamp": appointment.told_at.astimezone(tz.UTC),
        "dtstart": appointment.start.astimezone(tz.UTC),
        "dtend": appointment.stop.astimezone(tz.UTC),
        "summary": appointment.summary,
        "description": appointment.description,
        "location": appointment.location,
        "sequence": str(appointment.sequence),
        "status": "CANCELLED" if appointment.is_cancelled else "CONFIRMED",
    }
    return {name: value for name, value in properties.items() if value}
