"""Fetch Odoo as a Debian package and unpack it into the cache, without installing it."""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from . import apt_sources, cache
from .console import Stop, say, step
from .private_apt import ELSEWHERE, PrivateApt, unpack

PINS = Path(__file__).parent.parent / "locks" / "odoo.json"
LEFT_OUT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


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
    with cache.built_directory(home) as scratch, tempfile.TemporaryDirectory() as work:
        for archive in _download(Path(work), pins):
            unpack(archive, scratch)
        _complete(scratch)


def _download(work, pins):
    private = PrivateApt(work, ["unstable", apt_sources.machine_mirror().suite])
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
