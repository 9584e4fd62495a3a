"""Run the benchmarks of `dev/benches` and write their measures."""

import contextlib
import importlib
import json
import os
import platform
import subprocess
from pathlib import Path

from . import databases, setup
from .console import Stop, say

BENCHES = setup.CHECKOUT / "dev" / "benches"
OUT = setup.CHECKOUT / "out" / "bench"
FIELDS = ("what", "value", "unit", "against", "ratio", "bound", "holds")
DATABASE = databases.PREFIX + "bench_"


class Context:
    """What a benchmark may use: databases, and processes of Odoo on them."""

    def __init__(self, workshop, stack):
        self.workshop = workshop
        self._stack = stack
        self._count = 0

    def database(self, modules=()):
        """Return the name of a new database with these modules, by default with the add-on."""
        self._count += 1
        name = f"{DATABASE}{self._count}_{os.getpid()}"
        self._stack.callback(databases.drop, self.workshop, name)
        if modules:
            databases.create_with_modules(self.workshop, name, modules, "en_US")
        else:
            databases.create_with_addon(self.workshop, name)
        return name

    def run(self, script, database, *arguments):
        """Call `main(env, *arguments)` of a file in a new Odoo process; return its value."""
        command = self.workshop.command(
            "run_script.py", database, Path(script).resolve(), json.dumps(arguments)
        )
        OUT.mkdir(parents=True, exist_ok=True)
        log_path = OUT / "odoo.log"
        with open(log_path, "ab") as log:
            done = subprocess.run(
                [str(part) for part in command],
                env=self.workshop.environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        if done.returncode:
            raise Stop(f"{script} failed (exit code {done.returncode}), see {log_path}.")
        return json.loads(done.stdout.splitlines()[-1])


def main(options):
    """Run one benchmark or all; return 0 only if every bound holds."""
    names = _choose(options.name)
    workshop = setup.prepare()
    databases.drop_orphans(workshop, DATABASE)
    (OUT / "odoo.log").unlink(missing_ok=True)
    broken = sum(_run(workshop, name, options.quick) for name in names)
    say(f"{broken} bounds are broken" if broken else "every bound holds")
    return 1 if broken else 0


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
    with contextlib.ExitStack() as stack:
        found = module.run(Context(workshop, stack), is_quick)
    result = {
        "name": name,
        "machine": machine(workshop),
        "measures": [checked(measure) for measure in found["measures"]],
    }
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
    say(table(result["measures"]))
    return sum(measure["holds"] is False for measure in result["measures"])


def checked(measure):
    """Return a measure with all its fields, null where it has none.

    >>> checked({"what": "time", "value": 2.5, "unit": "ms"})["bound"] is None
    True
    """
    unknown = measure.keys() - set(FIELDS)
    if unknown or not measure.get("what") or measure.get("value") is None:
        raise Stop(f"A measure needs what and value, and only {', '.join(FIELDS)}: {measure}")
    return {field: measure.get(field) for field in FIELDS}


def table(measures):
    """Return measures as aligned columns.

    >>> print(table([checked({"what": "time", "value": 2.5, "unit": "ms", "holds": True})]))
    what  value  unit  against  ratio  bound  holds
    time  2.5    ms                           yes
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
