"""Which direct debits the bank's files say were refused or came back, and why (L14, L15c).

Read are, of ISO 20022: the customer payment status report (``pain.002.001.03``, ``.10``), which
tells what was refused before it was settled; the debit and credit notification
(``camt.054.001.02``, ``.08``) and the statement (``camt.053.001.02``, ``.08``), which tell what was
taken off the account again, and which lots were credited. Whatever else stands in them (other
payments, fees) is counted and left alone.

A file is read whole or not at all: what is broken, hostile or of another kind raises
:class:`BankFileError` with the line where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree

from . import xml_files

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BYTES = 32 * 1024 * 1024
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
KINDS = {
    "pain.002.001.03": "CstmrPmtStsRpt",
    "pain.002.001.10": "CstmrPmtStsRpt",
    "camt.053.001.02": "BkToCstmrStmt",
    "camt.053.001.08": "BkToCstmrStmt",
    "camt.054.001.02": "BkToCstmrDbtCdtNtfctn",
    "camt.054.001.08": "BkToCstmrDbtCdtNtfctn",
}
PARTS = {"BkToCstmrStmt": "Stmt", "BkToCstmrDbtCdtNtfctn": "Ntfctn"}
# ISO 20022 bank transaction codes of direct debits that were issued and came back: unpaid,
# cancelled on request, reversed.
RETURN_FAMILY, RETURN_SUBFAMILIES = "IDDT", {"UPDD", "RCDD", "PRDD"}
CURRENCY_LETTERS = 3
# Banks write this where the creditor gave no end-to-end id.
NO_ID = "NOTPROVIDED"


class BankFileError(ValueError):
    """Refuse a file: ``code`` says why, ``line`` where, ``text`` what stands there.

    Codes: ``too_large``, ``broken`` (no XML, or XML that could do harm), ``kind`` (another
    document), ``missing`` (``text`` is the element), ``wrong`` (``text`` is element and value).
    """

    def __init__(self, code: str, line: int = 0, text: str = "") -> None:
        super().__init__(f"{code}, line {line}: {text}")
        self.code, self.line, self.text = code, line, text


@dataclass(frozen=True)
class ReturnedDebit:
    """Hold one debit that brought no money, or money that the bank took back.

    Texts are empty where the bank says nothing. ``end_to_end_id`` is the one that our file gave;
    without it the whole batch (``batch_id``) or message (``message_id``) was refused. ``amount``
    is what was debited, None where the file does not tell, ``fee`` what the bank took for it, both
    in ``currency``. ``reason`` is an ISO 20022 code, ``information`` the bank's words, ``day`` the
    day of the booking, or of the message where nothing was booked; ``account`` our IBAN, ``iban``
    the debtor's, ``line`` that of the file.
    """

    line: int
    day: date
    end_to_end_id: str = ""
    amount: Decimal | None = None
    currency: str = ""
    fee: Decimal = Decimal(0)
    reason: str = ""
    information: str = ""
    account: str = ""
    batch_id: str = ""
    message_id: str = ""
    mandate: str = ""
    debtor: str = ""
    iban: str = ""


@dataclass(frozen=True)
class BankCredit:
    """Hold one amount that the bank has credited, net of what it took off.

    ``names`` are the batches and messages that it gives, ``debits`` the end-to-end ids that it
    contains, ``returned`` those taken off; ``fee`` is what the bank kept, ``text`` its words.
    """

    line: int
    day: date
    amount: Decimal
    currency: str
    account: str = ""
    names: tuple[str, ...] = ()
    debits: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    fee: Decimal = Decimal(0)
    text: str = ""


@dataclass(frozen=True)
class BankFile:
    """Hold what one file says: its kind and version, its id, its day, and what came back.

    ``others`` counts all other entries, the ``credits`` among them.
    """

    kind: str
    message_id: str
    day: date
    debits: tuple[ReturnedDebit, ...]
    others: int
    credits: tuple[BankCredit, ...] = ()


def read(data: bytes) -> BankFile:
    """Return what a bank's file says of direct debits; BankFileError where it is none.

    >>> read(b"<Document/>")
    Traceback (most recent call last):
    odoo.addons.service_contract.tools.bank_returns.BankFileError: kind, line 1: Document
    >>> file = read(_EXAMPLE)
    >>> file.kind, file.message_id, file.others
    ('pain.002.001.03', 'M1', 0)
    >>> [(one.end_to_end_id, one.amount, one.reason) for one in file.debits]
    [('DEBIT0001/LOT1/11', Decimal('46.80'), 'AM04')]
    """
    if len(data) > MAX_BYTES:
        raise BankFileError("too_large")
    try:
        root = xml_files.parse(data)
    except ValueError as error:
        raise BankFileError("broken", text=str(error)) from error
    name = etree.QName(root)
    kind = (name.namespace or "").removeprefix(NAMESPACE)
    if kind not in KINDS or name.localname != "Document":
        raise BankFileError("kind", root.sourceline, name.namespace or name.localname)
    reader = _StatusReader if kind.startswith("pain") else _AccountReader
    return reader(root, kind).collect()


class _Reader:
    """Read elements of one document: names without their namespace, faults with their line."""

    def __init__(self, root: _Element, kind: str) -> None:
        self.kind = kind
        self._prefix = f"{{{NAMESPACE}{kind}}}"
        self._paths: dict[str, str] = {}
        self.body = self.demand(root, KINDS[kind])
        header = self.demand(self.body, "GrpHdr")
        self.message_id = self.text(self.demand(header, "MsgId"))
        self.day = self.day_of(self.demand(header, "CreDtTm"))

    def path(self, names: str) -> str:
        if names not in self._paths:
            self._paths[names] = "/".join(self._prefix + name for name in names.split("/"))
        return self._paths[names]

    def all(self, element: _Element, names: str) -> list[_Element]:
        return element.findall(self.path(names))

    def demand(self, element: _Element, names: str) -> _Element:
        found = element.find(self.path(names))
        if found is None:
            raise BankFileError("missing", element.sourceline, names)
        return found

    def text(self, element: _Element | None) -> str:
        return (element.text or "").strip() if element is not None else ""

    def first(self, element: _Element, *paths: str) -> str:
        """Return the text of the first of some paths that has one."""
        for names in paths:
            if text := self.text(element.find(self.path(names))):
                return text
        return ""

    def wrong(self, element: _Element) -> BankFileError:
        text = f"{etree.QName(element).localname}: {self.text(element)}"
        return BankFileError("wrong", element.sourceline, text)

    def day_of(self, element: _Element) -> date:
        try:
            return date.fromisoformat(self.text(element)[:10])
        except ValueError as error:
            raise self.wrong(element) from error

    def money(self, element: _Element) -> tuple[Decimal, str]:
        """Return an amount with its currency."""
        text, currency = self.text(element), element.get("Ccy", "")
        is_number = text.isascii() and text.replace(".", "", 1).isdigit()
        if not is_number or len(text) > 19 or len(currency) != CURRENCY_LETTERS:
            raise self.wrong(element)
        return Decimal(text), currency

    def first_money(self, element: _Element, *paths: str) -> tuple[Decimal | None, str]:
        for names in paths:
            found = element.find(self.path(names))
            if found is not None:
                return self.money(found)
        return None, ""

    def reason(self, element: _Element, name: str) -> tuple[str, str]:
        """Return the code of a reason and the bank's words beside it."""
        words = [self.text(found) for found in self.all(element, f"{name}/AddtlInf")]
        proprietary = self.first(element, f"{name}/Rsn/Prtry")
        code = self.first(element, f"{name}/Rsn/Cd")
        if not code and len(proprietary) == 4:
            code, proprietary = proprietary, ""
        return code, " ".join(filter(None, [proprietary, *words]))


