"""Fetch Odoo as a Debian package and unpack it into the cache, without installing it."""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import apt_sources, cache, process
from .console import Stop, say, step

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PINS = Path(__file__).parent.parent / "locks" / "odoo.json"
LEFT_OUT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
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


def unpacked_odoo(root):
    """Return the directory of Debian's Odoo packages, fetched and unpacked when missing."""
    pins = json.loads(PINS.read_text())
    home = root / f"debian-odoo-{cache.digest(PINS.read_bytes())}"
    with cache.lock(root, "odoo"):
        if not home.is_dir():
            with step(f"Odoo {pins['odoo']['version']} from the machine's Debian mirror"):
                _build(home, [pins["odoo"], *pins["assets"]])
        cache.prune(root, "debian-odoo-*", keep=home)
    return home / "usr/lib/python3/dist-packages"


def _build(home, pins):
    _check_tools()
    with cache.built_directory(home) as scratch, tempfile.TemporaryDirectory() as work:
        for archive in _download(Path(work), pins):
            process.run(["dpkg", "-x", archive, scratch], f"{archive.name} cannot be unpacked.")
        _complete(scratch)


def _check_tools():
    for tool in ("apt-get", "apt-cache", "dpkg"):
        if not shutil.which(tool):
            raise Stop(f"{tool} is missing, so Debian's Odoo cannot be fetched: {ELSEWHERE}.")
    if not KEYRING.is_file():
        raise Stop(f"Debian's archive keyring {KEYRING} is missing: {ELSEWHERE}.")


def _download(work, pins):
    private = PrivateApt(work)
    private.update()
    for pin in pins:
        version = choose_version(pin, private.versions(pin["package"]))
        archive = private.download(pin["package"], version)
        if version == pin["version"]:
            _check_sum(archive, pin)
        yield archive


def choose_version(pin, versions):
    """Return the pinned version, or the newest of its series with a warning.

    `versions` is ordered from new to old, as apt-cache gives them.
    """
    if pin["version"] in versions:
        return pin["version"]
    for version in versions:
        if version.startswith(pin["series"]):
            say(f"  ! {pin['package']} {pin['version']} is gone; {version} is taken instead")
            return version
    raise Stop(f"The Debian mirror has no {pin['package']} {pin['series']}* any more: {ELSEWHERE}.")


def _check_sum(archive, pin):
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != pin["sha256"]:
        raise Stop(
            f"{archive.name} is not the file that was pinned (SHA-256 {found}): "
            "the mirror is damaged or tampered with, use another one."
        )


class PrivateApt:
    """An apt with lists and cache of its own, which reads the machine's mirror only."""

    def __init__(self, home):
        self._home = home
        for part in ("state/lists/partial", "cache/archives/partial"):
            (home / part).mkdir(parents=True)
        (home / "status").touch()
        (home / "sources.list").write_text(_sources())
        self._conf = home / "apt.conf"
        self._conf.write_text(APT_CONF.format(home=home, architecture=apt_sources.architecture()))

    def update(self):
        """Fetch the lists; their signatures are verified."""
        failure = "The package lists cannot be fetched from the Debian mirror: check the network."
        output = self._run("apt-get", ["update", "--error-on=any"], failure)
        if re.search(r"^(W|E):.*(signature|NO_PUBKEY)", output, re.MULTILINE):
            raise Stop("The Debian mirror is not signed by Debian: use another mirror.")

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

    def _run(self, tool, arguments, failure):
        return process.run([tool, "-q", "-c", self._conf, *arguments], failure, cwd=self._home)


def _sources():
    mirror = apt_sources.machine_mirror()
    suites = dict.fromkeys(["unstable", mirror.suite])
    return "".join(f"deb [signed-by={KEYRING}] {mirror.uri} {suite} main\n" for suite in suites)


def _complete(home):
    """Add what Debian leaves out and refuse a copy whose web assets point nowhere."""
    packages = home / "usr/lib/python3/dist-packages"
    left_out = packages / "odoo/addons" / LEFT_OUT
    left_out.parent.mkdir(parents=True, exist_ok=True)
    left_out.touch()
    broken = sorted(link for name in ("web", "mail") for link in _broken_links(packages, name))
    if broken:
        raise Stop(
            f"Debian's Odoo lacks {broken[0]} and {len(broken) - 1} more of its web assets: "
            f"{ELSEWHERE}."
        )


def _broken_links(packages, addon):
    tree = packages / "odoo/addons" / addon
    done = subprocess.run(["find", tree, "-xtype", "l"], capture_output=True, text=True, check=True)
    return done.stdout.split()
