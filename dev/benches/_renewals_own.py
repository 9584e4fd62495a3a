"""Measure the daily renewals on contracts that are copied by SQL from two that Odoo made."""

import time
from datetime import date, timedelta
from itertools import pairwise

import psutil
from _common import (
    find_company,
    make_company,
    make_customers,
    measure,
    watch,
)

from odoo.tools import split_every

BATCH = 200
INDEX = "service_contract_to_renew"


def main(env, mode):
    """Return the figures of one way: renew, select, or plain (the same records by `create`)."""
    env = find_company(env)
    return {"renew": renew, "select": select, "plain": create_plain}[mode](env)


def renew(env):
    """Return what the daily job takes for each renewal, and the MiB that it keeps.

    A first batch is renewed and undone before: what it loads and takes is used again by the next
    ones, so that the whole job keeps little more, however many there are.
    """
    memory = psutil.Process().memory_info
    contracts = env["service.contract"].search(due_domain(env))
    rss = [memory().rss]
    contracts[:BATCH]._renew()
    env.flush_all()
    env.cr.rollback()
    rss.append(memory().rss)
    found = watch(env, lambda: env["service.contract"]._cron_renew(), len(contracts))
    rss.append(memory().rss)
    renewed = env["service.commitment"].search_count([("number", "=", 1)])
    assert renewed == len(contracts), f"{renewed} renewals instead of {len(contracts)}"
    first, kept = (max(after - before, 0) / 2**20 for before, after in pairwise(rss))
    return {**found, "first": first, "kept": kept}


def create_plain(env):
    """Return what it takes to create the same periods and notes, their values being ready."""
    contracts = env["service.contract"].search(due_domain(env))
    periods = env["service.commitment"]
    ready = [(contract.id, periods._prepare_commitment_vals(contract, 1)) for contract in contracts]

    def work():
        for batch in split_every(BATCH, ready, list):
            periods.create([vals for _contract, vals in batch])
            notes = {contract: "Renewed tacitly." for contract, _vals in batch}
            contracts.browse(notes)._message_log_batch(notes)

    return measure(env, work, len(contracts))


def select(env):
    """Return the ms of the job's selection; its plan must name the index."""
    contracts = env["service.contract"].sudo()
    query = contracts._search(due_domain(env)).select()
    start = time.perf_counter()
    env.cr.execute(query)
    env.cr.fetchall()
    wall = (time.perf_counter() - start) * 1000
    env.cr.execute(f"EXPLAIN {query.code}", query.params)
    plan = "\n".join(row[0] for row in env.cr.fetchall())
    assert INDEX in plan, plan
    return {"wall": wall}


def due_domain(env):
    return env["service.contract"]._get_to_renew_domain(date.today())


def seed(env, size):
    """Make one contract that is due and one that is not, and copy them by SQL to 1 in 100 due."""
    env = make_company(env)
    due = size // 100
    family = env["service.family"].create(
        {"name": "Bench", "initial_months": 12, "tacit_months": 12}
    )
    (customer,) = make_customers(env, 1)
    today = date.today()
    for start, copies in ((today - timedelta(days=360), due), (today, size - due)):
        contract = env["service.contract"].create(
            {"partner_id": customer.id, "family_id": family.id, "date_start": start}
        )
        contract.line_ids = [(0, 0, {"product_id": make_product(env, family).id})]
        contract._set_active()
        env.flush_all()
        copy_rows(env, contract, copies - 1)


def make_product(env, family):
    """Return a recurring product of the family."""
    return env["product.product"].create(
        {
            "name": "Product",
            "type": "service",
            "service_is_recurring": True,
            "service_family_id": family.id,
        }
    )


def copy_rows(env, contract, copies):
    """Copy a contract and its first commitment period, without Odoo."""
    columns = ", ".join(stored(env, "service.contract", {"id", "name", "access_token"}))
    env.cr.execute(
        f"INSERT INTO service_contract (name, {columns}) "
        f"SELECT name || '-' || n, {columns} FROM service_contract, generate_series(1, %s) AS n "
        "WHERE id = %s RETURNING id",
        [copies, contract.id],
    )
    ids = [row[0] for row in env.cr.fetchall()]
    columns = ", ".join(stored(env, "service.commitment", {"id", "contract_id"}))
    env.cr.execute(
        f"INSERT INTO service_commitment (contract_id, {columns}) "
        f"SELECT n, {columns} FROM service_commitment, unnest(%s) AS n WHERE contract_id = %s",
        [ids, contract.id],
    )


def stored(env, model, without):
    """Return the names of a model's columns."""
    fields = env[model]._fields.values()
    return sorted(f.name for f in fields if f.store and f.column_type and f.name not in without)
