"""Measure what is looked at before it is billed; what looks may write nothing."""

from _common import find_company, measure
from _drafts_own import SECOND

from odoo import fields
from odoo.fields import Domain


def main(env, size, way):
    """Return the figures of one way: charges, preview or forecast."""
    env = find_company(env)
    until = fields.Date.to_date(SECOND)
    contracts = env["service.contract"].search([])
    if way == "charges":
        return measure(env, lambda: contracts._generate_charges(until), 2 * size)
    env.cr.commit()
    env.cr.execute("SET TRANSACTION READ ONLY")
    look = preview if way == "preview" else forecast
    return measure(env, lambda: look(env, size), size)


def preview(env, size):
    """Reckon the rows of a run's preview."""
    run = env["service.billing.run"].new({"cutoff_date": SECOND, "invoice_date": SECOND})
    payers = [payer for payer, _count in run._get_preview_customers(0, size)]
    rows = run._prepare_preview(payers) + run._prepare_gone([])
    assert len(rows) >= 2 * size, f"{len(rows)} rows"


def forecast(env, size):
    """Reckon the coming twelve months."""
    wizard = env["service.forecast"].new({"company_id": env.company.id})
    contracts = env["service.contract"].search(Domain(wizard._get_contract_domain()))
    charges = env["service.charge"].search(wizard._get_charge_domain())
    found = contracts._get_forecast(wizard._get_until(), wizard._get_assumptions(), charges)
    assert len(found) >= 12 * size, f"{len(found)} rows"
