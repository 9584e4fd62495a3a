"""Sell: customers, mandates and confirmed quotations, each by the person who would do it."""

from stdnum import luhn

from odoo import Command

from . import clock

CITIES = {
    "FR": [("Toulouse", "31000"), ("Albi", "81000"), ("Montauban", "82000"), ("Auch", "32000")],
    "RE": [("Saint-Denis", "97400"), ("Saint-Pierre", "97410"), ("Le Port", "97420")],
    "PL": [("Warszawa", "00-002"), ("Kraków", "30-001"), ("Gdańsk", "80-001")],
}
LANGUAGES = {"FR": "fr_FR", "RE": "fr_FR", "PL": "pl_PL"}
TIMEZONES = {"FR": "Europe/Paris", "RE": "Indian/Reunion", "PL": "Europe/Warsaw"}


def sell(house, offer, env):
    """Make the customers of an offer and sell to each what it buys; return the customers."""
    customers = []
    for number, basket in enumerate(offer.baskets, start=1):
        customer = _customer(house, offer, number)
        if offer.is_sepa:
            _mandate(house, customer, offer.number * 100 + number)
        with clock.at(clock.moment(clock.FIRST_MONTH, 1)):
            _confirm_quote(house, offer, customer, basket, env)
        customers.append(customer)
    return customers


def _customer(house, offer, number):
    env = house.envs["manager"]
    city, code = CITIES[offer.country][number % len(CITIES[offer.country])]
    customer = env["res.partner"].create(
        {
            "name": f"Demo {offer.code} {number}",
            "is_company": True,
            "service_regime": "professional",
            "street": f"{number} rue de la Démonstration",
            "city": city,
            "zip": code,
            "country_id": env["res.country"].search([("code", "=", offer.country)]).id,
            "email": f"{offer.code.lower()}-{number}@example.com",
            "lang": LANGUAGES[offer.country],
            "tz": TIMEZONES[offer.country],
            **({} if offer.country == "PL" else {"company_registry": _siret(offer, number)}),
        }
    )
    env["res.partner"].create(
        {"name": f"Référent {offer.code} {number}", "parent_id": customer.id, "type": "contact"}
    )
    if offer.pricelist:
        customer.property_product_pricelist = env.ref(f"service_contract.{offer.pricelist}")
    return customer


def _siret(offer, number):
    """Return a SIRET that no firm has, as its zeros show, and that its check digits make valid."""
    siren = f"0000{offer.number:02}{number:02}"
    office = siren + luhn.calc_check_digit(siren) + "0001"
    return office + luhn.calc_check_digit(office)


def _mandate(house, customer, number):
    """Have the accountant record a signed mandate, and pay by direct debit from now on."""
    env = house.envs["accountant"]
    account = house.envs["manager"]["res.partner.bank"].create(
        {"acc_number": french_iban(number), "partner_id": customer.id}
    )
    mandate = env["account.banking.mandate"].create(
        {
            "partner_id": customer.id,
            "partner_bank_id": account.id,
            "format": "sepa_core",
            "type": "recurrent",
            "signature_date": "2026-08-25",
        }
    )
    mandate.validate()
    customer.with_env(env).sudo().property_inbound_payment_method_line_id = debit_method(house)


def debit_method(house):
    """Return the direct debit method that the set-up made."""
    return house.company.env["account.payment.method.line"].search(
        [
            ("company_id", "=", house.company.id),
            ("payment_method_id.code", "=", "sepa_direct_debit"),
            ("selectable", "=", True),
        ],
        limit=1,
    )


def _confirm_quote(house, offer, customer, basket, env):
    """Confirm the quotation of a customer, and invoice what is not recurring in it."""
    if not basket:
        return
    sales = house.envs["sales"]
    quote = sales["sale.order"].create(
        {
            "partner_id": customer.id,
            "service_start_date": "2026-09-01",
            "service_referent_id": customer.child_ids[:1].id,
            "order_line": [
                Command.create({"product_id": _product(env, xmlid).id, "product_uom_qty": quantity})
                for xmlid, quantity in basket
            ],
        }
    )
    quote.action_confirm()
    if quote.invoice_status == "to invoice":
        invoice = quote._create_invoices()
        invoice.invoice_date = quote.service_start_date
        invoice.with_env(house.envs["accountant"]).action_post()


def _product(env, xmlid):
    record = env.ref(f"service_contract.{xmlid}")
    return record.product_variant_id if record._name == "product.template" else record


def french_iban(number):
    """Return a French IBAN that is right in both keys and belongs to nobody.

    >>> french_iban(1)
    'FR7630006000010000000000152'
    """
    bank, branch, account = 30006, 1, number
    key = 97 - (89 * bank + 15 * branch + 3 * account) % 97
    digits = f"{bank:05d}{branch:05d}{account:011d}{key:02d}"
    check = 98 - int(f"{digits}152700") % 97
    return f"FR{check:02d}{digits}"
