"""Time the reading of a bank's file of returned debits, and the booking of a return.

Booked in the background's steps, with what the reason of each return asks for, and by the stack's
own method without it, of fewer debits: that grows faster than they do. VAT is due on payment. The
ways take turns, each in a process of its own on a copy of the same data; medians are compared.
"""

from functools import partial
from pathlib import Path

from ._common import compare, count_bound, cpu_bound, take_turns

SCRIPT = Path(__file__).parent / "_returns_own.py"
FASTER = 8
STEPS_MS, MOST_QUERIES = 15, 12
READ_MS = 1
READ = {"reading a file": "parse", "reading and finding": "drop"}


def run(context, quick):
    """Return wall, CPU and SQL per debit of both ways, and of reading, with their bounds."""
    size, of_stack, to_read, rounds = (200, 50, 1000, 1) if quick else (1000, 200, 5000, 2)
    database = context.database()
    context.seed(SCRIPT, database, size)

    def work(*arguments):
        return context.run(SCRIPT, context.copy(database), size, *arguments)

    own, stack = "return: steps", "return: stack"
    ways = {own: partial(work, "steps", size), stack: partial(work, "stack", of_stack)}
    ways |= {name: partial(work, mode, to_read) for name, mode in READ.items()}
    medians = take_turns(ways, rounds)
    bounds = {own: {"wall": 1 / FASTER, "cpu": 1 / FASTER}}
    return {
        "measures": [
            *compare(medians, "debit", {own: stack}, bounds),
            count_bound(medians, own, "debit", MOST_QUERIES),
            cpu_bound(own, medians[own]["cpu"], STEPS_MS, "debit"),
            *(cpu_bound(name, medians[name]["cpu"], READ_MS, "debit") for name in READ),
        ]
    }
