"""Run the benchmarks of `dev/benches` and write their measures."""

import contextlib
import importlib
import json
import math
import os
import platform
import signal
import subprocess
from pathlib import Path

from . import databases, process, setup
from .console import Stop, say

BENCHES = setup.CHECKOUT / "dev" / "benches"
OUT = setup.CHECKOUT / "out" / "bench"
LOG = OUT / "odoo.log"
FIELDS = ("what", "value", "unit", "against", "ratio", "bound", "holds")
DATABASE = databases.PREFIX + "bench_"
LIMIT = 600


class Context:
    """What a benchmark may use: databases, and processes of Odoo on them.

    Nothing may be measured on tables that one transaction fills for the first time: PostgreSQL
    knows nothing of them, or takes them for empty, and may join each row with each. So data is
    seeded, committed and counted first.
    """

    def __init__(self, workshop, stack):
        self.workshop = workshop
        self._stack = stack
        self._count = 0

    def database(self, modules=()):
        """Return the name of a new database with these modules, by default with the add-on."""
        name = self._new_name()
        if modules:
            databases.create_with_modules(self.workshop, name, modules, "en_US")
        else:
            databases.create_with_addon(self.workshop, name)
        return name

    def copy(self, database):
        """Return the name of a copy of a database, for a measure that commits."""
        name = self._new_name()
        databases.copy(self.workshop, name, database)
        return name

    def _new_name(self):
        self._count += 1
        name = f"{DATABASE}{self._count}_{os.getpid()}"
        self._stack.callback(databases.drop, self.workshop, name)
        return name

    def seed(self, script, database, *arguments):
        """Call `seed(env, *arguments)` of a file, commit it, and have the tables counted."""
        self._call(script, database, "seed", arguments)
        self.workshop.server.query("VACUUM ANALYZE", database)

    def run(self, script, database, *arguments, patience=None):
        """Call `main(env, *arguments)` of a file in a new Odoo process; return its figures.

        It is ended after `patience` seconds, by default those of `LIMIT`.
        """
        found = self._call(script, database, "main", arguments, patience)
        if not found:
            raise Stop(f"{Path(script).name} ended without figures, see {LOG}.")
        return found

    def _call(self, script, database, function, arguments, patience=None):
        path = Path(script).resolve()
        command = self.workshop.command(
            "run_script.py", database, path, function, json.dumps(arguments)
        )
        what = " ".join([path.name, function, *map(str, arguments)])
        LOG.parent.mkdir(parents=True, exist_ok=True)
        environment = self.workshop.environment()
        with (
            limited(what, patience),
            open(LOG, "ab") as log,
            process.child(
                command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            ) as started,
            started.stdout,
        ):
            output, _errors = started.communicate()
        if started.returncode or not output.strip():
            raise Stop(f"{what} failed (exit code {started.returncode}), see {LOG}.")
        return json.loads(output.splitlines()[-1])


@contextlib.contextmanager
def limited(what, seconds=None):
    """End the block, and say so, when it has not ended by itself after some seconds."""
    seconds = seconds or LIMIT

    def end(_signal, _frame):
        raise Stop(f"{what} had not ended after {seconds:g} s: it was ended, there are no figures.")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main(options):
    """Run one benchmark or all; return 0 only if each has its figures and every bound holds."""
    names = _choose(options.name)
    workshop = setup.prepare()
    databases.drop_orphans(workshop, DATABASE)
    LOG.unlink(missing_ok=True)
    return _conclude({name: _try(workshop, name, options.quick) for name in names})


def _try(workshop, name, is_quick):
    """Return how many bounds a benchmark breaks, None when it ended without its figures."""
    try:
        return _run(workshop, name, is_quick)
    except Stop as failure:
        say(f"{name}: {failure}")
        return None


def _conclude(outcomes):
    """Say what the benchmarks came to, and return the exit code.

    >>> _conclude({"drafts": 0, "imports": 0})
    every bound holds
    0
    >>> _conclude({"drafts": None, "imports": 2})
    2 bounds are broken; no figures of drafts
    1
    """
    broken = sum(filter(None, outcomes.values()))
    without = [name for name, count in outcomes.items() if count is None]
    complaints = [
        *([f"{broken} bounds are broken"] if broken else []),
        *([f"no figures of {', '.join(without)}"] if without else []),
    ]
    say("; ".join(complaints) or "every bound holds")
    return 1 if complaints else 0


def _choose(name):
    known = sorted(path.stem for path in BENCHES.glob("[a-z]*.py"))
    if name and name not in known:
        raise Stop(f"There is no benchmark {name}: choose one of {', '.join(known) or 'none'}.")
    if not known:
        raise Stop("There is no benchmark in dev/benches.")
    return [name] if name else known


def _run(workshop, name, is_quick):
    module = importlib.import_module(f"benches.{name}")
    say(f"{name}{' (quick)' if is_quick else ''}")
    written = OUT / f"{name}.json"
    written.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        found = module.run(Context(workshop, stack), is_quick)
    if not found["measures"]:
        raise Stop("it ended without figures.")
    result = {
        "name": name,
        "machine": machine(workshop),
        "measures": [checked(measure) for measure in found["measures"]],
    }
    OUT.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(result, indent=2) + "\n")
    say(table(result["measures"]))
    return sum(measure["holds"] is False for measure in result["measures"])


def checked(measure):
    """Return a measure with all its fields, null where it has none, and whether its bound holds.

    A bound is one of the ratio: what a machine needs says little of the next one. Queries are
    counted alike everywhere and may be bound themselves.

    >>> checked({"what": "time", "value": 2.5, "unit": "ms"})["holds"] is None
    True
    >>> checked({"what": "time", "value": 2.5, "unit": "ms", "ratio": 3.1, "bound": 3})["holds"]
    False
    >>> checked({"what": "SQL", "value": 2.5, "unit": "queries", "bound": 3})["holds"]
    True
    """
    if measure.keys() - set(FIELDS) or not measure.get("what") or not _is_figure(measure):
        raise Stop(f"A measure needs what and value, and only {', '.join(FIELDS)}: {measure}")
    ratio, bound = measure.get("ratio"), measure.get("bound")
    if bound is not None and ratio is None and not measure["unit"].startswith("queries"):
        raise Stop(f"A bound needs the ratio that it bounds: {measure}")
    compared = measure["value"] if ratio is None else ratio
    holds = None if bound is None else compared <= bound
    return {**{field: measure.get(field) for field in FIELDS}, "holds": holds}


def _is_figure(measure):
    value = measure.get("value")
    return isinstance(value, int | float) and math.isfinite(value)


def table(measures):
    """Return measures as aligned columns.

    >>> print(table([checked({"what": "SQL", "value": 2.5, "unit": "queries", "bound": 3})]))
    what  value  unit     against  ratio  bound  holds
    SQL   2.5    queries                  3      yes
    """
    rows = [FIELDS, *([_shown(measure[field]) for field in FIELDS] for measure in measures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _shown(value):
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def machine(workshop):
    """Return what the measures depend on."""
    version = workshop.server.query("SHOW server_version")[0]
    return {
        "cpus": os.cpu_count(),
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "postgresql": version,
        "odoo": workshop.odoo.version,
    }


def _cpu_model():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
