"""What makes a SEPA mandate one that a bank executes: its reference, its account, its life.

A file carries a mandate's reference and account as they were signed, or nobody can prove the debit.
"""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from lxml import etree

try:
    from schwifty import IBAN
except ImportError:  # A registry of banks that not every server has.
    IBAN = None

if TYPE_CHECKING:
    from lxml.etree import _Element

REFERENCE_LENGTH = 35
LAPSE_MONTHS = 36
# Latin letters and digits, and what the rulebooks allow beside them.
REFERENCE_CHARACTERS = re.compile(r"[A-Za-z0-9/?:().,'+ -]+")
# With which IBANs begin that SEPA can debit: the schemes' list of countries (European Payments
# Council). The Crown dependencies have GB, French territories FR.
SEPA_COUNTRIES = frozenset(
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT "
    "NL NO PL PT RO RS SE SI SK SM VA".split()
)
# What tells a bank that a mandate is the same and its account another one.
NEW_ACCOUNT = "SMNDA"


def find_reference_fault(reference: str) -> str:
    """Return why a mandate reference cannot stand in a file as it is, "" where it can (L16).

    At most 35 characters of the allowed set, and no slash where banks read one as their own mark;
    what is replaced on its way is no longer the reference that was signed.

    >>> find_reference_fault("BM0000001"), find_reference_fault("Contrat n°12/é")
    ('', 'characters')
    >>> find_reference_fault("R" * 35), find_reference_fault("R" * 36), find_reference_fault(" ")
    ('', 'length', 'empty')
    >>> find_reference_fault("A/1"), find_reference_fault("A//1"), find_reference_fault("/A")
    ('', 'slashes', 'slashes')
    >>> find_reference_fault("A 1"), find_reference_fault("A1 "), find_reference_fault("A  1")
    ('', 'spaces', 'spaces')
    """
    if not reference.strip():
        return "empty"
    if len(reference) > REFERENCE_LENGTH:
        return "length"
    if not REFERENCE_CHARACTERS.fullmatch(reference):
        return "characters"
    if reference.startswith("/") or reference.endswith("/") or "//" in reference:
        return "slashes"
    return "" if reference == " ".join(reference.split()) else "spaces"


def is_sepa_iban(iban: str) -> bool:
    """Tell whether the account of a valid IBAN can be debited by SEPA, whichever country's it is.

    None of them may be refused for its country (Regulation 260/2012, art. 9).

    >>> is_sepa_iban("LT601010012345678901"), is_sepa_iban("TN5910006035183598478831")
    (True, False)
    """
    return iban[:2].upper() in SEPA_COUNTRIES


def find_bank(iban: str) -> tuple[str, str] | None:
    """Return name and BIC of the bank that keeps an account, None where nobody knows.

    From the registry of the Python package ``schwifty``, where that is installed.

    >>> find_bank("XX0012345678901")
    """
    if IBAN is None:
        return None
    try:
        found = IBAN(iban)
        name, code = found.bank_name, found.bic
    except ValueError:
        return None
    return (name, str(code)) if name and code else None


def lapse_day(last: date) -> date:
    """Return the first day on which a mandate is lapsed: 36 months after its last debit (L13).

    ``last`` is the due date of the last debit that was presented, even if it came back.

    >>> lapse_day(date(2023, 6, 15)), lapse_day(date(2024, 2, 29))
    (datetime.date(2026, 6, 15), datetime.date(2027, 2, 28))
    """
    return last + relativedelta(months=LAPSE_MONTHS)


def mark_amended(root: _Element, references: Container[str]) -> int:
    """Say in a direct debit file which mandates have another account than at their last debit.

    The same reference with a new account (L15b): ``OrgnlDbtrAcct`` says SMNDA, as the schemes have
    it since November 2016, whichever bank keeps the new one. Return how many debits were marked.

    >>> root = etree.fromstring("<D xmlns='x'><MndtRltdInf><MndtId>A</MndtId></MndtRltdInf></D>")
    >>> mark_amended(root, {"B"}), mark_amended(root, {"A"}), mark_amended(root, {"A"})
    (0, 1, 0)
    >>> [(etree.QName(node).localname, node.text) for node in root.iter() if not len(node)]
    [('MndtId', 'A'), ('AmdmntInd', 'true'), ('Id', 'SMNDA')]
    """
    marked = 0
    for mandate in root.iterfind(".//{*}MndtRltdInf"):
        if mandate.findtext("{*}MndtId") in references and mandate.find("{*}AmdmntInd") is None:
            _append(mandate, "AmdmntInd", "true")
            details = _append(mandate, "AmdmntInfDtls")
            other = _append(_append(_append(details, "OrgnlDbtrAcct"), "Id"), "Othr")
            _append(other, "Id", NEW_ACCOUNT)
            marked += 1
    return marked


def _append(parent: _Element, name: str, text: str | None = None) -> _Element:
    # An element of its own first: those that lxml.objectify makes take no text.
    node = etree.Element(etree.QName(etree.QName(parent).namespace, name))
    node.text = text
    parent.append(node)
    return node
