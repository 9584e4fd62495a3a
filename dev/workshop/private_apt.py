"""Fetch Debian packages without installing them, as any user."""

import re
import shutil
from pathlib import Path

from . import apt_sources, process
from .console import Stop

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ELSEWHERE = "set ODOO_HOME to an Odoo 19 checkout instead"

APT_CONF = """\
Dir::State "{home}/state";
Dir::State::status "{home}/status";
Dir::Cache "{home}/cache";
Dir::Etc::SourceList "{home}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::PDiffs "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::Check-Valid-Until "false";
APT::Architecture "{architecture}";
APT::Sandbox::User "";
"""


class PrivateApt:
    """An apt with lists and cache of its own, which reads the machine's mirror only."""

    def __init__(self, home, suites):
        _check_tools()
        self._home = home
        for part in ("state/lists/partial", "cache/archives/partial"):
            (home / part).mkdir(parents=True)
        (home / "status").touch()
        (home / "sources.list").write_text(_sources(suites))
        self._conf = home / "apt.conf"
        self._conf.write_text(APT_CONF.format(home=home, architecture=apt_sources.architecture()))
        self._update()

    def versions(self, package):
        """Return the versions on offer, new ones first."""
        lines = self._run("apt-cache", ["madison", package], f"apt does not answer on {package}.")
        return [line.split("|")[1].strip() for line in lines.splitlines() if "|" in line]

    def download(self, package, version):
        """Fetch one package file and return its path."""
        self._run(
            "apt-get",
            ["download", f"{package}={version}"],
            f"{package} {version} cannot be fetched from the Debian mirror: check the network.",
        )
        return next(self._home.glob(f"{package}_*.deb"))

    def download_all(self, package):
        """Fetch a package with all that it needs, down to the C library; return their paths."""
        self._run(
            "apt-get",
            ["install", "-y", "--download-only", "--no-install-recommends", package],
            f"{package} cannot be fetched from the Debian mirror: check the network.",
        )
        return sorted(self._home.glob("cache/archives/*.deb"))

    def _update(self):
        """Fetch the lists; their signatures are verified."""
        failure = "The package lists cannot be fetched from the Debian mirror: check the network."
        output = self._run("apt-get", ["update", "--error-on=any"], failure)
        if re.search(r"^(W|E):.*(signature|NO_PUBKEY)", output, re.MULTILINE):
            raise Stop("The Debian mirror is not signed by Debian: use another mirror.")

    def _run(self, tool, arguments, failure):
        return process.run([tool, "-q", "-c", self._conf, *arguments], failure, cwd=self._home)


def _sources(suites):
    uri = apt_sources.machine_mirror().uri
    kept = dict.fromkeys(suites)
    return "".join(f"deb [signed-by={KEYRING}] {uri} {suite} main\n" for suite in kept)


def _check_tools():
    for tool in ("apt-get", "apt-cache", "dpkg"):
        if not shutil.which(tool):
            raise Stop(f"{tool} is missing, so Debian's Odoo cannot be fetched: {ELSEWHERE}.")
    if not KEYRING.is_file():
        raise Stop(f"Debian's archive keyring {KEYRING} is missing: {ELSEWHERE}.")


def unpack(archive, directory):
    """Unpack a package file into a directory."""
    process.run(["dpkg", "-x", archive, directory], f"{archive.name} cannot be unpacked.")
