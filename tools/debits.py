"""What the scheme asks of one debit: characters and addresses.

Plain values in, answers out: who is debited, and whether, is decided elsewhere.
"""

from __future__ import annotations

import re
import unicodedata

# The countries whose accounts need no address of the debtor: the European Economic Area.
EEA = frozenset(
    (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
    ).split()
)
_ALLOWED = re.compile(r"[A-Za-z0-9/?:().,'+ -]*")


def is_written_as_is(text: str) -> bool:
    """Tell whether a text stands in a file unchanged: letters, digits and ``/-?:().,'+``.

    >>> is_written_as_is("RUM-2026/001"), is_written_as_is("Contrat n°12/é")
    (True, False)
    """
    return bool(_ALLOWED.fullmatch(text))


def find_replaced(text: str) -> str:
    """Return the characters of a name or address that a file writes as something else.

    A Latin letter that only loses its accent is none: everybody reads it as meant.

    >>> find_replaced("Café Œuvre, 3 rue de l'Église")
    ''
    >>> find_replaced("Müller & Søn @ n°12 & 14")
    '&@°'
    >>> find_replaced("Фирма")
    'Фирма'
    """
    if is_written_as_is(text):
        return ""
    replaced = (char for char in text if not is_written_as_is(char) and not _is_latin(char))
    return "".join(dict.fromkeys(replaced))


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN ")


def is_address_needed(iban: str) -> bool:
    """Tell whether a debit needs the debtor's address (L15): his account is outside the EEA.

    >>> [is_address_needed(iban) for iban in ("FR76 3000", "NO93", "mc58", "CH93", "GB29", "")]
    [False, False, True, True, True, False]
    """
    country = iban.strip()[:2].upper()
    return bool(country) and country not in EEA
