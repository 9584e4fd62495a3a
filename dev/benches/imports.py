"""Time the import of a connection log against as many plain timesheet lines in one `create`.

The import reads the file, groups its lines into sessions (pairs, or each line its own), records
them and writes its report; the other side creates bare timesheet lines. A smaller log was imported
before. Each measure runs in a process of its own on data that is rolled back; the ways take turns,
so that a busy machine slows them all alike. Medians of the rounds are compared.
"""

from functools import partial
from pathlib import Path

from ._common import compare, take_turns

SCRIPT = Path(__file__).parent / "_imports_own.py"
WAYS = {
    "import, two lines a session": "import",
    "import, each line its session": "single",
    "account.analytic.line.create in one call": "plain",
}
PLAIN = "account.analytic.line.create in one call"
BOUNDS = {"wall": 1.5}


def run(context, quick):
    """Return wall, CPU and SQL per line of each way, with the ratios to plain lines."""
    size, rounds = (1000, 2) if quick else (10_000, 3)
    database = context.database()
    context.seed(SCRIPT, database, size // 10)
    ways = {way: partial(context.run, SCRIPT, database, size, WAYS[way]) for way in WAYS}
    against = dict.fromkeys(WAYS.keys() - {PLAIN}, PLAIN)
    return {"measures": list(compare(take_turns(ways, rounds), "line", against, BOUNDS))}
