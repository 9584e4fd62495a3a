"""Find the Odoo 19 to work with."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .console import Stop


@dataclass(frozen=True)
class OdooHome:
    """The directory that holds the package `odoo`, and where its add-ons are."""

    path: Path
    version: str

    @property
    def addons_paths(self):
        """Return the add-ons directories that Odoo does not find by itself."""
        is_whole = (self.path / "odoo" / "addons" / "web").is_dir()
        return [] if is_whole else [self.path / "addons"]


def find(root):
    """Return the Odoo named by ODOO_HOME, or else Debian's, fetched when missing."""
    if named := os.environ.get("ODOO_HOME"):
        return _open(_package_parent(Path(named).expanduser()))
    return _open(debian.unpacked_odoo(root))


def _package_parent(path):
    """Accept a checkout, a site directory, or the package `odoo` itself."""
    for parent in (path, path.parent):
        if (parent / "odoo" / "release.py").is_file():
            return parent.resolve()
    raise Stop(f"ODOO_HOME={path} holds no Odoo: name an Odoo 19 checkout or install.")


def _open(path):
    version = read_version((path / "odoo" / "release.py").read_text())
    if not version.startswith("19."):
        raise Stop(f"The Odoo in {path} is {version}: this add-on needs Odoo 19.")
    return OdooHome(path, version)


def read_version(release):
    """Return the version that a `release.py` states.

    >>> read_version("version_info = (19, 0, 0, FINAL, 0, '')")
    '19.0'
    """
    match = re.search(r"^version_info = \((\S+?), *(\S+?),", release, re.MULTILINE)
    return f"{match[1]}.{match[2]}" if match else "of unknown version"
