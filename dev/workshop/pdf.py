"""Provide wkhtmltopdf, which makes PDF files, also where the system offers none."""

import json
import shutil
import tempfile
from pathlib import Path

from . import cache, system
from .console import Stop, step
from .private_apt import PrivateApt, unpack

PIN = Path(__file__).parent.parent / "locks" / "pdf.json"
PROGRAM = "wkhtmltopdf"
# Run with the loader and the libraries it was unpacked with, whatever the system has.
WRAPPER = """\
#!/bin/sh
home=$(dirname "$(dirname "$(readlink -f "$0")")")
libraries=$home/usr/lib/{machine}
export FONTCONFIG_FILE="$home/fonts.conf" QT_PLUGIN_PATH="$libraries/qt5/plugins"
exec "$home/{loader}" --library-path "$home/lib/{machine}:$libraries:$libraries/pulseaudio:\
$libraries/blas:$libraries/lapack" "$home/usr/bin/wkhtmltopdf" "$@"
"""
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
    <dir>/usr/share/fonts</dir>
    <dir>{home}/usr/share/fonts</dir>
    <cachedir>{home}/fonts-cache</cachedir>
</fontconfig>
"""


def ensure(root):
    """Return the directory of a wkhtmltopdf of our own, or None where the system has one."""
    if shutil.which(PROGRAM):
        return None
    home = root / f"{PROGRAM}-{cache.digest(PIN.read_bytes(), WRAPPER, FONTS)}"
    with cache.lock(root, PROGRAM):
        if not home.is_dir() and not system.install(PROGRAM):
            _fetch(home)
    return home / "bin" if home.is_dir() else None


def _fetch(home):
    """Unpack the program of the Debian release that still had it, with all it needs."""
    if not shutil.which("apt-get"):
        raise Stop("wkhtmltopdf is missing: install it with the system's package manager.")
    pin = json.loads(PIN.read_text())
    with step(f"{PROGRAM} from Debian {pin['suite']}"):
        _build(home, pin)


def _build(home, pin):
    with cache.built_directory(home) as scratch, tempfile.TemporaryDirectory() as work:
        for archive in PrivateApt(Path(work), [pin["suite"]]).download_all(pin["package"]):
            unpack(archive, scratch)
        loader = next(scratch.glob("lib/*/ld-linux*.so.*")).relative_to(scratch)
        wrapper = scratch / "bin" / PROGRAM
        wrapper.write_text(WRAPPER.format(loader=loader, machine=loader.parent.name))
        wrapper.chmod(0o755)
        (scratch / "fonts.conf").write_text(FONTS.format(home=home))
