"""Take pictures of the web client, as the users of the demo see it."""

import os
import subprocess
from pathlib import Path

from . import cache, databases, demo, ports, python_env, serve, setup, system
from .console import Stop, say, step

PICTURES = setup.CHECKOUT / "static" / "description"
OUT = setup.CHECKOUT / "out" / "screens"
DATABASE = databases.PREFIX + "screens_"


def main(options):
    """Take the pictures; return 0."""
    if advice := system.ensure_browser():
        raise Stop(f"Pictures cannot be taken, {advice}")
    workshop = setup.prepare()
    databases.drop_orphans(workshop, DATABASE)
    name = f"{DATABASE}{os.getpid()}"
    with cache.claim(workshop.cache, demo.DATABASE, demo.BUSY):
        serve.ensure_demo(workshop)
        databases.copy(workshop, name, demo.DATABASE)
    try:
        _speak(workshop, name, options.language)
        _take(workshop, name, Path(options.out or PICTURES).resolve())
    finally:
        databases.drop(workshop, name)
    return 0


def _speak(workshop, database, language):
    """Give all users a language, in the copy only."""
    known = workshop.server.query("SELECT code FROM res_lang WHERE active", database)
    if language not in known:
        raise Stop(f"{language} is not installed: choose one of {', '.join(known)}.")
    workshop.server.query(
        f"UPDATE res_partner SET lang = '{language}' "
        "WHERE id IN (SELECT partner_id FROM res_users)",
        database,
    )


def _take(workshop, database, out):
    port = ports.free_port()
    out.mkdir(parents=True, exist_ok=True)
    OUT.mkdir(parents=True, exist_ok=True)
    log = OUT / "browser.log"
    python = python_env.environment(workshop.cache, "screens", ["screens.lock"])
    script = setup.INSIDE / "take_screens.py"
    command = [python, script, system.find_browser(), port, database, out]
    with serve.server(workshop, database, port, OUT / "odoo.log"), step("Pictures"):
        _run(command, workshop.environment(), log)
    for path in sorted(out.glob("screen_*.png")):
        say(f"  {path.name:32} {path.stat().st_size / 1000:.0f} kB")


def _run(command, environment, log):
    with open(log, "wb") as output:
        done = subprocess.run(
            [str(part) for part in command], env=environment, stdout=output, stderr=output
        )
    if done.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise Stop(f"The pictures could not be taken, see {log}.", "\n".join(lines[-15:]))
