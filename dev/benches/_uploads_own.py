"""Measure the booking of an uploaded debit order, and the credit of its lot."""

from _common import commit_counted, find_company, make_company, make_customers, watch

from odoo import Command

DAY = "2026-01-05"
CREDITOR = "FR78ZZZ424242"
CHUNK = 100


def main(env, size, kind, mode):
    """Return the figures of one way for the order of one kind of tax; `env` commits."""
    env = find_company(env)
    order = env["account.payment.order"].search([("description", "=", kind)])
    if mode == "stack":
        return watch(env, lambda: upload_by_stack(order), size)
    if mode == "steps":
        return checked(watch(env, lambda: upload_in_steps(order), size), order, size)
    upload_in_steps(order)
    lot = order.payment_lot_ids
    found = watch(env, lambda: (lot._credit_alone(lot.date), env.cr.commit()), size)
    env.invalidate_all()
    moves = order.payment_line_ids.move_line_id.move_id
    assert set(moves.mapped("payment_state")) == {"paid"}, moves.mapped("payment_state")
    return found


def upload_by_stack(order):
    """Book the upload as the stack does, with what is logged of it at the end."""
    order.with_context(service_plain_upload=True).generated2uploaded()
    order.env.cr.flush()


def upload_in_steps(order):
    """Book the upload as the background job does: each step is committed."""
    order._begin_upload()
    order.env.cr.commit()
    order._cron_book_uploads()
    order.env.cr.commit()


def checked(found, order, size):
    """Return the figures of an upload that must have paid each invoice."""
    order.invalidate_recordset()
    moves = order.payment_line_ids.move_line_id.move_id
    assert (order.state, len(moves)) == ("uploaded", size), order.state
    assert set(moves.mapped("payment_state")) == {"in_payment"}, moves.mapped("payment_state")
    return found


def seed(env, size):
    """Make customers with mandates, and two debit orders of their invoices, with files."""
    env = make_company(env)
    prepare_creditor(env)
    customers = make_customers(env, size)
    make_mandates(env, customers)
    commit_counted(env)
    tax = env.company._get_service_tax(False)
    taxes = {
        "invoice": tax.copy({"name": "At once", "tax_exigibility": "on_invoice"}),
        "payment": tax,
    }
    assert tax.tax_exigibility == "on_payment"
    for kind, tax in taxes.items():
        make_order(env, kind, tax, customers)
        commit_counted(env)


def prepare_creditor(env):
    """Set the company up to debit: its account, its creditor identifier, its taxes."""
    make_bank_journal(env)
    env.company._prepare_service_company(creditor_identifier=CREDITOR)


def make_bank_journal(env):
    """Return the company's bank journal, with an account and the company's address."""
    company = env.company
    company.partner_id.write({"street": "1 rue de Test", "city": "Paris", "zip": "75001"})
    journal = env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
    )
    bank = env["res.bank"].create({"name": "Bank", "bic": "TESTFRPPXXX"})
    journal.bank_account_id = env["res.partner.bank"].create(
        {
            "acc_number": "FR7610107001011234567890129",
            "partner_id": company.partner_id.id,
            "bank_id": bank.id,
            "company_id": company.id,
        }
    )
    return journal


def make_mandates(env, customers):
    """Give each customer an account, a valid mandate, and direct debit."""
    method = env["account.payment.method.line"].search(
        [
            ("company_id", "=", env.company.id),
            ("payment_method_id.code", "=", "sepa_direct_debit"),
            ("selectable", "=", True),
        ],
        limit=1,
    )
    customers.write(
        {
            "property_inbound_payment_method_line_id": method.id,
            "street": "2 rue du Client",
            "zip": "69001",
            "city": "Lyon",
        }
    )
    accounts = env["res.partner.bank"].create(
        [
            {"acc_number": make_iban(number), "partner_id": customer.id}
            for number, customer in enumerate(customers)
        ]
    )
    env["account.banking.mandate"].create(
        [
            {
                "partner_id": account.partner_id.id,
                "partner_bank_id": account.id,
                "company_id": env.company.id,
                "format": "sepa_core",
                "signature_date": "2020-01-15",
                "state": "valid",
            }
            for account in accounts
        ]
    )


def make_iban(number):
    """Return a French account number with its check digits (ISO 13616)."""
    account = f"3000600001{number:013d}"
    rest = int(f"{account}152700") % 97
    return f"FR{98 - rest:02d}{account}"


def make_order(env, kind, tax, customers):
    """Make a debit order of one invoice for each customer, up to its file."""
    for start in range(0, len(customers), CHUNK):
        moves = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": customer.id,
                    "invoice_date": DAY,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": text, "price_unit": price, "tax_ids": [Command.set(tax.ids)]}
                        )
                        for text, price in (("Fibre", 39.9), ("Telephone", 12.5))
                    ],
                }
                for customer in customers[start : start + CHUNK]
            ]
        )
        moves._post(soft=False)
        commit_counted(env)
    moves = env["account.move"].search(
        [("company_id", "=", env.company.id), ("invoice_line_ids.tax_ids", "=", tax.id)]
    )
    lines = moves.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
    order = env["account.payment.order"].create(
        {
            "payment_method_line_id": moves.preferred_payment_method_line_id.id,
            "payment_type": "inbound",
            "company_id": env.company.id,
            "description": kind,
        }
    )
    lines.create_payment_line_from_move_line(order)
    from odoo.addons.service_contract.models.sepa.debit_finding import LINTED

    ready = order.with_context(service_linted=LINTED)  # nobody was told of these debits
    ready.draft2open()
    ready.open2generated()
    assert len(order.payment_ids) == len(customers)
    assert len(order.payment_lot_ids) == 1
