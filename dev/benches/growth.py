"""Bill few contracts and many, charges and drafts, and compare what an invoice takes.

Driven as the background job drives a run: step by step, each committed, on a copy of the data. What
a first chunk loads stays in memory; the chunks that follow use it again. The list of the contracts
and the form of one need as many queries among many as among few.
"""

from functools import partial
from pathlib import Path

from ._common import take_turns

SCRIPT = Path(__file__).parent / "_growth_own.py"
SCREENS = Path(__file__).parent / "_lists_own.py"
PATIENCE = 1800  # seconds: 20,000 invoices take ten minutes and more
SLOWER, MORE_SQL, MOST_KEPT = 1.15, 1.1, 50
UNITS = {"cpu": "ms/invoice", "sql": "queries/invoice"}
BOUNDS = {"cpu": SLOWER, "sql": MORE_SQL}


def run(context, quick):
    """Return CPU and SQL per invoice and the peak of memory of both, with their bounds."""
    sizes, rounds = ((250, 1000), 1) if quick else ((1000, 20_000), 1)
    databases = {size: context.database() for size in sizes}
    for size, database in databases.items():
        context.seed(SCRIPT, database, size)
    ways = {size: partial(_bill, context, database, size) for size, database in databases.items()}
    few, many = take_turns(ways, rounds).values()
    screens = [context.run(SCREENS, database, size) for size, database in databases.items()]
    return {
        "measures": [
            *_compare(few, many, *sizes),
            _memory(few, many, *sizes),
            *_compare_screens(*screens, *sizes),
        ]
    }


def _bill(context, database, size):
    return context.run(SCRIPT, context.copy(database), size, patience=PATIENCE)


def _compare(few, many, small, large):
    for count, bound in BOUNDS.items():
        yield {
            "what": f"{large} contracts, {count}",
            "value": round(many[count], 3),
            "unit": UNITS[count],
            "against": f"{small} contracts",
            "ratio": round(many[count] / few[count], 3),
            "bound": bound,
        }


def _compare_screens(few, many, small, large):
    for screen, queries in many.items():
        yield {
            "what": f"{large} contracts, {screen}",
            "value": queries,
            "unit": "queries",
            "against": f"{small} contracts",
            "ratio": round(queries / few[screen], 3),
            "bound": 1,
        }


def _memory(few, many, small, large):
    more = max(many["peak"] - few["peak"], 0)
    return {
        "what": f"{large} contracts, more memory at the peak than {small}",
        "value": round(more, 1),
        "unit": "MiB",
        "against": f"{MOST_KEPT} MiB",
        "ratio": round(more / MOST_KEPT, 3),
        "bound": 1,
    }
