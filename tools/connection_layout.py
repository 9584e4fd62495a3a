"""Which columns a file has, and what they are: by the names in its header, by shape, or as told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .connection_file import LogError, Source, open_file
from .connection_profiles import (
    PROFILES,
    Profile,
    find_local,
    fold,
    is_complete,
    propose_columns,
)
from .connection_times import EPOCH, MAX_TEXT, LineError, parse_time

MIN_COLUMNS = 4  # device, user, start and stop
SAMPLES = 3


@dataclass(frozen=True)
class Layout:
    """Say where a file's records begin, and what their columns are: ``{role: index}``."""

    profile: Profile
    columns: Mapping[str, int]
    first: int
    separator: str
    width: int
    header: Sequence[str] = ()

    def get_name(self, role: str) -> str:
        """Return the name of the column of a role, "" where it has none."""
        index = self.columns.get(role, -1)
        return self.header[index] if 0 <= index < len(self.header) else ""


@dataclass(frozen=True)
class Outline:
    """What a reader sees of a file whose header nobody knows, to say which column is what.

    ``signature`` is the same for each file of the same columns; ``proposed``: ``{role: index}``.
    """

    header: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    signature: str
    proposed: Mapping[str, int]


def find_layout(
    source: Source,
    code: str | None = None,
    columns: Mapping[str, int] | None = None,
) -> Layout:
    """Return the layout of the profile that knows most columns, or with columns as told.

    ``code``: of the profile that it has to be. LogError where no profile knows the file.
    """
    if columns is not None:
        return _find_told(source, columns)
    found = _find_local(source, code) or _find_named(source, code)
    if not found:
        raise LogError("unknown_columns", found=source.get_beginning()[:MAX_TEXT])
    return found


def outline(data: bytes | Source) -> Outline | None:
    """Return what a file looks like, None where it has too few columns to tell connections.

    A first line with a time or a number in it is no header: the columns then have no names.

    >>> found = outline(b"Poste;Agent;Le;De;A\\n12;zoe;02/03/2026;9:00;9:31\\n")
    >>> found.header, found.samples
    (('Poste', 'Agent', 'Le', 'De', 'A'), (('12', 'zoe', '02/03/2026', '9:00', '9:31'),))
    >>> outline(b"12;zoe;02/03/2026 9:00;02/03/2026 9:31\\n").header
    ('', '', '', '')
    """
    source = open_file(data).get_start()
    index, separator, cells = _find_widest(source)
    if len(cells) < MIN_COLUMNS:
        return None
    has_header = _is_header(cells)
    header = tuple(cells) if has_header else ("",) * len(cells)
    lines = source.read_lines(index + has_header, separator)[0][:SAMPLES]
    names = [fold(name) for name in header] if has_header else [separator, str(len(cells))]
    return Outline(
        header,
        tuple(tuple(line[1]) for line in lines),
        hashlib.sha256("\x1f".join(names).encode()).hexdigest(),
        propose_columns(header) if has_header else {},
    )


def _find_told(source: Source, columns: Mapping[str, int]) -> Layout:
    index, separator, cells = _find_widest(source)
    has_header = _is_header(cells)
    header = cells if has_header else ()
    return Layout(PROFILES["mapped"], columns, index + has_header, separator, len(cells), header)


def _find_widest(source: Source) -> tuple[int, str, list[str]]:
    """Return the first of the lines with the most filled cells among those that begin a file."""
    head = list(source.get_head())
    return max(head, key=lambda item: (sum(map(bool, item[2])), -item[0]), default=(0, "", []))


def _is_header(cells: Sequence[str]) -> bool:
    return not any(cell.isdigit() or EPOCH.match(cell) or _is_time(cell) for cell in cells)


def _is_time(text: str) -> bool:
    try:
        return bool(parse_time(text, "dmy"))
    except LineError:
        return False


def _find_local(source: Source, code: str | None) -> Layout | None:
    """Return the layout of a file that TeamViewer keeps, by the shape of its first lines."""
    for _index, separator, cells in source.get_head():
        found = find_local(cells)
        if found and code in (None, found[0]):
            return Layout(PROFILES[found[0]], found[1], 0, separator, len(cells))
    return None


def _find_named(source: Source, code: str | None) -> Layout | None:
    """Return the layout of the profile that knows most names of a header."""
    profiles = [PROFILES[code]] if code else list(PROFILES.values())
    candidates = [
        (len(columns), -index, Layout(profile, columns, index + 1, separator, len(cells), cells))
        for index, separator, cells in source.get_head()
        for profile in profiles
        if is_complete(columns := profile.find_columns(cells))
    ]
    return max(candidates, key=lambda candidate: candidate[:2], default=(0, 0, None))[2]
