"""Time what is looked at before it is billed: charges, the preview of a run, twelve months ahead.

Contracts of two monthly lines whose first month is billed and posted. What only looks does so in
transactions that the database lets write nothing. Beside it, the run that bills the second month.
Each measure runs in a process of its own on data that is rolled back; the ways take turns.
"""

from functools import partial
from pathlib import Path

from ._common import COUNTS, cpu_bound, take_turns

HERE = Path(__file__).parent
SEED, SCRIPT = HERE / "_drafts_own.py", HERE / "_ahead_own.py"
RUN = "billing run: charges and drafts"
# What each way counts, and how many queries a contract may take.
WAYS = {
    "charges": ("charge", 0.5),
    "preview": ("contract", 0.5),
    "forecast": ("contract", 0.5),
}
# How many times a run's time each may take at most, twelve months at once.
MOST = {"preview": 1, "forecast": 12}
# How many milliseconds of the processor each may take: 10 s and 60 s for 1,000 contracts.
MOST_CPU = {"charges": 1.5, "preview": 10, "forecast": 60}


def run(context, quick):
    """Return wall, CPU and SQL per charge or contract, with the ratios to the run's."""
    size, rounds = (100, 2) if quick else (1000, 3)
    database = context.database()
    context.seed(SEED, database, size)
    ways = {
        RUN: partial(context.run, SEED, database, size, "all"),
        **{way: partial(context.run, SCRIPT, database, size, way) for way in WAYS},
    }
    found = take_turns(ways, rounds)
    return {
        "measures": [
            *(_measure(RUN, count, found[RUN][count], "invoice") for count in COUNTS),
            *(_judge(way, count, found) for way in WAYS for count in COUNTS),
            *(cpu_bound(way, found[way]["cpu"], MOST_CPU[way], WAYS[way][0]) for way in WAYS),
        ]
    }


def _judge(way, count, found):
    piece, queries = WAYS[way]
    measure = _measure(way, count, found[way][count], piece)
    if count == "sql":
        return {**measure, "bound": queries}
    if way not in MOST:
        return measure
    ratio = round(found[way][count] / found[RUN][count], 3)
    return {**measure, "against": RUN, "ratio": ratio, "bound": MOST[way]}


def _measure(way, count, value, piece):
    unit = "queries" if count == "sql" else "ms"
    return {"what": f"{way}, {count}", "value": round(value, 3), "unit": f"{unit}/{piece}"}
