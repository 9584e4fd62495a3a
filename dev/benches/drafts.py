"""Time draft invoices: the billing run, the same invoices in one `create`, and OCA `contract`.

All bill the second month of companies whose first month is billed and posted. Each measure runs
in a process of its own on data that is rolled back; the ways take turns, so that a busy machine
slows them all alike. Medians of the rounds are compared.
"""

from functools import partial
from pathlib import Path

from ._common import compare, count_bound, take_turns

HERE = Path(__file__).parent
OWN, PEER = HERE / "_drafts_own.py", HERE / "_drafts_contract.py"
CONTRACT_STACK = (
    "account_invoice_start_end_dates",
    "account_payment_mandate_sale",
    "account_payment_sepa_direct_debit",
    "contract",
    "l10n_fr_account",
    "sale_timesheet",
)
DRAFTS, ALL = "billing run: drafts", "billing run: charges and drafts"
BAD = "billing run: drafts, one bad contract in 200"
PLAIN, OCA = "account.move.create in one call", "OCA contract"
AGAINST = {DRAFTS: PLAIN, ALL: OCA, BAD: DRAFTS}
BOUNDS = {
    DRAFTS: {"wall": 0.6, "cpu": 0.6},
    ALL: {"wall": 0.45, "cpu": 0.45},
    BAD: {"wall": 1.3, "cpu": 1.3},
}
MOST_QUERIES = 3


def run(context, quick):
    """Return wall, CPU and SQL per invoice of each way, with the ratios to the billing run's."""
    size, rounds = (200, 2) if quick else (1000, 3)
    own, peer = context.database(), context.database(CONTRACT_STACK)
    context.seed(OWN, own, size)
    context.seed(PEER, peer, size)
    ways = {
        DRAFTS: partial(context.run, OWN, own, size, "drafts"),
        ALL: partial(context.run, OWN, own, size, "all"),
        BAD: partial(context.run, OWN, own, size, "bad"),
        PLAIN: partial(context.run, OWN, own, size, "plain"),
        OCA: partial(context.run, PEER, peer, size),
    }
    medians = take_turns(ways, rounds)
    measures = compare(medians, "invoice", AGAINST, BOUNDS)
    return {"measures": [*measures, count_bound(medians, ALL, "invoice", MOST_QUERIES)]}
