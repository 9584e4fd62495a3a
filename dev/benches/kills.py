"""Kill a server at random moments of a run, start it again, and count what was lost or doubled.

A real server, with two processes that drive the background jobs, all of it ended by SIGKILL as when
a machine loses its power. Each time the committed rows are judged by SQL (tests/invariants.py), and
at the end whether each month of each contract is billed and posted once, without a gap in the
numbers. The moments are random: WORKSHOP_SEED=N draws those of an earlier run.
"""

import contextlib
import importlib.util
import os
import random
import signal
import time
from pathlib import Path

from workshop import bench, ports, process
from workshop.console import Stop, say
from workshop.setup import CHECKOUT

SCRIPT = Path(__file__).parent / "_kills_own.py"
INVARIANTS = CHECKOUT / "tests" / "invariants.py"
MONTHS, LINES = 2, 2
LONGEST = 3
PATIENCE = 600
STATE = "SELECT state || ' ' || phase FROM service_billing_run"
PLACE = "SELECT phase || done_count FROM service_billing_run"
BILLED = """
    SELECT (SELECT count(*) FROM service_charge WHERE state = 'invoiced' AND billed_quantity = 1)
           || ' ' || (SELECT count(*) FROM account_move
                       WHERE service_run_id IS NOT NULL AND state = 'posted')
           || ' ' || (SELECT count(*) FROM account_move_line WHERE service_charge_id IS NOT NULL)
           || ' ' || (SELECT count(*) FROM service_exception)
"""


def run(context, quick):
    """Return how often the server was killed, and how many rows were wrong at any time."""
    size, kills = (400, 5) if quick else (2000, 20)
    seed = int(os.environ.get("WORKSHOP_SEED") or random.SystemRandom().randrange(10_000))
    say(f"  WORKSHOP_SEED={seed}")
    database = context.database()
    context.seed(SCRIPT, database, size)
    server, chance = context.workshop.server, random.Random(seed)
    phases, wrong = [], 0
    while len(phases) < kills and is_running(server, database):
        kill_later(context.workshop, database, chance.uniform(0, LONGEST))
        phases.append(server.query(STATE, database)[0])
        wrong += count_broken(server, database)
    say(f"  killed while: {', '.join(phases)}")
    finish(context.workshop, database)
    wrong += count_broken(server, database) + count_missing(server, database, size)
    return {"measures": list(_measures(len(phases), size, wrong))}


def _measures(kills, size, wrong):
    yield {"what": f"a run of {size} contracts, server killed", "value": kills, "unit": "times"}
    yield {
        "what": "rows lost, doubled or wrong, after each time and at the end",
        "value": wrong,
        "unit": "rows",
        "against": "none",
        "ratio": wrong,
        "bound": 0,
    }


def is_running(server, database):
    """Tell whether the run has not ended yet."""
    return server.query(STATE, database)[0].startswith("running")


@contextlib.contextmanager
def serving(workshop, database):
    """Serve a database, with the limits of time that Odoo has unless told; yield the program."""
    port, other = ports.free_port(), ports.free_port()
    options = [
        *("-d", database, "--no-database-list", "--http-port", port, "--gevent-port", other),
        *("--workers=2", "--max-cron-threads=2", "--limit-time-cpu=60", "--limit-time-real=120"),
    ]
    command = workshop.command("serve.py", *options)
    with (
        open(bench.LOG, "ab") as log,
        process.child(command, stdout=log, stderr=log, env=workshop.environment()) as started,
    ):
        await_port(started, port)
        yield started


def await_port(started, port):
    """Wait until the server answers."""

    def answers():
        if started.poll() is not None:
            raise Stop(f"Odoo does not start, see {bench.LOG}.")
        return ports.answers(port)

    await_true(answers, "Odoo does not answer")


def await_true(condition, complaint):
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Stop(f"{complaint}, after {PATIENCE} s, see {bench.LOG}.")
        time.sleep(0.1)


def call_job(server, database):
    """Wake the scheduler, which else looks at the database each minute; return where the run is."""
    server.query(f"NOTIFY cron_trigger, '{database}'")
    return server.query(PLACE, database)


def kill_later(workshop, database, seconds):
    """Start the server, and end all its processes some seconds after the run goes on."""
    place = workshop.server.query(PLACE, database)
    with serving(workshop, database) as started:
        await_true(lambda: call_job(workshop.server, database) != place, "The run does not go on")
        time.sleep(seconds)
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
    await_alone(workshop.server, database)


def await_alone(server, database):
    """Wait until PostgreSQL has let go of what the killed processes asked of it."""
    others = f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}'"
    await_true(lambda: not server.query(others), "PostgreSQL does not let go of what was killed")


def finish(workshop, database):
    """Start the server and leave it alone until the run has ended."""
    server = workshop.server

    def is_over():
        call_job(server, database)
        return not is_running(server, database)

    with serving(workshop, database):
        await_true(is_over, "The run has not ended")


def count_broken(server, database):
    """Return how many rows break an invariant."""
    spec = importlib.util.spec_from_file_location("invariants", INVARIANTS)
    invariants = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(invariants)
    company = "(SELECT company_id FROM service_billing_run)"
    count = 0
    for what, query in invariants.RULES.items():
        if rows := server.query(query.replace("%(company)s", company), database):
            say(f"  {what}: {rows[:3]}")
            count += len(rows)
    return count


def count_missing(server, database, size):
    """Return how far the charges, invoices, lines and matters are from what is due."""
    found = [int(number) for number in server.query(BILLED, database)[0].split()]
    charges = size * MONTHS * LINES
    wanted = [charges, size, charges, 0]
    if found != wanted:
        say(f"  charges, invoices, lines, matters: {found} instead of {wanted}")
    return sum(abs(one - other) for one, other in zip(found, wanted, strict=True))
