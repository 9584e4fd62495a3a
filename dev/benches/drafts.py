"""Time draft invoices: the billing run, the same invoices in one `create`, and OCA `contract`.

Each measure runs in a process of its own on data that is rolled back; the three take turns, so
that a busy machine slows them all alike. Medians of the rounds are compared.
"""

import statistics
from pathlib import Path

HERE = Path(__file__).parent
CONTRACT_STACK = (
    "account_invoice_start_end_dates",
    "account_payment_mandate_sale",
    "account_payment_sepa_direct_debit",
    "contract",
    "l10n_fr_account",
    "sale_timesheet",
)
COUNTS = ("wall", "cpu", "sql")
UNITS = {"wall": "ms/invoice", "cpu": "ms/invoice", "sql": "queries/invoice"}


def run(context, quick):
    """Return wall, CPU and SQL per invoice of each way, with the ratios to the billing run's."""
    size, rounds = (100, 2) if quick else (500, 3)
    own, peer = context.database(), context.database(CONTRACT_STACK)
    ways = {
        "billing run: drafts": (own, "_drafts_own.py", "drafts"),
        "billing run: charges and drafts": (own, "_drafts_own.py", "all"),
        "account.move.create in one call": (own, "_drafts_own.py", "plain"),
        "OCA contract": (peer, "_drafts_contract.py", "cron"),
    }
    found = {way: [] for way in ways}
    for _round in range(rounds):
        for way, (database, script, mode) in ways.items():
            found[way].append(context.run(HERE / script, database, size, mode))
    return {"measures": list(_measures(found))}


def _measures(found):
    medians = {
        way: {count: statistics.median(row[count] for row in rows) for count in COUNTS}
        for way, rows in found.items()
    }
    against = {
        "billing run: drafts": "account.move.create in one call",
        "billing run: charges and drafts": "OCA contract",
    }
    for way, values in medians.items():
        other = against.get(way)
        for count in COUNTS:
            ratio = values[count] / medians[other][count] if other else None
            yield {
                "what": f"{way}, {count}",
                "value": round(values[count], 3),
                "unit": UNITS[count],
                "against": other,
                "ratio": round(ratio, 3) if other else None,
            }
