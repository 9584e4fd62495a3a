"""Measure the drafts of a billing run, or the same invoices made by one `create`."""

from _common import (
    commit_counted,
    find_company,
    make_company,
    make_customers,
    measure,
)

from odoo import Command

FIRST, SECOND = "2025-12-01", "2026-01-01"
CHUNK = 100
BAD = 200
OWN_FIELDS = ("service_run_id", "service_contract_id")


def main(env, size, mode):
    """Return the figures of one way.

    `charges` alone, `drafts` alone, `all` (both), `all_post` (posting as well), `bad` (drafts, one
    contract of which cannot be billed) and `plain` (the same drafts by `create`); `post` and
    `post_plain`.
    """
    env = find_company(env)
    run = make_run(env, SECOND)
    if mode == "all":
        return checked(env, run, size, lambda: run._run_to_end())
    if mode == "all_post":
        run.is_auto_post = True
        return checked(env, run, size, lambda: (run._run_to_end(), env.cr.flush()))
    contracts = env["service.contract"].search([])
    if mode == "charges":
        count = 2 * size
        return measure(env, lambda: contracts._generate_charges(run.cutoff_date), count)
    contracts._generate_charges(run.cutoff_date)
    run.phase = "invoice"
    return {
        "drafts": measure_drafts,
        "bad": measure_with_bad,
        "plain": measure_plain,
        "post": measure_posting,
        "post_plain": measure_plain_posting,
    }[mode](env, run, size)


def measure_drafts(env, run, size):
    """Return the figures of the drafts of a run."""
    return checked(env, run, size, lambda: run._run_to_end())


def measure_with_bad(env, run, size):
    """Return the figures of the drafts where one in 200 has a tax that nothing replaces."""
    contracts = env["service.contract"].search([], order="id")[BAD // 2 :: BAD]
    charges = contracts.charge_ids.filtered(lambda charge: charge.state == "ready")
    tax = charges.tax_ids.copy({"name": "Gone", "price_include_override": "tax_included"})
    charges.tax_ids = tax
    tax.active = False
    return checked(env, run, size - len(contracts), lambda: run._run_to_end())


def measure_plain(env, run, size):
    """Return the figures of the same drafts in one `create`."""
    vals_list = plain_vals(env, run)
    return measure(env, lambda: env["account.move"].create(vals_list), size)


def measure_posting(env, run, size):
    """Return the figures of posting the drafts of a run, with what is logged of it."""
    run._run_to_end()
    env.cr.flush()
    run.write({"state": "running", "phase": "post"})
    return measure(env, lambda: (run._run_to_end(), env.cr.flush()), size)


def measure_plain_posting(env, run, size):
    """Return the figures of posting the same drafts in one call, with what is logged of it."""
    run._run_to_end()
    env.cr.flush()
    moves = env["account.move"].browse(run.invoice_ids.ids)
    return measure(env, lambda: (moves._post(soft=False), env.cr.flush()), size)


def make_run(env, day, **vals):
    """Return a run of a day, ready for its first step."""
    return env["service.billing.run"].create(
        {"cutoff_date": day, "invoice_date": day, "state": "running", **vals}
    )


def checked(env, run, size, work):
    """Measure a run that must end with one draft for each contract."""

    def both():
        work()
        assert len(run.invoice_ids) == size, f"{len(run.invoice_ids)} drafts"

    return measure(env, both, size)


def plain_vals(env, run):
    """Return the invoices of the run as plain values, without the add-on's own links."""
    charges = env["service.charge"].search(run._get_charge_domain())
    vals_list = []
    for group in charges.grouped(run._get_grouping_key).values():
        vals = run._prepare_invoice_vals(group)
        for name in OWN_FIELDS:
            del vals[name]
        for command in vals["invoice_line_ids"]:
            del command[2]["service_charge_id"]
        vals_list.append(vals)
    return vals_list


def seed(env, size):
    """Make the contracts, one for each customer, and bill and post their first month."""
    env = make_company(env)
    make_contracts(env, size, make_products(env))
    commit_counted(env)
    run = make_run(env, FIRST, is_auto_post=True)
    while run._step(CHUNK):
        commit_counted(env)
    assert len(run.invoice_ids) == size, f"{len(run.invoice_ids)} invoices"


def make_products(env):
    """Return the two products that each contract has."""
    family = env["service.family"].create({"name": "Bench"})
    return env["product.product"].create(
        [
            {
                "name": f"Product {price}",
                "type": "service",
                "list_price": price,
                "service_is_recurring": True,
                "service_family_id": family.id,
            }
            for price in (39.9, 12.5)
        ]
    )


def make_contracts(env, size, products, customers=None):
    """Make active contracts, one for each customer, with two monthly lines."""
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": customer.id,
                "family_id": products.service_family_id.id,
                "date_start": FIRST,
                "line_ids": [Command.create({"product_id": product.id}) for product in products],
            }
            for customer in customers or make_customers(env, size)
        ]
    )
    contracts._set_active()
