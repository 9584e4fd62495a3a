"""Time the booking of an upload: in the background's steps, and by the stack's own step.

Orders of debits whose tax is due on payment, as that of French services is, and of others. The ways
take turns, each in a process of its own on a copy of the same data; medians of the rounds are
compared. Beside it, what it takes to note that the bank has credited a lot.
"""

from functools import partial
from pathlib import Path

from ._common import compare, count_bound, cpu_bound, take_turns

SCRIPT = Path(__file__).parent / "_uploads_own.py"
# How much faster the steps are than the stack's own step, by kind of tax.
FASTER = {"invoice": 4.5, "payment": 3}
MOST_QUERIES = 8
CREDIT_MS, CREDIT_QUERIES = 5, 3


def run(context, quick):
    """Return wall, CPU and SQL per payment of both ways, with the ratios of the steps."""
    size, rounds = (200, 1) if quick else (1000, 2)
    database = context.database()
    context.seed(SCRIPT, database, size)

    def work(*arguments):
        return context.run(SCRIPT, context.copy(database), size, *arguments)

    ways, against, bounds = {}, {}, {}
    for kind, times in FASTER.items():
        own, stack = _name("steps", kind), _name("stack", kind)
        ways |= {own: partial(work, kind, "steps"), stack: partial(work, kind, "stack")}
        against[own] = stack
        bounds[own] = {"wall": 1 / times, "cpu": 1 / times}
    credit = "credit of a lot"
    ways[credit] = partial(work, "payment", "credit")
    medians = take_turns(ways, rounds)
    measures = [*compare(medians, "payment", against, bounds)]
    measures += [
        count_bound(medians, _name("steps", kind), "payment", MOST_QUERIES) for kind in FASTER
    ]
    return {
        "measures": [
            *measures,
            count_bound(medians, credit, "payment", CREDIT_QUERIES),
            cpu_bound(credit, medians[credit]["cpu"], CREDIT_MS, "payment"),
        ]
    }


def _name(way, kind):
    return f"upload, tax due on {kind}: {way}"
