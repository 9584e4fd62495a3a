"""Find the Debian mirror and suites that this machine is configured to use."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .console import Stop

APT = Path("/etc/apt")
ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)"
)
ARCHIVE = re.compile(r"/debian(?![\w-])")
DEBIAN_KEYS = "debian-archive"


@dataclass(frozen=True)
class Source:
    """One archive address with one of its suites."""

    uri: str
    suite: str
    components: str = "main"
    keyring: str = ""


def read_sources(directory=APT):
    """Return the sources of both file formats, in the order apt reads them."""
    texts = [directory / "sources.list", *sorted((directory / "sources.list.d").glob("*"))]
    found = []
    for path in texts:
        if path.suffix == ".sources":
            found += parse_deb822(_text(path))
        elif path.suffix == ".list":
            found += parse_one_line(_text(path))
    return found


def _text(path):
    return path.read_text(errors="replace") if path.is_file() else ""


def parse_one_line(text):
    """Return the sources of a `*.list` file.

    >>> parse_one_line("deb [arch=amd64] http://host/debian bookworm main # x")
    [Source(uri='http://host/debian', suite='bookworm', components='main', keyring='')]
    """
    matches = (ONE_LINE.match(line.partition("#")[0].strip()) for line in text.splitlines())
    return [_from_line(match) for match in matches if match]


def _from_line(match):
    keyring = re.search(r"signed-by=(\S+)", match["options"] or "")
    return Source(
        match["uri"], match["suite"], match["components"].strip(), keyring[1] if keyring else ""
    )


def parse_deb822(text):
    """Return the sources of a `*.sources` file.

    >>> parse_deb822("Types: deb\\nURIs: http://host/debian\\nSuites: sid\\nComponents: main")
    [Source(uri='http://host/debian', suite='sid', components='main', keyring='')]
    """
    stanzas = [_fields(stanza) for stanza in re.split(r"\n\s*\n", text)]
    return [
        Source(uri, suite, fields.get("components", ""), fields.get("signed-by", ""))
        for fields in stanzas
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes") != "no"
        for uri in fields.get("uris", "").split()
        for suite in fields.get("suites", "").split()
    ]


def _fields(stanza):
    fields, name = {}, ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace():
            fields[name] = fields.get(name, "") + " " + line.strip()
        elif ":" in line:
            name, _colon, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def choose_mirror(sources, codename):
    """Return the source of the release's main suite on a Debian archive.

    Updates and security suites and the archives of third parties are left aside;
    a source that names Debian's own keys is preferred.
    """
    suites = (codename, "stable", "testing", "unstable", "sid")
    fitting = [
        source
        for source in sources
        if ARCHIVE.search(source.uri)
        and source.suite in suites
        and "main" in source.components.split()
    ]
    fitting.sort(key=lambda source: DEBIAN_KEYS not in source.keyring)
    if not fitting:
        raise Stop(
            "No Debian mirror is configured in /etc/apt: add one, "
            "or set ODOO_HOME to an Odoo 19 checkout."
        )
    return fitting[0]


def machine_mirror():
    """Return the Debian source configured on this machine."""
    return choose_mirror(read_sources(), _codename())


def _codename():
    match = re.search(r"^VERSION_CODENAME=(\S+)", _text(Path("/etc/os-release")), re.MULTILINE)
    return match[1].strip('"') if match else "stable"


def architecture():
    """Return the name Debian gives this machine's architecture."""
    done = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
