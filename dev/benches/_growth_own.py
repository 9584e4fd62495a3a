"""Measure a run step by step, each committed, as the background job drives it."""

import resource

from _common import commit_counted, find_company, make_company, watch
from _drafts_own import FIRST, make_contracts, make_products, make_run

LOT = 1000


def main(env, size):
    """Return what an invoice takes of a run of all contracts, and the peak of memory in MiB."""
    env = find_company(env)
    run = make_run(env, FIRST)
    env.cr.commit()
    found = watch(env, lambda: drive(run), size)
    count = env["account.move"].search_count([("service_run_id", "=", run.id)])
    assert count == size, f"{count} drafts"
    return {**found, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def drive(run):
    """Take all steps of a run as a process of its own does, which forgets what it has read."""
    while run._step():
        run.env.cr.commit()
        run.env.invalidate_all()


def seed(env, size):
    """Make contracts, one for each customer, with two monthly lines; nothing of them is billed."""
    env = make_company(env)
    products = make_products(env)
    for start in range(0, size, LOT):
        make_contracts(env, min(LOT, size - start), products)
        commit_counted(env)
