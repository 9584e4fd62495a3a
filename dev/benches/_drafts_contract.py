"""Measure the drafts of OCA `contract` for the same customers and lines."""

from _common import (
    commit_counted,
    find_company,
    make_company,
    make_customers,
    measure,
)

from odoo import Command, fields

FIRST, SECOND = "2025-12-01", "2026-01-01"
CHUNK = 100


def main(env, size):
    """Return the figures of its recurring invoicing."""
    env = find_company(env)
    contracts = env["contract.contract"].search([])

    def work():
        moves = bill(contracts, SECOND)
        assert len(moves) == size, f"{len(moves)} drafts"

    return measure(env, work, size)


def bill(contracts, day):
    """Return the drafts of a day."""
    return contracts._recurring_create_invoice(date_ref=fields.Date.to_date(day))


def seed(env, size):
    """Make the contracts, one for each customer, and bill and post their first month."""
    env = make_company(env)
    contracts = make_contracts(env, size)
    for start in range(0, size, CHUNK):
        bill(contracts[start : start + CHUNK], FIRST)._post(soft=False)
        commit_counted(env)


def make_contracts(env, size, customers=None):
    """Return contracts, one for each customer, with two monthly lines due in advance."""
    products = env["product.product"].create(
        [
            {"name": f"Product {price}", "type": "service", "list_price": price}
            for price in (39.9, 12.5)
        ]
    )
    line = {
        "quantity": 1,
        "recurring_rule_type": "monthly",
        "recurring_interval": 1,
        "recurring_invoicing_type": "pre-paid",
        "date_start": FIRST,
        "recurring_next_date": FIRST,
    }
    return env["contract.contract"].create(
        [
            {
                "name": f"Contract {customer.name}",
                "partner_id": customer.id,
                "line_recurrence": True,
                "contract_line_ids": [
                    Command.create(
                        {
                            **line,
                            "product_id": product.id,
                            "name": product.name,
                            "price_unit": product.list_price,
                        }
                    )
                    for product in products
                ],
            }
            for customer in customers or make_customers(env, size)
        ]
    )
