"""Measure a month of the add-on: charges, drafts, posted, collected, uploaded, credited."""

from _common import commit_counted, find_company, make_company, make_customers, watch
from _drafts_own import FIRST, SECOND, make_contracts, make_products, make_run
from _uploads_own import make_mandates, prepare_creditor, upload_in_steps

CHUNK = 100


def main(env, size):
    """Return `{part: figures}` of the second month; `env` commits."""
    env = find_company(env)
    run = make_run(env, SECOND)
    env.cr.commit()

    def step(work):
        return watch(env, lambda: (work(), env.cr.commit()), size)

    found = {"drafts": step(run._run_to_end)}
    assert len(run.invoice_ids) == size, f"{len(run.invoice_ids)} drafts"
    run.write({"state": "running", "phase": "post"})
    found["posting"] = step(run._run_to_end)
    found["order and file"] = step(run.action_collect)
    [order] = run.order_ids
    assert (order.state, len(order.payment_line_ids)) == ("generated", size), order.state
    found["upload"] = watch(env, lambda: upload_in_steps(order), size)
    env.invalidate_all()
    assert order.state == "uploaded", order.state
    assert set(run.invoice_ids.mapped("payment_state")) == {"in_payment"}
    lots = order.payment_lot_ids
    found["credit"] = step(lambda: [lot._credit_alone(lot.date) for lot in lots])
    env.invalidate_all()
    assert set(run.invoice_ids.mapped("payment_state")) == {"paid"}
    return found


def seed(env, size):
    """Make debited contracts, one for each customer, and bill and post their first month."""
    env = make_company(env)
    prepare_creditor(env)
    env.company.service_notice_rule = "other"  # who announces these debits is no part of it
    products = make_products(env)
    make_contracts(env, size, products, customers=make_debited_customers(env, size))
    commit_counted(env)
    run = make_run(env, FIRST, is_auto_post=True)
    while run._step(CHUNK):
        commit_counted(env)
    assert len(run.invoice_ids) == size, f"{len(run.invoice_ids)} invoices"


def make_debited_customers(env, size):
    customers = make_customers(env, size)
    make_mandates(env, customers)
    return customers
