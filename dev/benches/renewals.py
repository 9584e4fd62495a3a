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
UNITS = {"wall": "ms/renewal", "cpu": "ms/renewal", "sql": "queries/renewal", "kept": "KiB/renewal"}
RATIOS = {"wall": 2.5, "cpu": 2.5, "kept": 1}
MOST_QUERIES = 1


def run(context, quick):
    """Return time, SQL and memory kept per renewal, with their bounds, and the selection's time."""
    contracts, rounds = (20_000, 2) if quick else (100_000, 3)
    database = context.database()
    context.seed(SCRIPT, database, contracts)
    ways = {
        JOB: lambda: context.run(SCRIPT, context.copy(database), "renew"),
        PLAIN: partial(context.run, SCRIPT, database, "plain"),
        f"selection among {contracts} contracts": partial(context.run, SCRIPT, database, "select"),
    }
    medians = take_turns(ways, rounds)
    return {"measures": list(_measures(medians))}


def _measures(medians):
    for way, values in medians.items():
        for count, value in values.items():
            is_job = way == JOB
            has_ratio = is_job and count != "sql"
            ratio = value / medians[PLAIN][count] if has_ratio else None
            yield {
                "what": f"{way}, {count}",
                "value": round(value, 3),
                "unit": UNITS[count] if "selection" not in way else "ms",
                "against": PLAIN if has_ratio else None,
                "ratio": ratio and round(ratio, 3),
                "bound": (RATIOS.get(count) or MOST_QUERIES) if is_job else None,
            }
