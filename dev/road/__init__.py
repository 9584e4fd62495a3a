"""The main job: five offers walk the whole road, from the quotation to the bank's answer.

Everything is done through the methods that the screens call, by the people who would do it.
"""

from dataclasses import dataclass, field

from . import (
    bank,
    billing,
    catalogue,
    checks,
    clock,
    companies,
    perimeter,
    printing,
    selling,
    working,
)
from .offers import OFFERS


@dataclass
class Walk:
    """What one offer leaves behind."""

    offer: object
    house: object
    customers: list = field(default_factory=list)
    sessions: object = None

    @property
    def env(self):
        """Return the environment that sees all of the company."""
        return self.house.company.env

    @property
    def contracts(self):
        """Return the offer's contracts."""
        return self._search("service.contract")

    @property
    def charges(self):
        """Return the offer's charges."""
        return self._search("service.charge")

    def _search(self, model):
        customers = [customer.id for customer in self.customers]
        return self.env[model].search([("partner_id", "in", customers)])


def main(env, out):
    """Walk the road and write the results; return 0 only if every check holds."""
    out.mkdir(parents=True, exist_ok=True)
    houses = companies.prepare(env)
    catalogue.load(env, houses)
    walks = [Walk(offer, houses[offer.house]) for offer in OFFERS]
    for walk in walks:
        print(f"  {walk.offer.code}: quotations, then two months of sessions", flush=True)
        walk.customers = selling.sell(walk.house, walk.offer, env)
        perimeter.describe(walk.house, walk.offer, walk.customers)
        walk.sessions = working.work(walk.house, walk.offer, walk.customers, env)
    _settle(env)
    runs, found = [], []
    for house in houses.values():
        for month, last_day in ((clock.FIRST_MONTH, 30), (clock.SECOND_MONTH, 31)):
            row, results = bill_month(house, month, last_day, out)
            runs.append(row)
            found += results
    for walk in walks:
        found += checks.check_offer(walk)
    for house in houses.values():
        found.append(checks.check_books(house))
    found += map(checks.check_choices, walks)
    found.append(checks.check_e_invoices(houses["FR"]))
    found.append(checks.check_customers(houses["FR"]))
    found += [checks.check_consents(walk) for walk in walks if walk.offer.is_ordered]
    found += close_loop(houses["FR"])
    return _report(out, walks, runs, found)


def _settle(env):
    """Commit what was sold and worked and have it counted, as it is long before a bill is made.

    PostgreSQL plans by what it counted last: tables that one transaction fills seem empty to it.
    """
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def bill_month(house, month, last_day, out):
    """Bill a month; return the run's figures and its checks."""
    run = billing.bill(house, month, last_day).with_env(house.company.env)
    print(f"  {run.name}: {len(run.invoice_ids)} invoices, {house.company.name}", flush=True)
    residual = checks.open_amount(house.company)
    row = printing.run_row(house, run, residual)
    found = [
        checks.check_put_aside(run),
        checks.check_idempotent(run, billing.bill_again(house, run)),
    ]
    if house.company.currency_id.name == "EUR":
        found += checks.check_run(run, residual)
        printing.write_run_files(out, run)
        billing.upload(run)
    return row, found


def close_loop(house):
    """Let the bank answer: credits, a returned debit, which is debited again; yield the checks."""
    runs = house.company.env["service.billing.run"].search(
        [("company_id", "=", house.company.id), ("order_ids", "!=", False)], order="id"
    )
    debited = runs.order_ids.payment_line_ids.move_line_id.move_id
    returned = bank.close(house, runs)
    yield checks.check_paid(debited - returned)
    yield checks.check_returned(returned)
    orders = bank.debit_again(house, runs[-1], returned)
    yield checks.check_debited_again(returned, orders)


def _report(out, walks, runs, found):
    offers = [printing.offer_row(walk) for walk in walks]
    columns = (
        "company",
        "run",
        "invoices",
        "untaxed",
        "total",
        "currency",
        "debits",
        "control_sum",
    )
    print("\n" + printing.table(offers, (*printing.COLUMNS, "currency")))
    print("\n" + printing.table(runs, columns))
    rows = [{"holds": check.holds, "check": check.what, "found": check.found} for check in found]
    print("\n" + printing.table(rows, ("holds", "check", "found")), flush=True)
    printing.write_summary(out, offers, runs, found)
    printing.write_invoice(out, next(walk for walk in walks if walk.offer.code == "2CLICKS"))
    return 0 if all(check.holds for check in found) else 1
