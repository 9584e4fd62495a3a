"""Serve the demo database to a browser."""

import time

from . import cache, databases, demo, ports, process, setup, system
from .console import Stop, say, step

OUT = setup.CHECKOUT / "out" / "serve"
LOG = OUT / "odoo.log"
PATIENCE = 120


def main(options):
    """Serve until interrupted; return 0 then."""
    port = ports.free_port(options.port)
    if advice := system.ensure_browser_and_pdf():
        say(f"! PDF files will not be printed: {advice}")
    workshop = setup.prepare()
    with cache.claim(workshop.cache, "demo", demo.BUSY):
        if options.fresh or demo.DATABASE not in databases.names(workshop, demo.DATABASE):
            if demo.rebuild(workshop):
                raise Stop("There is no demo database to serve, since making it failed.")
        demo.set_address(workshop, port)
        return _serve(workshop, port)


def _serve(workshop, port):
    OUT.mkdir(parents=True, exist_ok=True)
    options = ["-d", demo.DATABASE, "--http-port", port, "--no-database-list"]
    command = [workshop.python, "-m", "odoo", *options, "--max-cron-threads=0"]
    with (
        open(LOG, "wb") as log,
        process.child(
            command, stdout=log, stderr=log, cwd=OUT, env=workshop.environment()
        ) as server,
    ):
        with step("Odoo"):
            _await(server, port)
        _introduce(workshop, port)
        try:
            code = server.wait()
        except KeyboardInterrupt:
            say("\nStopped.")
            return 0
    raise Stop(f"Odoo ended by itself (exit code {code}), see {LOG}.")


def _await(server, port):
    deadline = time.monotonic() + PATIENCE
    while not ports.answers(port):
        if server.poll() is not None or time.monotonic() > deadline:
            raise Stop(f"Odoo does not start, see {LOG}.")
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
