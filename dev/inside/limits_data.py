"""Contracts of which many months are due, and what became of them: for run_script.py."""

import datetime

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.tests import new_test_user

GROUPS = "account.group_account_invoice,account_payment_batch_oca.group_account_payment"


def seed(env, size, months, login):
    """Make contracts of one line each, with months due, and who bills them; return the run."""
    env = _make_company(env)
    first = datetime.date.today().replace(day=1) - relativedelta(months=months - 1)
    family = env["service.family"].create({"name": "Limits"})
    product = env["product.product"].create(
        {
            "name": "Remote maintenance",
            "type": "service",
            "list_price": 50,
            "service_is_recurring": True,
            "service_family_id": family.id,
        }
    )
    vals = {"country_id": env.ref("base.fr").id, "service_regime": "professional"}
    customers = env["res.partner"].create([{"name": f"Late {i}", **vals} for i in range(size)])
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": customer.id,
                "family_id": family.id,
                "date_start": first,
                "line_ids": [Command.create({"product_id": product.id})],
            }
            for customer in customers
        ]
    )
    contracts._set_active()
    company = {"company_id": env.company.id, "company_ids": [Command.set(env.company.ids)]}
    user = new_test_user(env, login, GROUPS, password=login, **company)
    return env["service.billing.run"].with_user(user).create({}).id


def _make_company(env):
    """Return the environment of a French company; no module is installed for its country."""
    vals = {"name": "Limits", "country_id": env.ref("base.fr").id}
    quiet = env["res.company"].with_context(chart_template_load=True)
    company = quiet.create({**vals, "currency_id": env.ref("base.EUR").id})
    env.user.company_ids |= company
    env["account.chart.template"].try_loading("fr", company=company, install_demo=False)
    return env(context={**env.context, "allowed_company_ids": company.ids})


def judge(env, run_id):
    """Return what a run left behind, in figures."""
    run = env["service.billing.run"].browse(run_id)
    charges = env["service.charge"].search([("company_id", "=", run.company_id.id)])
    invoices = run.invoice_ids
    numbers = sorted(invoices.filtered("sequence_number").mapped("sequence_number"))
    return {
        "state": run.state,
        "contracts": len(charges.contract_id),
        "charges": len(charges),
        "billed once": len(charges.filtered(lambda row: row.billed_quantity == 1)),
        "lines": len(charges.move_line_ids),
        "invoices": len(invoices),
        "posted": len(invoices.filtered(lambda move: move.state == "posted")),
        "without a gap": numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        if numbers
        else None,
        "matters": len(run.exception_ids),
    }