class _StatusReader(_Reader):
    """Read what was refused before it was settled (pain.002)."""

    def collect(self) -> BankFile:
        group = self.demand(self.body, "OrgnlGrpInfAndSts")
        self._message = self.text(self.demand(group, "OrgnlMsgId"))
        self._others = 0
        batches = self.all(self.body, "OrgnlPmtInfAndSts")
        debits = [debit for batch in batches for debit in self._read_batch(batch)]
        if self.first(group, "GrpSts") == "RJCT" and not debits:
            debits = [self._refused(group, message_id=self._message)]
        return BankFile(self.kind, self.message_id, self.day, tuple(debits), self._others)

    def _read_batch(self, batch: _Element) -> Iterator[ReturnedDebit]:
        name = self.text(self.demand(batch, "OrgnlPmtInfId"))
        names = {"batch_id": name, "message_id": self._message}
        transactions = self.all(batch, "TxInfAndSts")
        is_refused = self.first(batch, "PmtInfSts") == "RJCT"
        if is_refused and not transactions:
            yield self._refused(batch, **names)
        for transaction in transactions:
            status = self.first(transaction, "TxSts") or ("RJCT" if is_refused else "")
            if status == "RJCT":
                yield self._read_transaction(transaction, batch, names)
            else:
                self._others += 1

    def _refused(self, element: _Element, **names: str) -> ReturnedDebit:
        """Return the refusal of a whole batch or message."""
        reason, information = self.reason(element, "StsRsnInf")
        return ReturnedDebit(
            line=element.sourceline, day=self.day, reason=reason, information=information, **names
        )

    def _read_transaction(
        self, transaction: _Element, batch: _Element, names: dict[str, str]
    ) -> ReturnedDebit:
        reference = "OrgnlTxRef/"
        refused = self._refused(transaction, **names)
        if not refused.reason:
            above = self._refused(batch)
            refused = replace(refused, reason=above.reason, information=above.information)
        amount, currency = self.first_money(transaction, reference + "Amt/InstdAmt")
        return replace(
            refused,
            end_to_end_id=self.text(self.demand(transaction, "OrgnlEndToEndId")),
            amount=amount,
            currency=currency,
            account=self.first(transaction, reference + "CdtrAcct/Id/IBAN"),
            mandate=self.first(transaction, reference + "MndtRltdInf/MndtId"),
            debtor=self.first(transaction, reference + "Dbtr/Nm", reference + "Dbtr/Pty/Nm"),
            iban=self.first(transaction, reference + "DbtrAcct/Id/IBAN"),
        )


