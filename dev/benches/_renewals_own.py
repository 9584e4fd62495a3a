"""Measure the daily renewals on contracts that are copied by SQL from two that Odoo made."""

import gc
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import psutil

import odoo.sql_db

sys.path.insert(0, str(Path(__file__).parent))
from _drafts_common import customers, french_company  # noqa: E402 (path set above)


def main(env, size):
    """Return wall and CPU ms, queries and kept KiB per renewal, the selection's ms and its plan."""
    due = size // 100
    env = french_company(env)
    seed(env, size - due, due)
    selection, plan = select(env, due)
    env.invalidate_all()
    gc.collect()
    memory = psutil.Process().memory_info
    rss, queries = memory().rss, odoo.sql_db.sql_counter
    wall, cpu = time.perf_counter(), time.process_time()
    env["service.contract"]._cron_renew()
    found = {
        "wall": (time.perf_counter() - wall) * 1000 / due,
        "cpu": (time.process_time() - cpu) * 1000 / due,
        "sql": (odoo.sql_db.sql_counter - queries) / due,
        "kept": max(memory().rss - rss, 0) / 1024 / due,
        "selection": selection,
        "plan": plan,
    }
    renewed = env["service.commitment"].search_count([("number", "=", 1)])
    assert renewed == due, f"{renewed} renewals instead of {due}"
    return found


def select(env, due):
    """Return the time in ms of the job's selection, and the index that its plan names."""
    contracts = env["service.contract"].sudo()
    query = contracts._search(contracts._get_to_renew_domain(date.today())).select()
    start = time.perf_counter()
    env.cr.execute(query)
    found = len(env.cr.fetchall())
    wall = (time.perf_counter() - start) * 1000
    assert found == due, f"{found} contracts are due instead of {due}"
    env.cr.execute(f"EXPLAIN {query.code}", query.params)
    plan = "\n".join(row[0] for row in env.cr.fetchall())
    assert "service_contract_to_renew" in plan, plan
    return wall, "service_contract_to_renew"


def seed(env, resting, due):
    """Make one contract that is due and one that is not, and copy them by SQL."""
    family = env["service.family"].create(
        {"name": "Bench", "initial_months": 12, "tacit_months": 12}
    )
    (customer,) = customers(env, 1)
    today = date.today()
    for start, copies in ((today - timedelta(days=360), due), (today, resting)):
        contract = env["service.contract"].create(
            {"partner_id": customer.id, "family_id": family.id, "date_start": start}
        )
        contract.line_ids = [(0, 0, {"product_id": product(env, family).id})]
        contract._set_active()
        env.flush_all()
        copy_rows(env, contract, copies - 1)
    env.cr.execute("ANALYZE service_contract; ANALYZE service_commitment")
    env.cr.commit()


def product(env, family):
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
