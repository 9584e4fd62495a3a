"""Check the road in a database that an earlier commit made and this one upgraded.

What that commit wrote of its road is compared with what is found now: a check is known by its
words and a special session by its place, so both stay as they are; new ones are added behind.
"""

from . import Walk, bill_month, billing, checks, companies, printing
from .offers import OFFERS

THIRD_MONTH = (2026, 11)
LAST_DAY = 30


def check(env, summary, out):
    """Yield the checks of the road as it was, then those of one more month."""
    houses = companies.find(env)
    walks = [walk for offer in OFFERS if (walk := _find_walk(env, houses, offer)).customers]
    yield from check_figures("offer", summary["offers"], map(printing.offer_row, walks))
    rows, found = [], []
    for row in summary["runs"]:
        house = next(house for house in houses.values() if house.company.name == row["company"])
        run = _find_run(house, row)
        rows.append(printing.run_row(house, run, row["open_on_sepa_invoices"]))
        found += _check_run(house, run, row)
    yield from check_figures("run", summary["runs"], rows)
    for walk in walks:
        found += checks.check_offer(walk)
    found += map(checks.check_choices, walks)
    found += map(checks.check_books, houses.values())
    found.append(checks.check_e_invoices(houses["FR"]))
    yield from again(summary["checks"], found)
    yield from _check_third_month(houses, walks, out)


def check_figures(label, before, now):
    """Yield whether each row has the figures that it had before the upgrade."""
    found = {row[label]: row for row in now}
    for row in before:
        present = found.get(row[label], {})
        different = [
            f"{name}: {value}, now {present.get(name)}"
            for name, value in row.items()
            if present.get(name) != value
        ]
        yield checks.Check(
            f"{row[label]}: the figures are as before", not different, str(different)
        )


def again(before, found):
    """Yield the checks of the earlier commit with what is found now."""
    by_words = {}
    for one in found:
        by_words.setdefault(one.what, []).append(one)
    for row in before:
        remaining = by_words.get(row["what"])
        yield remaining.pop(0) if remaining else checks.Check(row["what"], False, "not checked")


def _find_walk(env, houses, offer):
    """Return what an offer left behind; customers and sessions are there in order."""
    house = houses[offer.house]
    customers = house.company.env["res.partner"].search(
        [("name", "=like", f"Demo {offer.code} %"), ("is_company", "=", True)], order="id"
    )
    sessions = house.company.env["service.session"].search(
        [("partner_id", "in", customers.ids)], order="id"
    )
    return Walk(offer, house, list(customers), sessions)


def _find_run(house, row):
    return house.company.env["service.billing.run"].search(
        [("name", "=", row["run"]), ("company_id", "=", house.company.id)]
    )


def _check_run(house, run, row):
    found = [
        checks.check_put_aside(run),
        checks.check_idempotent(run, billing.bill_again(house, run)),
    ]
    if row["debit_orders"]:
        found += checks.check_run(run, row["open_on_sepa_invoices"])
    return found


def _check_third_month(houses, walks, out):
    """Bill one more month, as the company does that has upgraded; nothing of it is put aside."""
    for house in houses.values():
        yield from bill_month(house, THIRD_MONTH, LAST_DAY, out)[1]
    for walk in walks:
        for one in checks.check_charges(walk):
            yield checks.Check(f"after one more month: {one.what}", one.holds, one.found)