class _AccountReader(_Reader):
    """Read what was taken off the account again (camt.053, camt.054)."""

    def collect(self) -> BankFile:
        self._others = 0
        parts = self.all(self.body, PARTS[KINDS[self.kind]])
        if not parts:
            raise BankFileError("missing", self.body.sourceline, PARTS[KINDS[self.kind]])
        debits = tuple(debit for part in parts for debit in self._read_account(part))
        credits = tuple(credit for part in parts for credit in self._read_credits(part))
        return BankFile(self.kind, self.message_id, self.day, debits, self._others, credits)

    def _read_account(self, part: _Element) -> Iterator[ReturnedDebit]:
        self.demand(part, "Acct/Id")
        account = self.first(part, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        for entry in self.all(part, "Ntry"):
            if self._is_booked(entry):
                yield from self._read_entry(entry, account)
            else:
                self._others += 1

    def _read_credits(self, part: _Element) -> Iterator[BankCredit]:
        account = self.first(part, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        for entry in self.all(part, "Ntry"):
            if self._is_booked(entry) and self.first(entry, "CdtDbtInd") == "CRDT":
                yield self._read_credit(entry, account)

    def _read_credit(self, entry: _Element, account: str) -> BankCredit:
        amount, currency = self.money(self.demand(entry, "Amt"))
        details = self.all(entry, "NtryDtls/TxDtls")
        back = [detail for detail in details if self._is_return(detail, entry)]
        paid = [detail for detail in details if detail not in back]
        words = [self.text(found) for found in self.all(entry, "AddtlNtryInf")]
        words += [self.first(detail, "RmtInf/Ustrd", "AddtlTxInf") for detail in paid[:1]]
        return BankCredit(
            line=entry.sourceline,
            day=self._get_day(entry),
            amount=amount,
            currency=currency,
            account=account,
            names=self._get_names(entry, paid),
            debits=self._get_ids(paid),
            returned=self._get_ids(back),
            fee=self._get_fee(entry),
            text=" ".join(filter(None, words)),
        )

    def _get_names(self, entry: _Element, details: list[_Element]) -> tuple[str, ...]:
        """Return the references of batches and messages that an entry gives."""
        found = [self.first(entry, "NtryRef")]
        for batch in self.all(entry, "NtryDtls/Btch"):
            found += [self.first(batch, "PmtInfId"), self.first(batch, "MsgId")]
        for detail in details:
            found += [self.first(detail, "Refs/PmtInfId"), self.first(detail, "Refs/MsgId")]
        return tuple(dict.fromkeys(filter(None, found)))

    def _get_ids(self, details: list[_Element]) -> tuple[str, ...]:
        names = [self.first(detail, "Refs/EndToEndId") for detail in details]
        return tuple(name for name in names if name and name != NO_ID)

    def _is_booked(self, entry: _Element) -> bool:
        """Tell whether an entry is final: pending ones and mere information are not."""
        return self.first(entry, "Sts/Cd", "Sts") == "BOOK"

    def _read_entry(self, entry: _Element, account: str) -> Iterator[ReturnedDebit]:
        details = self.all(entry, "NtryDtls/TxDtls")
        returned = [detail for detail in details if self._is_return(detail, entry)]
        self._others += len(details) - len(returned)
        is_bare = not details and self._is_return(entry, entry)
        for detail in [entry] if is_bare else returned:
            yield self._read_return(detail, entry, account, is_alone=len(details) < 2)
        if not details and not is_bare:
            self._others += 1

    def _is_return(self, detail: _Element, entry: _Element) -> bool:
        """Tell whether a detail takes a debit back: by its reason or its ISO code (L15c)."""
        direction = self.first(detail, "CdtDbtInd") or self.text(self.demand(entry, "CdtDbtInd"))
        if direction != "DBIT":
            return False
        if detail.find(self.path("RtrInf")) is not None:
            return True
        codes = detail if detail.find(self.path("BkTxCd/Domn")) is not None else entry
        family = self.first(codes, "BkTxCd/Domn/Fmly/Cd")
        subfamily = self.first(codes, "BkTxCd/Domn/Fmly/SubFmlyCd")
        return family == RETURN_FAMILY and subfamily in RETURN_SUBFAMILIES

    def _read_return(
        self, detail: _Element, entry: _Element, account: str, *, is_alone: bool
    ) -> ReturnedDebit:
        reason, information = self.reason(detail, "RtrInf")
        booked, currency = self.money(self.demand(entry, "Amt"))
        amount, own_currency = self.first_money(
            detail, "AmtDtls/InstdAmt/Amt", "Amt", "AmtDtls/TxAmt/Amt"
        )
        if amount is None and is_alone:
            amount = booked
        end_to_end_id = self.first(detail, "Refs/EndToEndId")
        return ReturnedDebit(
            line=detail.sourceline,
            day=self._get_day(entry),
            end_to_end_id="" if end_to_end_id == NO_ID else end_to_end_id,
            amount=amount,
            currency=own_currency or currency,
            fee=self._get_fee(detail),
            reason=reason,
            information=information or self.first(detail, "RmtInf/Ustrd", "AddtlTxInf"),
            account=account,
            batch_id=self.first(detail, "Refs/PmtInfId"),
            message_id=self.first(detail, "Refs/MsgId"),
            mandate=self.first(detail, "Refs/MndtId"),
            debtor=self.first(detail, "RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm"),
            iban=self.first(detail, "RltdPties/DbtrAcct/Id/IBAN"),
        )

    def _get_day(self, entry: _Element) -> date:
        for names in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
            found = entry.find(self.path(names))
            if found is not None:
                return self.day_of(found)
        return self.day

    def _get_fee(self, detail: _Element) -> Decimal:
        """Return what the bank took for the return: ``.02`` lists charges, ``.08`` records."""
        charges = self.all(detail, "Chrgs/Amt") + self.all(detail, "Chrgs/Rcrd/Amt")
        return sum((self.money(charge)[0] for charge in charges), Decimal(0))


_EXAMPLE = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-06-16T08:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>DEBIT0001</OrgnlMsgId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>DEBIT0001/LOT1</OrgnlPmtInfId><TxInfAndSts>
<OrgnlEndToEndId>DEBIT0001/LOT1/11</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">46.80</InstdAmt></Amt></OrgnlTxRef>
</TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""
