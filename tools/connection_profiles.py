"""What the columns of a connection log may be called: one profile for each tool.

Column names are compared without case, accents, spaces and punctuation.

``generic``     our own: ``device``, ``device name``, ``user``, ``start``, ``stop`` or
                ``duration``, ``customer``, ``note``, ``session``; date and time may stand in
                columns of their own.
``teamviewer``  the connection report of the Management Console and of TeamViewer Remote. Its help
                (Knowledge Base, "Connection reports") says that it exports to CSV and that the
                times of an export are in UTC; it does not print the header. Known are the fields
                of the connection reports of the Web API (id, userid, username, deviceid,
                devicename, groupname, start_date, end_date, notes…) and the words of the console.
                Its session codes may stand for several connections and identify none.
``teamviewer_out``, ``teamviewer_in``
                the files that TeamViewer itself keeps, ``Connections.txt`` of the computer that
                helps and ``Connections_incoming.txt`` of the one that is helped: no header, tabs,
                times in UTC, the id of the connection last. ``find_local`` knows them by that.
``anydesk``     the sessions of my.anydesk.com, whose times are in UTC: the file that it exports
                (``sep=,``, then Session Id, From Id, From Alias, To Id, To Alias, Start, End in
                seconds since 1970, Duration in seconds, Comment), and the fields of AnyDesk's REST
                API (sid, from.cid, from.alias, to.cid, to.alias, start-time, end-time…).
``mapped``      any other file: the reader says which column is what.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def fold(name: str) -> str:
    """Return a column name without case, accents, spaces and punctuation.

    >>> fold(" Début (UTC) "), fold("start-time"), fold("From.CID")
    ('debututc', 'starttime', 'fromcid')
    """
    text = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in text if char.isalnum())


def fold_id(device: str) -> str:
    """Return a device's id as it is remembered: spaces and case do not count.

    >>> fold_id("1 234 567 890"), fold_id("PC-Accueil@ad")
    ('1234567890', 'pc-accueil@ad')
    """
    return re.sub(r"\s+", "", device).casefold()


def fold_name(user: str) -> str:
    """Return a user's name as it is remembered: case and repeated spaces do not count.

    >>> fold_name(" Zoé  MARTIN")
    'zoé martin'
    """
    return " ".join(user.split()).casefold()


ROLES = (
    "device",
    "device_name",
    "user",
    "user_id",
    "start",
    "start_date",
    "stop",
    "stop_date",
    "duration",
    "customer",
    "note",
    "session",
)
LOCAL_TIME = re.compile(r"\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}$")
GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$", re.IGNORECASE)


@dataclass(frozen=True)
class Profile:
    """Name the columns of one tool's export: ``{role: names}``, names as ``fold`` makes them.

    ``tz`` is the time zone that the tool documents for times without an offset, None where the
    reader has to choose; ``unit`` how many seconds a bare number is in a column of durations;
    ``tool`` whose ids of sessions are the same in several profiles.
    """

    code: str
    columns: Mapping[str, tuple[str, ...]]
    tz: str | None = None
    unit: int = 60
    tool: str = "generic"

    def find_columns(self, header: Sequence[str]) -> dict[str, int]:
        """Return ``{role: index}`` of a header; of several names, the first one listed wins.

        A column has one role, the first of ``columns`` that knows its name.
        """
        places = {fold(name): index for index, name in reversed(list(enumerate(header)))}
        found: dict[str, int] = {}
        for role, names in self.columns.items():
            if known := [name for name in names if name in places]:
                found[role] = places[known[0]]
                places = {name: index for name, index in places.items() if name != known[0]}
        return found


def is_complete(columns: Mapping[str, int]) -> bool:
    """Tell whether columns say all that a connection needs."""
    return not find_missing(columns)


def find_missing(columns: Mapping[str, int]) -> list[str]:
    """Return the roles that a connection needs besides.

    >>> find_missing({"device_name": 0, "user_id": 1, "start": 2})
    ['stop']
    """
    either = {
        "device": ("device", "device_name"),
        "user": ("user", "user_id"),
        "start": ("start",),
        "stop": ("stop", "duration"),
    }
    return [role for role, roles in either.items() if not columns.keys() & set(roles)]


def find_local(cells: Sequence[str]) -> tuple[str, dict[str, int]] | None:
    """Return the profile and the columns of a line of TeamViewer's own files, else None.

    >>> times = ["02-03-2026 09:00:00", "02-03-2026 09:31:00"]
    >>> find_local(["9", *times, "zoe", "RemoteControl", "{0A1B2C3D-00-11-22-333344445555}"])
    >>> find_local(["9", *times, "zoe", "x", "{0A1B2C3D-0000-1111-2222-333344445555}"])
    ('teamviewer_out', {'device': 0, 'start': 1, 'stop': 2, 'user': 3, 'session': 5})
    """
    last = max((index for index, cell in enumerate(cells) if cell), default=0)
    times = [index for index, cell in enumerate(cells) if LOCAL_TIME.match(cell)]
    if not GUID.match(cells[last] if cells else "") or len(times) != 2:
        return None
    if times == [1, 2] and last > 3:
        return "teamviewer_out", {"device": 0, "start": 1, "stop": 2, "user": 3, "session": last}
    if times == [2, 3]:
        return "teamviewer_in", {"user_id": 0, "user": 1, "start": 2, "stop": 3, "session": last}
    return None


def _names(*names: str) -> tuple[str, ...]:
    return tuple(fold(name) for name in names)


DURATIONS = _names(
    *("total duration in seconds", "duration", "durée", "duration (s)", "duration (sec)"),
    *("duration (seconds)", "duration (min)", "duration (minutes)", "duration (hours)"),
    *("durée (s)", "durée (secondes)", "durée (min)", "durée (minutes)", "durée (h)"),
    "durée (heures)",
)
DAYS = {
    "start_date": _names("start date", "date", "day", "jour", "date de début", "date début"),
    "stop_date": _names("end date", "stop date", "date de fin", "date fin"),
}

PROFILES = {
    profile.code: profile
    for profile in (
        Profile(
            "generic",
            {
                "device": _names("device", "device id", "appareil", "poste"),
                "device_name": _names("device name", "workstation", "nom de l'appareil"),
                "user": _names("user", "technician", "utilisateur", "technicien"),
                "start": _names(
                    *("start", "début", "start time", "heure de début", "heure début"),
                    *("start date", "date de début", "date début"),
                ),
                "stop": _names(
                    *("stop", "end", "fin", "stop time", "end time", "heure de fin"),
                    *("heure fin", "stop date", "end date", "date de fin", "date fin"),
                ),
                **DAYS,
                "duration": DURATIONS,
                "customer": _names("customer", "client", "company"),
                "note": _names("note", "notes", "comment", "commentaire"),
                "session": _names("session", "session id"),
            },
        ),
        Profile(
            "teamviewer",
            {
                "device": _names(
                    "device id", "TeamViewer ID", "ID", "deviceid", "partner ID", "computer ID"
                ),
                "device_name": _names(
                    "device name", "device", "computer", "name", "appareil", "ordinateur", "Gerät"
                ),
                "user": _names(
                    "user", "username", "supporter", "expert", "utilisateur", "Benutzer"
                ),
                "user_id": _names("user ID"),
                "start": _names(
                    *("start", "start time", "start (UTC)", "début", "heure de début"),
                    *("start date", "date de début"),
                ),
                "stop": _names(
                    *("end", "end time", "end (UTC)", "fin", "Ende", "heure de fin"),
                    *("end date", "date de fin"),
                ),
                **DAYS,
                "duration": DURATIONS,
                "customer": _names("group", "group name", "groupe", "Gruppe", "customer name"),
                "note": _names("notes", "note", "comment", "comments", "commentaire", "Notizen"),
                "session": _names("connection ID", "session ID", "ID"),
            },
            tz="UTC",
            tool="teamviewer",
        ),
        Profile("teamviewer_out", {}, tz="UTC", tool="teamviewer"),
        Profile("teamviewer_in", {}, tz="UTC", tool="teamviewer"),
        Profile(
            "anydesk",
            {
                "device": _names("to cid", "to ID", "to", "vers", "remote ID", "à"),
                "device_name": _names("to alias", "to name", "remote alias", "remote name"),
                "user": _names("from alias", "from name", "from", "de", "user"),
                "user_id": _names("from cid", "from ID"),
                "start": _names("start-time", "start", "started", "début"),
                "stop": _names("end-time", "end", "ended", "fin"),
                "duration": DURATIONS,
                "note": _names("comment", "comments", "commentaire"),
                "session": _names("sid", "session ID", "ID"),
            },
            tz="UTC",
            unit=1,
            tool="anydesk",
        ),
        Profile("mapped", {}),
    )
}


def propose_columns(header: Sequence[str]) -> dict[str, int]:
    """Return what the names of an unknown header suggest; short words suggest nothing.

    >>> propose_columns(["Poste", "Agent", "Date", "Début", "Remarque"])
    {'device': 0, 'start': 3, 'start_date': 2}
    """
    found: dict[str, int] = {}
    header = [name if len(fold(name)) > 2 else "" for name in header]
    for profile in PROFILES.values():
        for role, index in profile.find_columns(header).items():
            if role not in found and index not in found.values():
                found[role] = index
    return found
