"""One debit of a pain.008 file: what the file says of it, and the file without its neighbours.

Who asks for the proof of a debit gets nothing of other customers (L14).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from lxml import etree

from . import xml_files

if TYPE_CHECKING:
    from lxml.etree import _Element

EXAMPLE = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"><CstmrDrctDbtInitn>
<GrpHdr><MsgId>M1</MsgId></GrpHdr>
<PmtInf><PmtInfId>L1</PmtInfId><PmtTpInf><LclInstrm><Cd>CORE</Cd></LclInstrm><SeqTp>RCUR</SeqTp>
</PmtTpInf><ReqdColltnDt>2026-06-16</ReqdColltnDt>
<CdtrSchmeId><Id><PrvtId><Othr><Id>FR72ZZZ123456</Id></Othr></PrvtId></Id></CdtrSchmeId>
<DrctDbtTxInf><PmtId><EndToEndId>L1/1</EndToEndId></PmtId><InstdAmt Ccy="EUR">46.80</InstdAmt>
<DrctDbtTx><MndtRltdInf><MndtId>RUM1</MndtId><DtOfSgntr>2026-01-05</DtOfSgntr>
<AmdmntInd>true</AmdmntInd></MndtRltdInf></DrctDbtTx>
<Dbtr><Nm>Payer</Nm></Dbtr><DbtrAcct><Id><IBAN>FR76</IBAN></Id></DbtrAcct></DrctDbtTxInf>
<DrctDbtTxInf><PmtId><EndToEndId>L1/2</EndToEndId></PmtId><InstdAmt>1.00</InstdAmt></DrctDbtTxInf>
</PmtInf></CstmrDrctDbtInitn></Document>"""

BATCH, DEBIT = "CstmrDrctDbtInitn/PmtInf", "DrctDbtTxInf"


@dataclass(frozen=True)
class FiledDebit:
    """Hold what a file says of one debit; what it does not say is empty, ``None`` for days."""

    end_to_end: str
    message: str
    batch: str
    scheme: str
    sequence_type: str
    day: date | None
    creditor: str
    amount: Decimal
    mandate: str
    signed_on: date | None
    is_amended: bool
    original_account: str
    debtor: str
    account: str
    file: DebitFile = field(repr=False, compare=False)

    def extract(self) -> bytes:
        """Return the file with this debit alone, as it was sent."""
        return self.file.extract(self.end_to_end)


class DebitFile:
    """Hold a pain.008 file, parsed once for all of its debits."""

    def __init__(self, xml: bytes) -> None:
        """ValueError where it is broken, hostile, or has an amount that is none."""
        root = xml_files.parse(xml)
        message = _find(root, "CstmrDrctDbtInitn/GrpHdr/MsgId")
        self._batches = [
            {_find(node, "PmtId/EndToEndId"): node for node in batch.findall(_path(DEBIT))}
            for batch in root.findall(_path(BATCH))
        ]
        self.debits = {
            name: _read_debit(self, message, node.getparent(), node)
            for batch in self._batches
            for name, node in batch.items()
        }
        self._frame = copy.deepcopy(root)
        for batch in self._frame.findall(_path(BATCH)):
            for node in batch.findall(_path(DEBIT)):
                batch.remove(node)

    def extract(self, end_to_end: str) -> bytes:
        """Return the file with one of its debits alone; empty where it has none such.

        Its totals stay those of the whole file.

        >>> file = DebitFile(EXAMPLE)
        >>> b"L1/2" in file.extract("L1/1"), file.extract("L1/3")
        (False, b'')
        >>> list(read_debits(file.extract("L1/2")))
        ['L1/2']
        """
        if end_to_end not in self.debits:
            return b""
        root = copy.deepcopy(self._frame)
        for batch, nodes in zip(root.findall(_path(BATCH)), self._batches, strict=True):
            if end_to_end in nodes:
                batch.append(copy.deepcopy(nodes[end_to_end]))
            else:
                batch.getparent().remove(batch)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read_debits(xml: bytes) -> dict[str, FiledDebit]:
    """Return the debits of a pain.008 file by their end-to-end ids, in its order.

    ValueError where it is broken, hostile, or has an amount that is none.

    >>> debits = read_debits(EXAMPLE)
    >>> list(debits), debits["L1/1"].amount, debits["L1/1"].signed_on
    (['L1/1', 'L1/2'], Decimal('46.80'), datetime.date(2026, 1, 5))
    >>> debits["L1/1"].creditor, debits["L1/1"].is_amended, debits["L1/2"].mandate
    ('FR72ZZZ123456', True, '')
    """
    return DebitFile(xml).debits


def _read_debit(file: DebitFile, message: str, batch: _Element, node: _Element) -> FiledDebit:
    related = "DrctDbtTx/MndtRltdInf"
    own = _find(node, "DrctDbtTx/CdtrSchmeId/Id/PrvtId/Othr/Id")
    original = f"{related}/AmdmntInfDtls/OrgnlDbtrAcct/Id"
    return FiledDebit(
        end_to_end=_find(node, "PmtId/EndToEndId"),
        message=message,
        batch=_find(batch, "PmtInfId"),
        scheme=_find(batch, "PmtTpInf/LclInstrm/Cd"),
        sequence_type=_find(batch, "PmtTpInf/SeqTp"),
        day=_day(_find(batch, "ReqdColltnDt")),
        creditor=own or _find(batch, "CdtrSchmeId/Id/PrvtId/Othr/Id"),
        amount=_amount(_find(node, "InstdAmt")),
        mandate=_find(node, f"{related}/MndtId"),
        signed_on=_day(_find(node, f"{related}/DtOfSgntr")),
        is_amended=_find(node, f"{related}/AmdmntInd") == "true",
        original_account=_find(node, f"{original}/IBAN") or _find(node, f"{original}/Othr/Id"),
        debtor=_find(node, "Dbtr/Nm"),
        account=_find(node, "DbtrAcct/Id/IBAN"),
        file=file,
    )


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"InstdAmt cannot be {text!r}.") from error


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _find(element: _Element, path: str) -> str:
    return (element.findtext(_path(path)) or "").strip()


def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))
