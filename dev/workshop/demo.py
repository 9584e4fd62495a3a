"""Make the demo database and walk the main road in it."""

import shutil

from . import cache, databases, events, ports, setup
from .console import say

DATABASE = f"{databases.PREFIX}demo_{cache.digest(setup.CHECKOUT)}"
OUT = setup.CHECKOUT / "out" / "demo"
LOG = OUT / "odoo.log"
BUSY = "The demo database is in use by another ./dev/demo or ./dev/serve: end that one first."


def main(_options):
    """Walk the road in a fresh database; return 0 only if every check holds."""
    workshop = setup.prepare()
    with cache.claim(workshop.cache, DATABASE, BUSY):
        code = rebuild(workshop)
    if not code:
        say("Look at it in the web client: ./dev/serve")
    return code


def rebuild(workshop):
    """Make the database anew, walk the road, return the road's exit code."""
    shutil.rmtree(OUT, ignore_errors=True)
    databases.create_with_addon(workshop, DATABASE)
    port = str(ports.free_port())
    set_address(workshop, port)
    command = workshop.command("run_road.py", DATABASE, OUT, port)
    code, errors = _walk(command, workshop.environment())
    if code or errors:
        databases.drop(workshop, DATABASE)
        say(f"The demo failed (exit code {code}, {errors} ERROR lines), see {LOG}.")
    return code or int(errors > 0)


def _walk(command, environment):
    code, errors = 1, 0
    for event in events.stream(command, LOG, environment, is_talking=True):
        code = event.get("code", code)
        if event["kind"] == "error":
            errors += 1
            say(event["text"])
    return code, errors


def set_address(workshop, port):
    """Write the address at which the database is served, where reports find their styles."""
    address = f"http://127.0.0.1:{port}"
    for key, value in (
        ("web.base.url", address),
        ("web.base.url.freeze", "True"),
        ("report.url", address),
    ):
        workshop.server.query(
            "INSERT INTO ir_config_parameter (key, value) "
            f"VALUES ('{key}', '{value}') ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            DATABASE,
        )
