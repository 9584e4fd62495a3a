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
OWN_FIELDS = ("service_run_id", "service_contract_id")


def main(env, size, mode):
    """Return the figures of one way: drafts, all (charges too) or plain."""
    env = find_company(env)
    run = make_run(env, SECOND)
    if mode == "all":
        return checked(env, run, size, lambda: run._run_to_end())
    env["service.contract"].search([])._generate_charges(run.cutoff_date)
    run.phase = "invoice"
    if mode == "drafts":
        return checked(env, run, size, lambda: run._run_to_end())
    vals_list = plain_vals(env, run)
    return measure(env, lambda: env["account.move"].create(vals_list), size)


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
    make_contracts(env, size)
    commit_counted(env)
    run = make_run(env, FIRST, is_auto_post=True)
    while run._step(CHUNK):
        commit_counted(env)
    assert len(run.invoice_ids) == size, f"{len(run.invoice_ids)} invoices"


def make_contracts(env, size):
    """Make active contracts, one for each customer, with two monthly lines."""
    family = env["service.family"].create({"name": "Bench"})
    products = env["product.product"].create(
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
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": customer.id,
                "family_id": family.id,
                "date_start": FIRST,
                "line_ids": [Command.create({"product_id": product.id}) for product in products],
            }
            for customer in make_customers(env, size)
        ]
    )
    contracts._set_active()
