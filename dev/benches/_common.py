"""What the benchmarks share: a French company, customers, a stopwatch, turns and medians."""

import gc
import statistics
import time

COMPANY = "Bench"
COUNTS = ("wall", "cpu", "sql")


def make_company(env):
    """Return the environment of a new company with the French chart of accounts.

    The context keeps Odoo from installing further modules for the country.
    """
    france = env.ref("base.fr")
    company = (
        env["res.company"]
        .with_context(chart_template_load=True)
        .create({"name": COMPANY, "country_id": france.id, "currency_id": env.ref("base.EUR").id})
    )
    env.user.company_ids |= company
    env["account.chart.template"].try_loading("fr", company=company, install_demo=False)
    return find_company(env)


def find_company(env):
    """Return the environment of the company that was seeded."""
    company = env["res.company"].search([("name", "=", COMPANY)])
    return env(context={**env.context, "allowed_company_ids": company.ids})


def make_customers(env, size):
    """Return new French customers."""
    vals = {"country_id": env.ref("base.fr").id, "is_company": True}
    if "service_regime" in env["res.partner"]._fields:
        vals["service_regime"] = "professional"
    return env["res.partner"].create([{"name": f"Customer {i}", **vals} for i in range(size)])


def commit_counted(env):
    """Commit what a seed has made and have it counted, before it makes more of the same."""
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def measure(env, work, size):
    """Call `work()` on cold caches, then roll back; return what it took.

    Wall and CPU in ms and SQL queries, each per piece.
    """
    found = watch(env, work, size)
    env.cr.rollback()
    return found


def watch(env, work, size):
    """Call `work()` on cold caches; return wall and CPU in ms and SQL queries, each per piece."""
    import odoo.sql_db

    env.flush_all()
    env.invalidate_all()
    gc.collect()
    queries, wall, cpu = odoo.sql_db.sql_counter, time.perf_counter(), time.process_time()
    work()
    env.flush_all()
    return {
        "wall": (time.perf_counter() - wall) * 1000 / size,
        "cpu": (time.process_time() - cpu) * 1000 / size,
        "sql": (odoo.sql_db.sql_counter - queries) / size,
    }


def take_turns(ways, rounds):
    """Call each of `{way: work}` once in each round, so that a busy machine slows all alike.

    Return `{way: {count: median of the rounds}}`.
    """
    found = {way: [] for way in ways}
    for _round in range(rounds):
        for way, work in ways.items():
            found[way].append(work())
    return {
        way: {count: statistics.median(row[count] for row in rows) for count in rows[0]}
        for way, rows in found.items()
    }


def compare(medians, piece, against, bounds=None):
    """Yield the measures of each way, with the ratio to the way that it is compared to.

    `against` is `{way: other way}`, `bounds` is `{count: greatest ratio}`, or that of each way.
    """
    units = {"wall": f"ms/{piece}", "cpu": f"ms/{piece}", "sql": f"queries/{piece}"}
    for way, values in medians.items():
        other = against.get(way)
        own = (bounds or {}).get(way, bounds) if other else None
        for count in COUNTS:
            yield {
                "what": f"{way}, {count}",
                "value": round(values[count], 3),
                "unit": units[count],
                "against": other,
                "ratio": other and round(values[count] / medians[other][count], 3),
                "bound": (own or {}).get(count),
            }


def cpu_bound(way, cpu, bound, piece):
    """Return the measure of a way's CPU time in all, ms a piece, beside the most it may be."""
    return {
        "what": f"{way}, cpu in all",
        "value": round(cpu, 3),
        "unit": f"ms/{piece}",
        "against": f"{bound} ms",
        "ratio": round(cpu / bound, 3),
        "bound": 1,
    }


def count_bound(medians, way, piece, bound):
    """Return the measure of the SQL queries of a way, which are counted alike everywhere."""
    return {
        "what": f"{way}, queries",
        "value": round(medians[way]["sql"], 3),
        "unit": f"queries/{piece}",
        "bound": bound,
    }
