"""Measure the drafts of OCA `contract` for the same customers and lines."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _drafts_common import customers, french_company, measure  # noqa: E402 (path set above)

from odoo import Command, fields  # noqa: E402


def main(env, size, _mode):
    """Return the figures of its recurring invoicing."""
    env = french_company(env)
    contracts = seed(env, size)
    day = fields.Date.to_date("2026-01-01")

    def work():
        moves = contracts._recurring_create_invoice(date_ref=day)
        assert len(moves) == size, f"{len(moves)} drafts"

    return measure(env, work, size)


def seed(env, size):
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
        "date_start": "2026-01-01",
        "recurring_next_date": "2026-01-01",
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
            for customer in customers(env, size)
        ]
    )
