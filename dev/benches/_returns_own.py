"""Measure how a bank's file of returned debits is read, and how they are booked."""

import base64

from _common import commit_counted, find_company, measure, watch
from _uploads_own import seed as seed_orders
from _uploads_own import upload_in_steps

from odoo import Command

from odoo.addons.account_payment_return.models.payment_return import PaymentReturn
from odoo.addons.service_contract.tools import bank_returns

KIND = "payment"  # VAT is due on payment, as it is on French services
DAY = "2026-01-20"
REASON = "MS02"  # a person decides


def main(env, size, mode, count):
    """Return the figures of one way with `count` of the debits; `env` commits."""
    env = find_company(env)
    if mode in ("parse", "drop"):
        return measure_reading(env, mode, count)
    payments = env["account.payment"].search(
        [("company_id", "=", env.company.id), ("state", "=", "in_process")], order="id", limit=count
    )
    one = make_return(env, payments)
    work = book_by_stack if mode == "stack" else book_in_steps
    return checked(watch(env, lambda: work(one), count), one)


def make_return(env, payments):
    """Return the draft of a return of debits, as a file makes it."""
    reason = env["payment.return.reason"].search([("code", "=", REASON)])
    one = env["payment.return"].create(
        {
            "journal_id": payments.journal_id.id,
            "payment_method_line_id": payments.payment_method_line_id.id,
            "company_id": env.company.id,
            "date": DAY,
            "line_ids": [
                Command.create(
                    {
                        "reference": payment.memo,
                        "partner_id": payment.partner_id.id,
                        "amount": payment.amount,
                        "reason_id": reason.id,
                        "move_line_ids": [Command.set(payment._get_service_debit_lines().ids)],
                    }
                )
                for payment in payments
            ],
        }
    )
    commit_counted(env)
    return one


def book_by_stack(one):
    """Book as the stack's own method does, without what our rules ask for afterwards."""
    PaymentReturn.action_confirm(one)
    one.env.cr.flush()


def book_in_steps(one):
    """Book as the background job does, with what follows; each step is committed."""
    one._begin_booking()
    one.env.cr.commit()
    one._cron_book_returns()
    one.env.cr.commit()


def checked(found, one):
    """Return the figures of a return that must have reopened each invoice."""
    one.invalidate_recordset()
    assert one.state == "done", one.state
    debts = one.move_id.line_ids.filtered(lambda line: line.partner_id)
    assert all(debts.mapped("reconciled"))
    moves = debts.matched_credit_ids.origin_returned_move_ids.move_id
    assert len(moves) == len(one.line_ids), len(moves)
    assert set(moves.mapped("payment_state")) == {"not_paid"}, moves.mapped("payment_state")
    return found


def measure_reading(env, mode, count):
    """Read a file of many debits; `drop` also looks for them and keeps them, to be booked."""
    payments = env["account.payment"].search([("company_id", "=", env.company.id)], order="id")
    names = payments.mapped("memo")
    debits = [
        (names[place] if place < len(names) else f"UNKNOWN/{place}", "62.88", REASON)
        for place in range(count)
    ]
    data = write_file(debits)
    if mode == "parse":
        return watch(env, lambda: bank_returns.read(data), count)
    attachment = env["ir.attachment"].create(
        {"name": "returns.xml", "datas": base64.b64encode(data)}
    )
    files = env["service.bank.file"]
    return measure(env, lambda: files.create_document_from_attachment(attachment.ids), count)


def write_file(debits):
    """Return a camt.054 of returned debits, as a bank writes it."""
    kind = "camt.054.001.08"
    rows = "".join(
        f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>
        <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{DAY}</Dt></BookgDt>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn>
        </BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{name}</EndToEndId><MndtId>RUM-1</MndtId>
        </Refs><AmtDtls><InstdAmt><Amt Ccy="EUR">{amount}</Amt></InstdAmt></AmtDtls>
        <RltdPties><Dbtr><Pty><Nm>Customer</Nm></Pty></Dbtr></RltdPties>
        <RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"""
        for name, amount, reason in debits
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
        <Document xmlns="{bank_returns.NAMESPACE}{kind}"><BkToCstmrDbtCdtNtfctn>
        <GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>{DAY}T06:30:00</CreDtTm></GrpHdr>
        <Ntfctn><Id>1</Id><Acct><Id><IBAN>FR7610107001011234567890129</IBAN></Id></Acct>{rows}
        </Ntfctn></BkToCstmrDbtCdtNtfctn></Document>""".strip().encode()


def seed(env, size):
    """Make the debits of as many customers, whose upload is booked."""
    seed_orders(env, size)
    env = find_company(env)
    upload_in_steps(env["account.payment.order"].search([("description", "=", KIND)]))
    commit_counted(env)
