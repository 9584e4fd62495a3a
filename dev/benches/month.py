"""Time a whole month of direct debits: from contracts to the file that the bank has.

Our way: charges, drafts, posted, order and file, booked as uploaded; its credit by the bank is
measured beside it. The other way: OCA `contract`, Odoo's own posting and the SEPA stack of OCA.
Both bill the same customers the same lines with the tax of services, due on payment; each takes its
turn in a process of its own, on a copy of its data. Medians of the rounds are compared.
"""

import statistics
from functools import partial
from pathlib import Path

from ._common import COUNTS
from .drafts import CONTRACT_STACK

HERE = Path(__file__).parent
WAYS = {"own": HERE / "_month_own.py", "stack": HERE / "_month_contract.py"}
PARTS = ("drafts", "posting", "order and file", "upload")
CREDIT = "credit"
FASTER = 3
PATIENCE = 1800  # seconds: the stack's month of 1,000 contracts takes minutes
UNITS = {"wall": "ms/contract", "cpu": "ms/contract", "sql": "queries/contract"}


def run(context, quick):
    """Return wall, CPU and SQL per contract of the parts and of the month, with their ratios."""
    size, rounds = (100, 1) if quick else (1000, 1)
    modules = {"own": (), "stack": CONTRACT_STACK}
    work = {}
    for way, script in WAYS.items():
        database = context.database(modules[way])
        context.seed(script, database, size)
        work[way] = partial(_live, context, script, database, size)
    found = {way: [] for way in WAYS}
    for _round in range(rounds):
        for way, live in work.items():
            found[way].append(live())
    own, stack = (_join(found[way]) for way in WAYS)
    return {
        "measures": [
            *(row for part in PARTS for row in _compare(part, own[part], stack[part])),
            *_compare("the month", _total(own), _total(stack), 1 / FASTER),
            *_tell(CREDIT, own[CREDIT]),
        ]
    }


def _live(context, script, database, size):
    return context.run(script, context.copy(database), size, patience=PATIENCE)


def _join(rounds):
    """Return `{part: {count: median of the rounds}}`."""
    return {
        part: {count: statistics.median(one[part][count] for one in rounds) for count in COUNTS}
        for part in rounds[0]
    }


def _total(parts):
    return {count: sum(parts[part][count] for part in PARTS) for count in COUNTS}


def _compare(part, own, stack, bound=None):
    """Yield the measures of both ways; only times have a bound."""
    for count in COUNTS:
        yield {
            "what": f"{part}, {count}",
            "value": round(own[count], 3),
            "unit": UNITS[count],
            "against": f"OCA, {stack[count]:.3f}",
            "ratio": round(own[count] / stack[count], 3),
            "bound": None if count == "sql" else bound,
        }


def _tell(part, own):
    for count in COUNTS:
        yield {"what": f"{part}, {count}", "value": round(own[count], 3), "unit": UNITS[count]}
