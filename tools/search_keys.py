"""What is typed and what is stored, brought to one form, so that the one is found in the other.

A *key* is stored with a record: its words without accents, in lower case, then its numbers
without spaces. A *needle* is a piece of a key.
"""

import re
import unicodedata

import phonenumbers

SHORTEST_NUMBER = 4  # digits of a telephone number that are worth a search
NUMBER = re.compile(r"^(\+|00)?[\d\s().\-/]+$")
TRUNK_ZERO = re.compile(r"\(0\)")


def fold(text: str | None) -> str:
    """Return the words of a text in lower case, without accents and punctuation.

    >>> fold("L'Été à Saint-Denis, n° 4")
    'l ete a saint denis n 4'
    >>> fold("ŒUVRE Straße")
    'oeuvre strasse'
    >>> fold("%_")
    ''
    """
    text = (text or "").casefold().replace("œ", "oe").replace("æ", "ae").replace("ł", "l")
    plain = "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)
    )
    return " ".join(re.findall(r"[^\W_]+", plain))


def compact(text: str | None) -> str:
    """Return the letters and digits of an identifier without anything between them.

    >>> compact("1 234 567-890")
    '1234567890'
    """
    return fold(text).replace(" ", "")


def phone_digits(number: str | None, region: str | None) -> str:
    """Return a telephone number as digits with its country's code, where it can be known.

    ``region``: ISO code of the country in which it is dialled. A number that is none there is
    kept without the zeros that it begins with.

    >>> phone_digits("0692 12 34 56", "RE")
    '262692123456'
    >>> phone_digits("+262 (0)692 12 34 56", None)
    '262692123456'
    >>> phone_digits("0692 12 34 56", "PL")
    '692123456'
    >>> phone_digits("standard", "FR")
    ''
    """
    parsed = _parse(number or "", region)
    if parsed:
        return f"{parsed.country_code}{parsed.national_number}"
    return _digits(number or "").lstrip("0")


def phone_needles(text: str) -> list[str]:
    """Return the pieces of keys that a typed telephone number stands for, none for other texts.

    One with a country's code is looked for without it as well, since it may be stored so.

    >>> phone_needles("0692 12 34")
    ['6921234']
    >>> phone_needles("+262692123456")
    ['262692123456', '692123456']
    >>> phone_needles("00262 692 12 34 56")
    ['262692123456', '692123456']
    >>> phone_needles("12a")
    []
    """
    text = TRUNK_ZERO.sub("", text.strip())
    digits = _digits(text).lstrip("0")
    if not NUMBER.match(text) or len(digits) < SHORTEST_NUMBER:
        return []
    parsed = _parse(f"+{digits}", None) if text.startswith(("+", "00")) else None
    return [digits, str(parsed.national_number)] if parsed else [digits]


def _digits(text: str) -> str:
    return "".join(re.findall(r"[0-9]", TRUNK_ZERO.sub("", text)))


def _parse(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(TRUNK_ZERO.sub("", number), region)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None
