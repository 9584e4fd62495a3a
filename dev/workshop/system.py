"""Look for programs of the operating system; install them with apt where that is allowed."""

import os
import shutil

from . import process
from .console import Stop, step

# What Odoo looks for, by the Debian package that brings one of them.
PROGRAMS = {
    "chromium": ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable"),
    "wkhtmltopdf": ("wkhtmltopdf",),
}


def is_ci():
    """Tell whether an automatic build runs this."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def is_root():
    """Tell whether the command may install packages."""
    return os.geteuid() == 0


def need_package(package, complaint):
    """Install a Debian package, or stop with the line that a person can run."""
    advice = f"sudo apt-get install {package}"
    if not is_root() or not shutil.which("apt-get"):
        raise Stop(f"{complaint}: run `{advice}`.")
    install(package)


def install(*packages):
    """Install Debian packages as root, with fresh lists."""
    names = " ".join(packages)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=600"]
    with step(f"{names} from the machine's package manager"):
        # A stale list of an unrelated archive must not hinder the installation.
        try:
            process.run(["apt-get", "-q", *wait, "update"], "no lists", env=quiet)
        except Stop:
            pass
        process.run(
            ["apt-get", "-qy", *wait, "install", "--no-install-recommends", *packages],
            f"{names} cannot be installed: check the network and the apt sources.",
            env=quiet,
        )


def find_browser():
    """Return the path of a browser that Odoo's tests can drive, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS["chromium"])), None)


def ensure(*packages):
    """Install the browser or the PDF program where allowed; return the advice otherwise."""
    missing = _missing(packages)
    if missing and is_root() and shutil.which("apt-get"):
        install(*missing)
        missing = _missing(packages)
    if not missing:
        return ""
    advice = f"{' and '.join(missing)} missing: run `sudo apt-get install {' '.join(missing)}`."
    if is_ci():
        raise Stop(advice)
    return advice


def _missing(packages):
    return [name for name in packages if not any(map(shutil.which, PROGRAMS[name]))]
