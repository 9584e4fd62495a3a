"""What the columns of a connection log may be called: one profile for each tool.

Column names are compared without case, accents, spaces and punctuation.

``generic``     our own: ``device``, ``device name``, ``user``, ``start``, ``stop`` or
                ``duration``, ``customer``, ``note``, ``session``.
``teamviewer``  the connection report of the Management Console and of TeamViewer Remote. Its help
                (Knowledge Base, "Connection reports") says that it exports to CSV and that the
                times of an export are in UTC; it does not print the header. Known are the fields
                of the connection reports of the Web API (userid, username, deviceid, devicename,
                groupname, start_date, end_date, notes…) and the words of the console.
``anydesk``     the sessions of my.anydesk.com. Known are the fields of AnyDesk's REST API (sid,
                from.cid, from.alias, to.cid, to.alias, start-time and end-time in seconds since
                1970, duration in seconds, comment) and the words of the portal's Sessions page.
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


@dataclass(frozen=True)
class Profile:
    """Name the columns of one tool's export: ``{role: names}``, names as ``fold`` makes them.

    ``tz`` is the time zone that the tool documents for times without an offset, None where the
    reader has to choose.
    """

    code: str
    columns: Mapping[str, tuple[str, ...]]
    tz: str | None = None

    def find_columns(self, header: Sequence[str]) -> dict[str, int]:
        """Return ``{role: index}`` of a header; of several names, the first one listed wins."""
        folded = [fold(name) for name in header]
        found = {
            role: next((folded.index(name) for name in names if name in folded), -1)
            for role, names in self.columns.items()
        }
        return {role: index for role, index in found.items() if index >= 0}


def _names(*names: str) -> tuple[str, ...]:
    return tuple(fold(name) for name in names)


PROFILES = {
    profile.code: profile
    for profile in (
        Profile(
            "generic",
            {
                "device": _names("device", "device id", "appareil", "poste"),
                "device_name": _names("device name", "workstation", "nom de l'appareil"),
                "user": _names("user", "technician", "utilisateur", "technicien"),
                "start": _names("start", "début"),
                "stop": _names("stop", "end", "fin"),
                "duration": _names("duration", "durée"),
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
                "start": _names(
                    "start", "start date", "start time", "start (UTC)", "début", "date de début"
                ),
                "stop": _names(
                    "end", "end date", "end time", "end (UTC)", "fin", "date de fin", "Ende"
                ),
                "customer": _names("group", "group name", "groupe", "Gruppe", "customer name"),
                "note": _names("notes", "note", "comment", "comments", "commentaire", "Notizen"),
                "session": _names("session ID", "session code", "code", "connection ID"),
            },
            tz="UTC",
        ),
        Profile(
            "anydesk",
            {
                "device": _names("to cid", "to ID", "to", "vers", "remote ID", "à"),
                "device_name": _names("to alias", "to name", "remote alias", "remote name"),
                "user": _names(
                    "from alias", "from name", "from", "from cid", "from ID", "de", "user"
                ),
                "start": _names("start-time", "start", "started", "début"),
                "stop": _names("end-time", "end", "ended", "fin"),
                "duration": _names("duration", "durée"),
                "note": _names("comment", "comments", "commentaire"),
                "session": _names("sid", "session ID", "ID"),
            },
        ),
    )
}
