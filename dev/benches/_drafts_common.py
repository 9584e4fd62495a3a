"""What both sides of the drafts benchmark share: a French company, customers, a stopwatch."""

import gc
import time

import odoo.sql_db


def french_company(env):
    """Return the environment of a new company with the French chart of accounts.

    The context keeps Odoo from installing further modules for the country.
    """
    france = env.ref("base.fr")
    company = (
        env["res.company"]
        .with_context(chart_template_load=True)
        .create({"name": "Bench", "country_id": france.id, "currency_id": env.ref("base.EUR").id})
    )
    env.user.company_ids |= company
    env["account.chart.template"].try_loading("fr", company=company, install_demo=False)
    return env(context={**env.context, "allowed_company_ids": company.ids})


def customers(env, size):
    """Return new French customers."""
    country = env.ref("base.fr").id
    return env["res.partner"].create(
        [{"name": f"Customer {i}", "country_id": country, "is_company": True} for i in range(size)]
    )


def measure(env, work, size):
    """Call `work()` on cold caches; return wall and CPU in ms and SQL queries, per invoice."""
    env.flush_all()
    env.invalidate_all()
    gc.collect()
    queries, wall, cpu = odoo.sql_db.sql_counter, time.perf_counter(), time.process_time()
    work()
    env.flush_all()
    found = {
        "wall": (time.perf_counter() - wall) * 1000 / size,
        "cpu": (time.process_time() - cpu) * 1000 / size,
        "sql": (odoo.sql_db.sql_counter - queries) / size,
    }
    env.cr.rollback()
    return found
