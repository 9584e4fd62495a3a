"""Time the daily job of tacit renewals among many contracts of which one in a hundred is due.

Beside it, the same commitment periods and notes created in batches with their values ready. Each
measure runs in a process of its own, the job, which commits, on a copy of the data; the ways take
turns, so that a busy machine slows them all alike. Medians of the rounds are compared.
"""

from functools import partial
from pathlib import Path

from ._common import take_turns

SCRIPT = Path(__file__).parent / "_renewals_own.py"
JOB, PLAIN = "daily renewals", "service.commitment.create in batches"
UNITS = {"wall": "ms/renewal", "cpu": "ms/renewal", "sql": "queries/renewal"}
SLOWER, KEPT, MOST_QUERIES = 2, 1, 1


def run(context, quick):
    """Return time, SQL and memory kept per renewal, with their bounds, and the selection's time."""
    contracts, rounds = (20_000, 2) if quick else (100_000, 3)
    database = context.database()
    context.seed(SCRIPT, database, contracts)
    ways = {
        JOB: lambda: context.run(SCRIPT, context.copy(database), "renew"),
        PLAIN: partial(context.run, SCRIPT, database, "plain"),
        "selection": partial(context.run, SCRIPT, database, "select"),
    }
    job, plain, selection = take_turns(ways, rounds).values()
    found = {
        "what": f"selection among {contracts} contracts",
        "value": round(selection["wall"], 3),
        "unit": "ms",
    }
    return {"measures": [*_measures(job, plain), found]}


def _measures(job, plain):
    return [
        *(_compared(count, job[count], plain[count]) for count in ("wall", "cpu")),
        {
            "what": f"{JOB}, sql",
            "value": round(job["sql"], 3),
            "unit": UNITS["sql"],
            "bound": MOST_QUERIES,
        },
        {
            "what": f"{JOB}, memory kept by all batches",
            "value": round(job["kept"], 3),
            "unit": "MiB",
            "against": f"what the first batch takes, {job['first']:.3f} MiB",
            "ratio": round(job["kept"] / job["first"], 3),
            "bound": KEPT,
        },
        *(
            {"what": f"{PLAIN}, {count}", "value": round(plain[count], 3), "unit": UNITS[count]}
            for count in UNITS
        ),
    ]


def _compared(count, value, other):
    return {
        "what": f"{JOB}, {count}",
        "value": round(value, 3),
        "unit": UNITS[count],
        "against": PLAIN,
        "ratio": round(value / other, 3),
        "bound": SLOWER,
    }
