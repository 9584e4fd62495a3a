"""Time the posting of drafts: by the billing run, and the same drafts in one `_post`.

Beside it, all of a run that nobody has begun: charges, drafts and posting.

What is logged of it, at the end of the transaction, is part of both. Each measure runs in a process
of its own on data that is rolled back; the ways take turns, so that a busy machine slows them all
alike. Medians of the rounds are compared.
"""

from functools import partial
from pathlib import Path

from ._common import compare, cpu_bound, take_turns

SCRIPT = Path(__file__).parent / "_drafts_own.py"
RUN, PLAIN = "billing run: posting", "account.move._post in one call"
ALL = "billing run: from new to posted"
BOUNDS = {"wall": 0.65, "cpu": 0.65}
MOST_CPU = 20  # milliseconds an invoice: 20 s for 1,000 contracts


def run(context, quick):
    """Return wall, CPU and SQL per invoice of both ways, with the ratios of the run's."""
    size, rounds = (200, 2) if quick else (1000, 3)
    database = context.database()
    context.seed(SCRIPT, database, size)
    ways = {
        RUN: partial(context.run, SCRIPT, database, size, "post"),
        PLAIN: partial(context.run, SCRIPT, database, size, "post_plain"),
        ALL: partial(context.run, SCRIPT, database, size, "all_post"),
    }
    medians = take_turns(ways, rounds)
    measures = compare(medians, "invoice", {RUN: PLAIN}, BOUNDS)
    return {"measures": [*measures, cpu_bound(ALL, medians[ALL]["cpu"], MOST_CPU, "invoice")]}
