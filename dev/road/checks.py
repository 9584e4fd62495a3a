"""What must hold at the end of the road, each with what was found."""

from dataclasses import dataclass

from lxml import etree

from odoo.tools import file_path

from odoo.addons.service_contract.tools import cii, sepa

XSD = "account_payment_sepa_direct_debit/data/pain.008.001.08.xsd"
MINIMUM_CUSTOMERS = 3
MINIMUM_SESSIONS = 20


@dataclass
class Check:
    """One condition, whether it holds, and the figures behind it."""

    what: str
    holds: bool
    found: str


def check_offer(walk):
    """Check that an offer sold and worked enough, and that its charges equal their lines."""
    yield Check(
        f"{walk.offer.code}: at least {MINIMUM_CUSTOMERS} customers",
        len(walk.customers) >= MINIMUM_CUSTOMERS,
        str(len(walk.customers)),
    )
    yield Check(
        f"{walk.offer.code}: at least {MINIMUM_SESSIONS} sessions",
        len(walk.sessions) >= MINIMUM_SESSIONS,
        str(len(walk.sessions)),
    )
    yield from check_charges(walk)
    yield from check_one_offs(walk)
    for special, session in zip(walk.offer.special_sessions, walk.sessions, strict=False):
        amount = session.amount_total if special.is_included else session.amount_untaxed
        yield Check(
            f"{walk.offer.code}: {special.what} = {special.amount:.2f}",
            session.currency_id.compare_amounts(amount, special.amount) == 0,
            f"{amount:.2f}",
        )


def check_consents(walk):
    """Check that each session was ordered by its customer, before it began."""
    ordered = [
        session
        for session in walk.sessions.sudo()
        if any(
            consent.state == "given"
            and consent.way == "code"
            and consent.accepted_at <= session.start
            for consent in session.consent_ids
        )
    ]
    return Check(
        f"{walk.offer.code}: sessions were ordered on the consent page before they began",
        len(ordered) == len(walk.sessions),
        f"{len(ordered)} of {len(walk.sessions)}",
    )


def check_charges(walk):
    """Check that each invoiced charge equals its invoice lines, to the cent."""
    charges = walk.charges.filtered(lambda charge: charge.state == "invoiced")
    different = [charge.display_name for charge in charges if _difference(charge)]
    yield Check(
        f"{walk.offer.code}: charges = their invoice lines",
        bool(charges) and not different,
        f"{len(charges)} charges, {sum(charges.mapped('amount_untaxed')):.2f} untaxed"
        + "".join(f"; differs: {name}" for name in different),
    )


def check_one_offs(walk):
    """Check that orders invoiced their one-off products, and nothing recurring."""
    orders = walk.env["sale.order"].search(
        [("partner_id", "in", [customer.id for customer in walk.customers])]
    )
    one_offs = orders.order_line.filtered(lambda line: not line.service_is_recurring)
    if not one_offs:
        return
    ordered = sum(one_offs.mapped("price_subtotal"))
    invoiced = sum(orders.invoice_ids.mapped("amount_untaxed"))
    yield Check(
        f"{walk.offer.code}: orders invoice their one-off products, and these alone",
        walk.house.company.currency_id.is_zero(ordered - invoiced),
        f"{ordered:.2f} = {invoiced:.2f}",
    )


def _difference(charge):
    currency = charge.currency_id
    untaxed = sum(line.price_subtotal for line in charge._billed_lines())
    total = sum(line.price_total for line in charge._billed_lines())
    return not (
        currency.is_zero(untaxed - charge.amount_untaxed)
        and currency.is_zero(total - charge.amount_total)
    )


def check_choices(walk):
    """Check that the sessions say nothing that their form does not let a technician choose."""
    foreign = [
        session.name
        for session in walk.sessions
        if session.work_type_id not in session.offered_work_type_ids
    ]
    return Check(
        f"{walk.offer.code}: sessions use only what their form offers",
        not foreign,
        f"{len(walk.sessions)} sessions" + "".join(f"; not offered: {name}" for name in foreign),
    )


def check_run(run, residual):
    """Check the files of a run: their sum, against the residual there was, and their form."""
    files = [order.payment_file_id.raw for order in run.order_ids]
    total = sum(sepa.read_control_totals(xml).control_sum for xml in files)
    yield Check(
        f"{run.name}: open amount of the SEPA invoices = control sum of the files",
        bool(files) and round(residual, 2) == round(float(total), 2),
        f"{residual:.2f} = {total}",
    )
    errors = [error for xml in files for error in sepa.validate_xsd(xml, file_path(XSD))]
    yield Check(
        f"{run.name}: the files validate against pain.008.001.08",
        bool(files) and not errors,
        "; ".join(errors) or f"{len(files)} file",
    )


