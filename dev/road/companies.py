"""Two companies ready to sell services, and one person for each role."""

from dataclasses import dataclass, field

from odoo import Command

SERVICE = "service_contract.service_contract_group"
SALES = "sales_team.group_sale_salesman"
ACCOUNTING = "account.group_account_invoice,account_payment_batch_oca.group_account_payment"
BOOKS = "account.group_account_user,base.group_allow_export"
CONTACTS = "base.group_partner_manager"
ROLES = {
    "sales": ("Sales", f"{SALES},{CONTACTS}"),
    "technician": ("Technician", f"{SERVICE}_user"),
    "accountant": ("Accountant", f"{ACCOUNTING},{BOOKS},{CONTACTS}"),
    "manager": ("Service Manager", f"{SERVICE}_manager,{SALES}_all_leads,{ACCOUNTING},{CONTACTS}"),
}


@dataclass
class House:
    """One company with the environment of each of its roles."""

    company: object
    envs: dict = field(default_factory=dict)
    employee: object = None


def prepare(env):
    """Return the houses by country code: a French company and a Polish one."""
    return {
        "FR": _house(
            env,
            "FR",
            {
                "name": "Demo Informatique",
                "street": "10 rue de la Démonstration",
                "zip": "31000",
                "city": "Toulouse",
                "phone": "+33 5 00 00 00 00",
                "email": "contact@demo-informatique.example.com",
                "company_registry": "73282932000074",
                "vat": "FR44732829320",
                "currency_id": env.ref("base.EUR").id,
            },
            iban="FR7610107001011234567890129",
            language="fr_FR",
            timezone="Europe/Paris",
            creditor_identifier="FR78ZZZ424242",
        ),
        "PL": _house(
            env,
            "PL",
            {
                "name": "Demo Pomoc IT",
                "street": "ul. Przykładowa 5",
                "zip": "00-001",
                "city": "Warszawa",
                "email": "kontakt@demo-pomoc.example.com",
                "currency_id": env.ref("base.PLN").id,
            },
            iban="PL61109010140000071219812874",
            language="pl_PL",
            timezone="Europe/Warsaw",
        ),
    }


def find(env):
    """Return the houses of a database in which the road was walked before."""
    return {country: _find_house(env, country) for country in ("FR", "PL")}


def _find_house(env, country):
    logins = {role: login_of(role, country) for role in ROLES}
    users = env["res.users"].search([("login", "in", list(logins.values()))]).grouped("login")
    company = users[logins["manager"]].company_id
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    house = House(company.with_env(env))
    for role, login in logins.items():
        house.envs[role] = _env_of(env, users[login])
    return house


def login_of(role, country):
    """Return the login of a role in the company of a country.

    >>> login_of("sales", "FR"), login_of("sales", "PL")
    ('sales', 'sales-pl')
    """
    return role if country == "FR" else f"{role}-{country.lower()}"


def _house(env, country, vals, iban, language, timezone, creditor_identifier=None):
    company = _company(env, country, vals)
    company.partner_id.write({"tz": timezone, "lang": language})
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    house = House(company.with_env(env))
    _bank_account(env, company, iban)
    # Some offers sell at prices that include the tax: their lines have to add up to the invoice.
    company.tax_calculation_rounding_method = "round_per_line"
    house.company._prepare_service_company(creditor_identifier=creditor_identifier)
    for role, (name, groups) in ROLES.items():
        house.envs[role] = _user_env(env, company, role, name, groups, language, timezone)
    house.employee = _employee(env, house, "technician")
    _employee(env, house, "manager")
    return house


def _company(env, country, vals):
    """Make the company with its chart of accounts, and no further module for its country.

    The French one is the database's first company: prices of shared products are in its currency.
    """
    country = env["res.country"].search([("code", "=", country)])
    vals = {**vals, "country_id": country.id, "iap_enrich_auto_done": True}
    env["res.currency"].browse(vals["currency_id"]).active = True
    companies = env["res.company"].with_context(chart_template_load=True)
    if country.code == "FR":
        company = companies.browse(env.ref("base.main_company").id)
        company.write(vals)
    else:
        company = companies.create(vals)
    env.user.company_ids |= company
    env["account.chart.template"].try_loading(
        country.code.lower(), company=company, install_demo=False
    )
    company.currency_id = vals["currency_id"]
    env["product.pricelist"].search(
        [("company_id", "=", company.id)]
    ).currency_id = company.currency_id
    return company


def _bank_account(env, company, iban):
    journal = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
    )
    bank = env["res.bank"].create({"name": f"Demo Bank {iban[:2]}", "bic": f"DEMO{iban[:2]}PPXXX"})
    journal.bank_account_id = env["res.partner.bank"].create(
        {
            "acc_number": iban,
            "partner_id": company.partner_id.id,
            "bank_id": bank.id,
            "company_id": company.id,
        }
    )


def _user_env(env, company, role, name, groups, language, timezone):
    login = login_of(role, company.country_id.code)
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": f"{name} ({company.name})",
                "login": login,
                "password": login,
                "email": f"{login}@example.com",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.link(env.ref(group).id) for group in groups.split(",")],
                "lang": language,
                "tz": timezone,
            }
        )
    )
    return _env_of(env, user)


def _env_of(env, user):
    return env(user=user, context={**env.context, "lang": user.lang, "tz": user.tz})


def _employee(env, house, role):
    return env["hr.employee"].create(
        {
            "name": house.envs[role].user.name,
            "user_id": house.envs[role].uid,
            "company_id": house.company.id,
            "hourly_cost": 38,
        }
    )
