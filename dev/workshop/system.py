"""Look for programs of the operating system; install them with apt where that is allowed."""

import contextlib
import functools
import os
import shutil

from . import process
from .console import Stop, step

# The programs that Odoo's tests look for.
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
WAIT = ("-o", "DPkg::Lock::Timeout=600")


def is_ci():
    """Tell whether an automatic build runs this."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def is_root():
    """Tell whether the command may install packages."""
    return os.geteuid() == 0


def need_package(package, complaint):
    """Install a Debian package, or stop with the line that a person can run."""
    if not install(package):
        raise Stop(f"{complaint}: run `sudo apt-get install {package}`.")


def install(package):
    """Install a Debian package as root; return whether that was possible."""
    if not (is_root() and shutil.which("apt-get")):
        return False
    _update_lists()
    if not _has_candidate(package):
        return False
    with step(f"{package} from the machine's package manager"):
        process.run(
            ["apt-get", "-qy", *WAIT, "install", "--no-install-recommends", package],
            f"{package} cannot be installed: check the network and the apt sources.",
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    return True


@functools.cache
def _update_lists():
    # A stale list of an unrelated archive must not hinder the installation.
    with step("Package lists"), contextlib.suppress(Stop):
        process.run(["apt-get", "-q", *WAIT, "update"], "The package lists cannot be fetched.")


def _has_candidate(package):
    policy = process.run(["apt-cache", "policy", package], f"apt does not answer on {package}.")
    return "Candidate:" in policy and "Candidate: (none)" not in policy


def find_browser():
    """Return the path of a browser that Odoo's tests can drive, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def ensure_browser():
    """Install a browser where allowed; return the advice where there is none."""
    if find_browser() or (install("chromium") and find_browser()):
        return ""
    advice = "no browser: run `sudo apt-get install chromium`."
    if is_ci():
        raise Stop(advice)
    return advice
