"""Time draft invoices: the billing run, the same invoices in one `create`, and OCA `contract`.

All bill the second month of companies whose first month is billed and posted. Each measure runs
in a process of its own on data that is rolled back; the ways take turns, so that a busy machine
slows them all alike. Medians of the rounds are compared.
"""

from functools import partial
from pathlib import Path

from ._common import compare, take_turns

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
AGAINST = {
    "billing run: drafts": "account.move.create in one call",
    "billing run: charges and drafts": "OCA contract",
}


def run(context, quick):
    """Return wall, CPU and SQL per invoice of each way, with the ratios to the billing run's."""
    size, rounds = (100, 2) if quick else (500, 3)
    own, peer = context.database(), context.database(CONTRACT_STACK)
    context.seed(OWN, own, size)
    context.seed(PEER, peer, size)
    ways = {
        "billing run: drafts": partial(context.run, OWN, own, size, "drafts"),
        "billing run: charges and drafts": partial(context.run, OWN, own, size, "all"),
        "account.move.create in one call": partial(context.run, OWN, own, size, "plain"),
        "OCA contract": partial(context.run, PEER, peer, size),
    }
    return {"measures": list(compare(take_turns(ways, rounds), "invoice", AGAINST))}
