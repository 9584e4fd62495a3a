"""The bank's files of returned debits, each version, and hundreds of broken ones (L15c)."""

import re
from datetime import date
from decimal import Decimal

from lxml import etree

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import bank_returns

from .. import bank_files

DEBITS = [("DEBIT0001/LOT1/11", "46.80", "AM04"), ("DEBIT0001/LOT1/12", "1200.00", "MD01")]
ACCOUNTS = ["camt.053.001.02", "camt.053.001.08", "camt.054.001.02", "camt.054.001.08"]
STATUSES = ["pain.002.001.03", "pain.002.001.10"]
HOSTILE = (
    b"""<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;">]>""",
    b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>""",
)
OTHER_KINDS = (b"pain.001.001.09", b"camt.052.001.08", b"pain.008.001.08", b"camt.054.001.99")
# What a file cannot do without; the rest may be absent.
DEMANDED = {
    "CstmrPmtStsRpt": STATUSES,
    "BkToCstmrStmt": ACCOUNTS[:2],
    "BkToCstmrDbtCdtNtfctn": ACCOUNTS[2:],
    "Stmt": ACCOUNTS[:2],
    "Ntfctn": ACCOUNTS[2:],
    "GrpHdr": STATUSES + ACCOUNTS,
    "MsgId": STATUSES + ACCOUNTS,
    "CreDtTm": STATUSES + ACCOUNTS,
    "OrgnlGrpInfAndSts": STATUSES,
    "OrgnlMsgId": STATUSES,
    "OrgnlPmtInfId": STATUSES,
    "OrgnlEndToEndId": STATUSES,
    "Acct": ACCOUNTS,
    "Amt": ACCOUNTS,
}
WRONG_AMOUNTS = ("", "-46.80", "46,80", "1e3", "NaN", "four", "٤٦", "4 6.80", "1" * 40, "1.2.3")
WRONG_DAYS = ("", "2026-02-30", "20/06/2026", "soon", "2026-13-01", "0000-00-00")


def make(kind, debits=DEBITS):
    """Return a file of a kind about some debits."""
    is_status = kind.startswith("pain")
    return bank_files.status(debits, kind) if is_status else bank_files.account(debits, kind)


def make_broken():
    """Yield ``(name, bytes)`` of more than two hundred files that nobody may take as read."""
    for kind in STATUSES + ACCOUNTS:
        data = make(kind)
        for part in range(1, 25):
            yield f"{kind} cut at {part}/25", data[: len(data) * part // 25]
        for prologue in HOSTILE:
            yield f"{kind} with {prologue}", data.replace(b"<Document", prologue + b"<Document")
        for name in OTHER_KINDS:
            yield f"{kind} as {name}", data.replace(kind.encode(), name)
        yield f"{kind} of no namespace", re.sub(rb' xmlns="[^"]*"', b"", data)
        yield f"{kind} in another root", data.replace(b"Document", b"Dokument")
        yield f"{kind} with bytes of no text", data.replace(b"Payer", b"Pay\xff\xfeer")
        yield f"{kind} closed wrongly", data.replace(b"</GrpHdr>", b"</GrpHead>")
        for wrong in WRONG_AMOUNTS:
            yield f"{kind} of {wrong!r}", data.replace(b">46.80<", f">{wrong}<".encode())
        yield f"{kind} without currency", data.replace(b' Ccy="EUR"', b"")
        for wrong in WRONG_DAYS:
            made = data.replace(b"2026-06-20T06:30:00", wrong.encode())
            yield f"{kind} made on {wrong!r}", made
    for name, kinds in DEMANDED.items():
        for kind in kinds:
            yield f"{kind} without {name}", without(make(kind), name)
    for data in (b"", b" ", b"%PDF-1.7", b"PK\x03\x04", b"\x00" * 64, b"code;montant\n", b"<a/>"):
        yield f"{data!r}", data


def without(data, name):
    """Return a file that lacks the elements of a name, each where it stands first in its parent."""
    root = etree.fromstring(data)
    for found in list(root.iter("{*}" + name)):
        parent = found.getparent()
        if parent is not None and (name != "Amt" or etree.QName(parent).localname == "Ntry"):
            parent.remove(found)
    return etree.tostring(root)


@tagged("post_install", "-at_install")
class TestBankReturns(BaseCase):
    def test_every_version_of_the_status(self):
        for kind in STATUSES:
            with self.subTest(kind):
                file = bank_returns.read(make(kind))
                self.assertEqual((file.kind, file.message_id), (kind, "BANK-1"))
                self.assertEqual((file.day, file.others), (date(2026, 6, 20), 1))
                first, second = file.debits
                self.assertEqual(first.end_to_end_id, "DEBIT0001/LOT1/11")
                self.assertEqual((first.amount, first.currency), (Decimal("46.80"), "EUR"))
                self.assertEqual((first.reason, second.reason), ("AM04", "MD01"))
                self.assertEqual(first.information, "As the bank says")
                self.assertEqual((first.mandate, first.debtor), ("RUM-1", "Payer"))
                self.assertEqual(
                    (first.message_id, first.batch_id), ("DEBIT0001", "DEBIT0001/LOT1")
                )

    def test_every_version_of_the_account(self):
        for kind in ACCOUNTS:
            with self.subTest(kind):
                file = bank_returns.read(make(kind))
                self.assertEqual(len(file.debits), 2)
                self.assertEqual(file.others, 2, "a credit, and an entry that is not booked")
                first = file.debits[0]
                self.assertEqual(first.end_to_end_id, "DEBIT0001/LOT1/11")
                self.assertEqual((first.amount, first.fee), (Decimal("46.80"), Decimal("3.50")))
                self.assertEqual((first.reason, first.day), ("AM04", date(2026, 6, 20)))
                self.assertEqual(first.account, "FR7630006000011234567890189")
                self.assertEqual(first.debtor, "Payer")

    def test_whole_batch_and_whole_message(self):
        (batch,) = bank_returns.read(bank_files.refused(message="M", batch="M/LOT1")).debits
        self.assertEqual(
            (batch.end_to_end_id, batch.batch_id, batch.reason), ("", "M/LOT1", "FF01")
        )
        (message,) = bank_returns.read(bank_files.refused(message="M")).debits
        self.assertEqual((message.batch_id, message.message_id), ("", "M"))
        self.assertIsNone(message.amount)

    def test_returned_by_its_code_alone(self):
        """A bank that gives no reason says by the ISO code that the debit is unpaid."""
        data = re.sub(rb"<RtrInf>.*?</RtrInf>", b"", make("camt.054.001.08"))
        self.assertEqual([one.reason for one in bank_returns.read(data).debits], ["", ""])
        other = data.replace(b"<SubFmlyCd>UPDD", b"<SubFmlyCd>ESDD")
        self.assertFalse(bank_returns.read(other).debits, "a debit of our own account is no return")

    def test_no_end_to_end_id(self):
        data = make("camt.053.001.02", [("NOTPROVIDED", "46.80", "MS03")])
        self.assertEqual(bank_returns.read(data).debits[0].end_to_end_id, "")

    def test_nothing_came_back(self):
        file = bank_returns.read(make("camt.053.001.08", []))
        self.assertEqual((file.debits, file.others), ((), 2))

    def test_broken_files_are_refused_with_their_line(self):
        count = 0
        for name, data in make_broken():
            with self.subTest(name):
                with self.assertRaises(bank_returns.BankFileError) as caught:
                    bank_returns.read(data)
                error = caught.exception
                self.assertIn(error.code, ("broken", "kind", "missing", "wrong"))
                self.assertTrue(error.line or "Line" in error.text, str(error))
            count += 1
        self.assertGreater(count, 200)

    def test_too_large(self):
        with self.assertRaises(bank_returns.BankFileError) as caught:
            bank_returns.read(b" " * (bank_returns.MAX_BYTES + 1))
        self.assertEqual(caught.exception.code, "too_large")

    def test_reading_grows_with_the_file(self):
        """Five thousand debits are read, each once (how long it takes: the bench)."""
        debits = [(f"D/{number}", "1.00", "AM04") for number in range(5000)]
        file = bank_returns.read(make("camt.054.001.08", debits))
        self.assertEqual(len({one.end_to_end_id for one in file.debits}), 5000)
