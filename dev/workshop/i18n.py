"""Bring the translations up to date with the terms of the code."""

import os
import subprocess

from . import databases, setup
from .console import Stop, say, step

FOLDER = setup.CHECKOUT / "i18n"
LOG = setup.CHECKOUT / "out" / "i18n" / "odoo.log"
DATABASE = databases.PREFIX + "i18n_"


def main(_options):
    """Export the terms, merge them into each language; return 0."""
    workshop = setup.prepare()
    databases.drop_orphans(workshop, DATABASE)
    name = f"{DATABASE}{os.getpid()}"
    databases.create_with_addon(workshop, name)
    try:
        with step("Terms"):
            shown = _merge(workshop, name)
    finally:
        databases.drop(workshop, name)
    say(shown)
    return 0


def _merge(workshop, name):
    LOG.parent.mkdir(parents=True, exist_ok=True)
    command = workshop.command("merge_terms.py", name, FOLDER)
    with open(LOG, "wb") as log:
        done = subprocess.run(
            [str(part) for part in command],
            env=workshop.environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    if done.returncode:
        raise Stop(f"The terms could not be exported (exit code {done.returncode}), see {LOG}.")
    return done.stdout.rstrip()