def check_books(house):
    """Check that services are booked on the account of services, none on that of goods."""
    company = house.company
    lines = company.env["account.move.line"].search(
        [
            ("company_id", "=", company.id),
            ("move_id.move_type", "in", ("out_invoice", "out_refund")),
            ("parent_state", "=", "posted"),
            ("product_id.type", "=", "service"),
            ("display_type", "=", "product"),
        ]
    )
    booked = lines.grouped("account_id")
    found = ", ".join(
        f"{-sum(group.mapped('balance')):.2f} on {account.code}"
        for account, group in booked.items()
    )
    return Check(
        f"{company.name}: services are booked on their own account",
        list(booked) == [company.service_income_account_id],
        found,
    )


def check_e_invoices(house):
    """Check that the lines, taxes and heads of all e-invoices add up (BR-CO-10 ff.)."""
    company = house.company
    moves = company.env["account.move"].search(
        [
            ("company_id", "=", company.id),
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
        ]
    )
    broken = []
    for move in moves:
        xml, _errors = company.env["account.edi.xml.cii"]._export_invoice(move)
        broken += [f"{move.name}: {rule}" for rule in cii.get_sum_errors(etree.fromstring(xml))]
    return Check(
        f"{company.name}: the lines of e-invoices add up to their totals",
        bool(moves) and not broken,
        "; ".join(broken) or f"{len(moves)} e-invoices",
    )


def check_customers(house):
    """Check that nothing that an invoice has to say of a customer is missing (L08)."""
    company = house.company
    contracts = company.env["service.contract"].search([("company_id", "=", company.id)])
    payers = contracts.partner_invoice_id
    gaps = [gap for payer in payers for gap in payer._get_invoice_gaps()]
    return Check(
        f"{company.name}: invoices say all that they have to of their customers",
        bool(payers) and not gaps,
        "; ".join(gaps) or f"{len(payers)} customers",
    )


def check_put_aside(run):
    """Check that a run put nothing aside."""
    details = "; ".join(f"{row.name}: {row.detail}" for row in run.exception_ids)
    return Check(f"{run.name}: nothing was put aside", not run.exception_ids, details or "nothing")


def check_idempotent(run, count):
    """Check that a second run billed nothing."""
    return Check(f"{run.name}: a second run bills nothing", count == 0, f"{count} invoices")


def open_amount(company):
    """Return what is open on a company's SEPA invoices, credit notes deducted."""
    moves = company.env["account.move"].search(
        [
            ("company_id", "=", company.id),
            ("state", "=", "posted"),
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("preferred_payment_method_line_id.payment_method_id.mandate_required", "=", True),
        ]
    )
    return sum(moves.mapped("amount_residual_signed"))


def check_paid(invoices):
    """Check that what the bank has credited is paid."""
    states = sorted(set(invoices.mapped("payment_state")))
    return Check(
        "The bank's statement pays what was debited",
        bool(invoices) and states == ["paid"],
        f"{len(invoices)} invoices: {', '.join(states)}",
    )


def check_returned(invoices):
    """Check that a returned debit leaves its invoices open, their VAT on payment taken back."""
    entries = invoices.env["account.move"].search(
        [("tax_cash_basis_origin_move_id", "in", invoices.ids)]
    )
    vat = sum(entries.line_ids.filtered("tax_line_id").mapped("balance"))
    is_open = all(invoice.amount_residual == invoice.amount_total for invoice in invoices)
    is_asked = set(invoices.mapped("service_debit_decision")) == {"ask"}
    return Check(
        "A returned debit waits for a decision, its VAT is taken back",
        bool(entries) and is_open and is_asked and not round(vat, 2),
        f"{len(invoices)} invoices, {len(entries)} entries of VAT, {vat:.2f} left of it",
    )


def check_debited_again(invoices, orders):
    """Check that what was decided stands in a new file, once and whole."""
    lines = orders.payment_line_ids
    total = sum(sepa.read_control_totals(one.payment_file_id.raw).control_sum for one in orders)
    return Check(
        "What was decided is debited again, once",
        len(orders) == 1
        and lines.move_line_id.move_id == invoices
        and round(float(total), 2) == round(sum(invoices.mapped("amount_residual")), 2),
        f"{', '.join(orders.mapped('name'))}: {total}",
    )
