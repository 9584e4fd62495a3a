"""Checks around the SEPA direct debit file: what to show, what was written, when it may run.

The file itself is written elsewhere; here it is read back, so that nothing is sent to the bank
that does not agree with the books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import holidays
from lxml import etree
from stdnum.eu import at_02

from . import xml_files

if TYPE_CHECKING:
    from lxml.etree import _Element

T = TypeVar("T")

PAIN_008 = ":pain.008."
FRENCH_ICS_LENGTH = 13


@dataclass(frozen=True)
class BatchTotals:
    """Hold what one batch (``PmtInf``) of the file declares."""

    id: str
    sequence_type: str
    collection_date: date
    number: int
    control_sum: Decimal


@dataclass(frozen=True)
class ControlTotals:
    """Hold what the file's group header declares, and its batches."""

    number_of_transactions: int
    control_sum: Decimal
    message_id: str
    batches: tuple[BatchTotals, ...]


def mask_iban(iban: str) -> str:
    """Hide all but the last four characters, in groups of four counted from the end.

    Separators are ignored. A text of four characters or fewer is hidden whole.

    >>> mask_iban("PL61 1090 1014 0000 0712 1981 2874")
    '•••• •••• •••• •••• •••• •••• 2874'
    >>> mask_iban("FR7630006000011234567890189")
    '••• •••• •••• •••• •••• •••• 0189'
    """
    compact = "".join(filter(str.isalnum, iban))
    shown = compact[-4:] if len(compact) > 4 else ""
    masked = "•" * (len(compact) - len(shown)) + shown
    head = len(masked) % 4
    groups = [masked[:head], *(masked[i : i + 4] for i in range(head, len(masked), 4))]
    return " ".join(filter(None, groups))


def check_creditor_identifier(ics: str) -> bool:
    """Tell whether a creditor identifier is valid (L16).

    Its ISO 7064 mod 97-10 key must hold, and a French one has 13 characters.

    >>> check_creditor_identifier("FR72ZZZ123456"), check_creditor_identifier("FR73ZZZ123456")
    (True, False)
    """
    compact = at_02.compact(ics)
    if compact.startswith("FR") and len(compact) != FRENCH_ICS_LENGTH:
        return False
    return at_02.is_valid(compact)


def is_target_day(day: date) -> bool:
    """Tell whether banks settle in euro on ``day`` (L11): the ECB's TARGET calendar.

    >>> is_target_day(date(2026, 4, 3)), is_target_day(date(2026, 7, 14))  # Good Friday, Bastille
    (False, True)
    """
    return day.weekday() < 5 and day not in _target_holidays()


def next_target_day(day: date, lead: int = 0) -> date:
    """Return the first TARGET day on or after ``day``, then ``lead`` TARGET days later (L11).

    With the day of submission and a lead of 1, the earliest CORE collection date.
    ValueError when the lead is negative.

    >>> next_target_day(date(2026, 4, 3)), next_target_day(date(2026, 4, 2), lead=1)
    (datetime.date(2026, 4, 7), datetime.date(2026, 4, 7))
    """
    if lead < 0:
        raise ValueError(f"A lead cannot be negative: {lead}.")
    days = _target_days(day)
    for _ in range(lead):
        next(days)
    return next(days)


def collection_day(due: date, issued: date) -> date:
    """Return when an invoice is debited at the earliest: due, and the day after it was issued.

    Both are moved to TARGET days (L11); CORE files go to the bank one TARGET day before.

    >>> collection_day(date(2026, 6, 30), date(2026, 6, 1))
    datetime.date(2026, 6, 30)
    >>> collection_day(date(2026, 4, 2), date(2026, 4, 2))  # due at once, before Easter
    datetime.date(2026, 4, 7)
    """
    return max(next_target_day(due), next_target_day(issued, lead=1))


def read_control_totals(xml: bytes) -> ControlTotals:
    """Read back what a direct debit file declares, whichever version of pain.008 it is.

    Sums are in the file's currency, euro in SEPA. ValueError when the bytes are no pain.008,
    lack a total that the SEPA rulebook demands, or carry a document type (no such file does;
    entities and the network are never touched).
    """
    root = xml_files.parse(xml)
    if PAIN_008 not in (etree.QName(root).namespace or ""):
        raise ValueError(f"Not a pain.008 file: its root is {root.tag}.")
    return ControlTotals(
        number_of_transactions=_read(root, "CstmrDrctDbtInitn/GrpHdr/NbOfTxs", int),
        control_sum=_read(root, "CstmrDrctDbtInitn/GrpHdr/CtrlSum", _amount),
        message_id=_read(root, "CstmrDrctDbtInitn/GrpHdr/MsgId", str),
        batches=tuple(map(_batch_totals, root.iterfind(_path("CstmrDrctDbtInitn/PmtInf")))),
    )


def validate_xsd(xml: bytes, xsd: bytes | str | Path) -> list[str]:
    """Return what is wrong with a file under a schema, a sentence with its line for each fault.

    ``xsd`` is the schema itself or the path to it. Empty when the file is valid.
    ValueError when the schema cannot be read.
    """
    source = xsd if isinstance(xsd, bytes) else Path(xsd).read_bytes()
    try:
        schema = etree.XMLSchema(xml_files.parse(source))
    except etree.XMLSchemaParseError as error:
        raise ValueError(f"Not an XML schema: {error}") from error
    try:
        document = xml_files.parse(xml)
    except ValueError as error:
        return [str(error)]
    schema.validate(document)
    namespace = f"{{{etree.QName(document).namespace}}}"
    return [
        f"Line {fault.line}: {fault.message.replace(namespace, '')}" for fault in schema.error_log
    ]


@cache
def _target_holidays() -> holidays.HolidayBase:
    return holidays.financial_holidays("XECB")


def _target_days(day: date) -> Iterator[date]:
    while True:
        if is_target_day(day):
            yield day
        day += timedelta(days=1)


def _batch_totals(batch: _Element) -> BatchTotals:
    return BatchTotals(
        id=_read(batch, "PmtInfId", str),
        sequence_type=_read(batch, "PmtTpInf/SeqTp", str),
        collection_date=_read(batch, "ReqdColltnDt", date.fromisoformat),
        number=_read(batch, "NbOfTxs", int),
        control_sum=_read(batch, "CtrlSum", _amount),
    )


def _read(element: _Element, path: str, convert: Callable[[str], T]) -> T:
    text = (element.findtext(_path(path)) or "").strip()
    if not text:
        raise ValueError(f"The file lacks {path}.")
    try:
        return convert(text)
    except ValueError as error:
        raise ValueError(f"{path} cannot be {text!r}.") from error


def _amount(text: str) -> Decimal:
    if not text.replace(".", "", 1).isdecimal():
        raise ValueError(text)
    return Decimal(text)


def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))
