"""Serve the demo database to a browser."""

import contextlib
import time

from . import cache, databases, demo, ports, process, setup
from .console import Stop, say, step

OUT = setup.CHECKOUT / "out" / "serve"
LOG = OUT / "odoo.log"
PATIENCE = 120


def main(options):
    """Serve until interrupted; return 0 then."""
    port = ports.free_port(options.port)
    workshop = setup.prepare()
    with cache.claim(workshop.cache, demo.DATABASE, demo.BUSY):
        ensure_demo(workshop, options.fresh)
        demo.set_address(workshop, port)
        return _serve(workshop, port)


def ensure_demo(workshop, is_fresh=False):
    """Make the demo database when there is none, or anew."""
    if is_fresh or demo.DATABASE not in databases.names(workshop, demo.DATABASE):
        if demo.rebuild(workshop):
            raise Stop("There is no demo database, since making it failed.")


@contextlib.contextmanager
def server(workshop, database, port, log):
    """Serve a database over HTTP while the block runs."""
    log.parent.mkdir(parents=True, exist_ok=True)
    options = ["-d", database, "--http-port", port, "--no-database-list"]
    command = [workshop.python, "-m", "odoo", *options, "--max-cron-threads=0"]
    environment = workshop.environment()
    with (
        open(log, "wb") as output,
        process.child(
            command, stdout=output, stderr=output, cwd=log.parent, env=environment
        ) as running,
    ):
        with step("Odoo"):
            _await(running, port, log)
        yield running


def _serve(workshop, port):
    with server(workshop, demo.DATABASE, port, LOG) as running:
        _introduce(workshop, port)
        try:
            code = running.wait()
        except KeyboardInterrupt:
            say("\nStopped.")
            return 0
    raise Stop(f"Odoo ended by itself (exit code {code}), see {LOG}.")


def _await(running, port, log):
    deadline = time.monotonic() + PATIENCE
    while not ports.answers(port):
        if running.poll() is not None or time.monotonic() > deadline:
            raise Stop(f"Odoo does not start, see {log}.")
        time.sleep(0.2)


def _introduce(workshop, port):
    say(f"\nhttp://127.0.0.1:{port}\n\nUsers (the password is the same word):")
    for line in workshop.server.query(
        "SELECT rpad(u.login, 24) || p.name FROM res_users u JOIN res_partner p "
        "ON p.id = u.partner_id WHERE u.active AND u.id > 1 ORDER BY u.id",
        demo.DATABASE,
    ):
        say(f"  {line}")
    say(f"\nLog: {LOG}\nCtrl-C ends it.")
