"""Tell companies that sell contracts that their set-up has new points: no account moves unasked."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT DISTINCT company_id FROM service_contract WHERE state = 'active'")
    for company in env["res.company"].browse(company_id for (company_id,) in cr.fetchall()):
        company = company.with_context(lang=company.partner_id.lang).with_company(company)
        checks = company._get_service_checks()
        if any(check.state != "ready" for check in checks.values()):
            env["service.exception"]._report(
                company,
                "billing",
                company.env._(
                    "Open the set-up again: it now looks at the income account of services and at "
                    "how taxes are rounded. Until then nothing is booked otherwise than before."
                ),
                job="setup",
            )
