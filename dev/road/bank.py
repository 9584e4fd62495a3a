"""What the bank sends after the debits: their credits, and one that came back."""

import base64

from . import clock

DAY = "2026-11-06"
REASON = "MS02"  # the customer's bank does not say why: a person decides
KIND = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def close(house, runs):
    """Drop the bank's statement: lots are credited, one debit comes back and is debited again.

    Return the invoices of that debit.
    """
    orders = house.company.env["account.payment.order"].union(*(run.order_ids for run in runs))
    payment = orders[-1].payment_ids.sorted("amount")[:1]
    invoices = payment.payment_line_ids.move_line_id.move_id
    with clock.at(f"{DAY} 09:00:00"):
        env = house.envs["accountant"]
        file = _drop(env, write_statement(orders.payment_lot_ids, payment))
        file.action_book_credits()
        file.action_book()
    return invoices


def debit_again(house, run, invoices):
    """Decide to debit invoices again, and do so; return the new order."""
    with clock.at(f"{DAY} 10:00:00"):
        own = invoices.with_env(house.envs["accountant"])
        own.action_debit_again()
        before = run.order_ids
        run.with_env(own.env).action_collect()
        return run.order_ids - before


def _drop(env, content):
    attachment = env["ir.attachment"].create(
        {"name": "camt.053.xml", "datas": base64.b64encode(content)}
    )
    files = env["service.bank.file"]
    return files.browse(files.create_document_from_attachment(attachment.ids)["res_id"])


def write_statement(lots, returned):
    """Return a camt.053 that credits lots and takes one debit back, as a bank writes it."""
    account = lots.journal_id.bank_account_id.sanitized_acc_number
    entries = "".join(map(_write_credit, lots)) + _write_return(returned)
    return f"""<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{KIND}"><BkToCstmrStmt>
        <GrpHdr><MsgId>STATEMENT-1</MsgId><CreDtTm>{DAY}T06:30:00</CreDtTm></GrpHdr>
        <Stmt><Id>1</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>{entries}</Stmt>
        </BkToCstmrStmt></Document>""".encode()


def _write_credit(lot):
    amount = sum(lot.payment_ids.mapped("amount"))
    return f"""<Ntry><Amt Ccy="EUR">{amount:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
        <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{lot.date}</Dt></BookgDt>
        <NtryDtls><Btch><PmtInfId>{lot.name}</PmtInfId></Btch></NtryDtls></Ntry>"""


def _write_return(payment):
    amount, name = f"{payment.amount:.2f}", payment.memo
    return f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>
        <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{DAY}</Dt></BookgDt>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn>
        </BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>
        <AmtDtls><InstdAmt><Amt Ccy="EUR">{amount}</Amt></InstdAmt></AmtDtls>
        <RtrInf><Rsn><Cd>{REASON}</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"""
