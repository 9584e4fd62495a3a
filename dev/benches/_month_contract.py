"""Measure the same month by OCA `contract`, Odoo's posting and the SEPA stack of OCA."""

from _common import commit_counted, find_company, make_company, make_customers, watch
from _drafts_contract import CHUNK, FIRST, SECOND, bill, make_contracts
from _uploads_own import make_bank_journal, make_mandates


def main(env, size):
    """Return `{part: figures}` of the second month; `env` commits."""
    env = find_company(env)
    contracts = env["contract.contract"].search([])
    found, moves = {}, env["account.move"]

    def step(work):
        return watch(env, lambda: (work(), env.cr.commit()), size)

    found["drafts"] = step(lambda: bill(contracts, SECOND))
    moves = moves.search([("state", "=", "draft"), ("company_id", "=", env.company.id)])
    assert len(moves) == size, f"{len(moves)} drafts"
    found["posting"] = step(lambda: moves._post(soft=False))
    found["order and file"] = step(lambda: collect(moves))
    [order] = moves.line_ids.payment_line_ids.order_id
    assert (order.state, len(order.payment_ids)) == ("generated", size), order.state
    found["upload"] = step(order.generated2uploaded)
    env.invalidate_all()
    assert set(moves.mapped("payment_state")) == {"in_payment"}, moves.mapped("payment_state")
    return found


def collect(moves):
    """Make the debit order of invoices, and its file."""
    moves.create_account_payment_line()
    order = moves.line_ids.payment_line_ids.order_id
    order.draft2open()
    order.open2generated()


def seed(env, size):
    """Make the contracts of debited customers, and bill and post their first month."""
    env = make_company(env)
    journal = make_bank_journal(env)
    env.company.sepa_creditor_identifier = "FR78ZZZ424242"
    env["account.payment.method.line"].create(prepare_debit_line(env, journal))
    tax = find_service_tax(env)
    customers = make_customers(env, size)
    make_mandates(env, customers)
    contracts = make_contracts(env, size, customers=customers)
    contracts.contract_line_ids.product_id.taxes_id = tax
    commit_counted(env)
    for start in range(0, size, CHUNK):
        bill(contracts[start : start + CHUNK], FIRST)._post(soft=False)
        commit_counted(env)


def prepare_debit_line(env, journal):
    """Return the method of SEPA direct debit on a journal, as our set-up makes it."""
    charts = env["account.chart.template"].with_company(env.company)
    account = charts.ref("account_journal_payment_debit_account_id", raise_if_not_found=False)
    method = env.ref("account_payment_sepa_direct_debit.sepa_direct_debit")
    return {
        "name": "SEPA Direct Debit",
        "payment_method_id": method.id,
        "journal_id": journal.id,
        "company_id": env.company.id,
        "selectable": True,
        "bank_account_link": "fixed",
        "payment_account_id": (account or env.company.transfer_account_id).id,
        "default_date_prefered": "due",
        "group_lines": True,
    }


def find_service_tax(env):
    """Return the tax of French services: 20 %, due on payment."""
    tax = env["account.tax"].search(
        [
            *env["account.tax"]._check_company_domain(env.company),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 20),
            ("tax_exigibility", "=", "on_payment"),
            ("price_include_override", "!=", "tax_included"),
        ],
        limit=1,
    )
    assert tax.cash_basis_transition_account_id, "no tax that is due on payment"
    return tax
