"""Write the lock files anew."""

import shutil
import tempfile
from pathlib import Path

from . import node_env, process
from .console import Stop, step
from .python_env import LOCKS

OPTIONS = ["--universal", "--python-version", "3.10", "--generate-hashes", "--upgrade"]
PLAIN = ["--no-annotate", "--no-header", "--quiet"]
# The wheels of add-ons ask for a distribution named odoo, which no registry has.
ALONE = {"addons": ["--no-deps"]}


def main(_options):
    """Lock the Python and the JavaScript packages; return 0."""
    for program in ("uv", "npm"):
        if not shutil.which(program):
            raise Stop(f"{program} is missing: install it to write the locks.")
    for name in ("requirements", "addons", "lint", "screens", "einvoice"):
        with step(f"{name}.lock"):
            _lock_python(name)
    with step("package-lock.json"):
        _lock_node()
    return 0


def _lock_python(name):
    lock = LOCKS / f"{name}.lock"
    process.run(
        ["uv", "pip", "compile", *OPTIONS, *PLAIN, *ALONE.get(name, []), f"{name}.in", "-o", lock],
        f"{lock.name} cannot be written: check the network.",
        cwd=LOCKS,
    )


def _lock_node():
    """Lock without the addresses of a registry, so that any mirror serves."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(LOCKS / "package.json", scratch)
        process.run(
            ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved"],
            "package-lock.json cannot be written: check the network.",
            cwd=scratch,
        )
        for name in node_env.FILES:
            shutil.copy(Path(scratch) / name, LOCKS)
