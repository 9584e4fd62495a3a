"""Time the sending of invoices: PDF file with the annex of a session, e-mail, one commit each.

The mails go to a server on this machine that keeps none of them. One worker sends all, or two of
them, processes of their own, share as many; each on a copy of the same data. The processor's time
for an invoice, printing included, has a bound; the time by the clock and how much faster two are
depend on the processors that are free, and are said beside their number.
"""

import os
from pathlib import Path

SCRIPT = Path(__file__).parent / "_sending_own.py"
MOST_SECONDS = 1.0


def run(context, quick):
    """Return what an invoice takes of one worker, and the gain of two."""
    size = 10 if quick else 40
    database = context.database()
    context.seed(SCRIPT, database, size)
    one = context.run(SCRIPT, context.copy(database), size, 1)
    two = context.run(SCRIPT, context.copy(database), size, 2)
    return {"measures": list(_measures(one, two))}


def _measures(one, two):
    yield {
        "what": "an invoice sent by one worker, cpu",
        "value": round(one["cpu"], 3),
        "unit": "s/invoice",
        "against": "1 s",
        "ratio": round(one["cpu"] / MOST_SECONDS, 3),
        "bound": 1,
    }
    yield {
        "what": "an invoice sent by one worker, wall",
        "value": round(one["wall"], 3),
        "unit": "s/invoice",
    }
    yield {
        "what": f"two workers on {os.cpu_count()} processors, wall",
        "value": round(two["wall"], 3),
        "unit": "s/invoice",
        "against": "one worker, times faster",
        "ratio": round(one["wall"] / two["wall"], 3),
    }
