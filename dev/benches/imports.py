"""Time the import of a connection log against as many plain timesheet lines in one `create`.

The import reads the file, groups its lines into sessions (pairs, or each line its own), records
them and writes its report; the other side creates bare timesheet lines. Each measure runs in a
process of its own on data that is rolled back; they take turns, so that a busy machine slows them
all alike. Medians of the rounds are compared.
"""

import statistics
from pathlib import Path

HERE = Path(__file__).parent
COUNTS = ("wall", "cpu", "sql")
UNITS = {"wall": "ms/line", "cpu": "ms/line", "sql": "queries/line"}
WAYS = {
    "import, two lines a session": "import",
    "import, each line its session": "single",
    "account.analytic.line.create in one call": "plain",
}
BOUND = 1.5


def run(context, quick):
    """Return wall, CPU and SQL per line of each way, with the ratios to plain lines."""
    size, rounds = (1000, 2) if quick else (10_000, 3)
    database = context.database()
    found = {way: [] for way in WAYS}
    for _round in range(rounds):
        for way, mode in WAYS.items():
            found[way].append(context.run(HERE / "_imports_own.py", database, size, mode))
    return {"measures": list(_measures(found))}


def _measures(found):
    medians = {
        way: {count: statistics.median(row[count] for row in rows) for count in COUNTS}
        for way, rows in found.items()
    }
    plain = "account.analytic.line.create in one call"
    for way, values in medians.items():
        for count in COUNTS:
            ratio = None if way == plain else values[count] / medians[plain][count]
            is_bound = count == "wall" and way != plain
            yield {
                "what": f"{way}, {count}",
                "value": round(values[count], 3),
                "unit": UNITS[count],
                "against": None if way == plain else plain,
                "ratio": ratio and round(ratio, 3),
                "bound": BOUND if is_bound else None,
                "holds": ratio <= BOUND if is_bound else None,
            }
