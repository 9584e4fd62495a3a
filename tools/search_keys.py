"""What is typed and what is stored, brought to one form, so that the one is found in the other.

A *key* is stored with a record: its names as words without accents, in lower case; its numbers and
identifiers without spaces, behind a sign; its places behind another one. A *piece* is a part of a
key that a text is looked for by.
"""

import re
import unicodedata
from collections.abc import Iterable

import phonenumbers

SHORTEST_NUMBER = 4  # digits that are worth a search inside numbers
WHOLE_NUMBER = 8  # digits of a telephone number that is complete but for its country's code
WORDS = 3  # the rank of what has all words of a text, nothing better
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


def make_key(
    names: Iterable[str | None] = (),
    numbers: Iterable[str | None] = (),
    places: Iterable[str | None] = (),
) -> str:
    """Return the key of a record; each part stands between bars, each word between spaces.

    ``names``, ``places``: as written. ``numbers``: telephone numbers and identifiers without
    anything between their letters and digits.

    >>> make_key(["Demo NETSI 4", None], ["262692123456", ""], ["Saint-Denis"])
    '| demo netsi 4 |#262692123456|~ saint denis |'
    >>> make_key([""])
    ''
    """
    parts = [f" {words} " for words in map(fold, names) if words]
    parts += [f"#{number}" for number in numbers if number]
    parts += [f"~ {words} " for words in map(fold, places) if words]
    return "|".join(["", *parts, ""]) if parts else ""


def best_pieces(text: str) -> list[list[str]]:
    """Return by which pieces a key is found before others: each list is a rank, the best first.

    An exact identifier or telephone number; an exact name; the beginning of a name or identifier.

    >>> best_pieces("Demo NETSI 4")
    [['|#demonetsi4|'], ['| demo netsi 4 |'], ['| demo netsi 4 ', '|#demonetsi4']]
    >>> best_pieces("0692 12 34 56")[0]
    ['|#0692123456|', '|#692123456|', '692123456|']
    >>> best_pieces("12")
    [['|#12|'], ['| 12 |'], ['| 12 ']]
    """
    words, whole, numbers = fold(text), compact(text), phone_needles(text)
    exact = [f"|#{number}|" for number in dict.fromkeys([whole, *numbers])]
    exact += [f"{number}|" for number in numbers if len(number) >= WHOLE_NUMBER]
    begun = [f"| {words} " if _is_short_number(words.split()[-1:]) else f"| {words}"]
    return [exact, [f"| {words} |"], begun + ([f"|#{whole}"] if _is_searchable(whole) else [])]


def word_pieces(text: str) -> list[str]:
    """Return the pieces that a key has all of when it has each word of a text.

    A number of few digits is a word of its own, and never a part of another number.

    >>> word_pieces("NETSI 4 rue 1234")
    ['netsi', ' 4 ', 'rue', '1234']
    """
    return [f" {word} " if _is_short_number([word]) else word for word in fold(text).split()]


def number_pieces(text: str) -> list[str]:
    """Return the pieces of which one is enough: a telephone number, an identifier with spaces.

    >>> number_pieces("1 234 567"), number_pieces("PC 12"), number_pieces("12"), number_pieces("PC")
    (['1234567'], ['pc12'], [], [])
    """
    whole = compact(text)
    return list(dict.fromkeys(phone_needles(text) + ([whole] if _is_searchable(whole) else [])))


def rank(key: str, text: str) -> int:
    """Return how well a text means what is found by it: 0 is best.

    >>> keys = [make_key([name], [number]) for name, number in (
    ...     ("NETSI 4", "a1"), ("NETSI 42", "b2"), ("Demo NETSI 4", "c3"), ("PC", "netsi4"))]
    >>> [rank(key, "netsi 4") for key in keys]
    [1, 3, 3, 0]
    """
    for number, pieces in enumerate(best_pieces(text)):
        if any(piece in key for piece in pieces):
            return number
    return WORDS


def document_patterns(text: str) -> list[str]:
    """Return what the number of a document is like when a text means one, else nothing.

    As in LIKE: all of them hold. Few digits are the whole number, without its zeros.

    >>> document_patterns("SES/2026/00034"), document_patterns("ses 34")
    (['%ses%', '%2026%', '%00034%'], ['%ses%', '%/00034'])
    >>> document_patterns("00034"), document_patterns("34"), document_patterns("Demo NETSI 4")
    (['%00034%'], [], [])
    """
    words = fold(text).split()
    letters = [word for word in words if not word.isdigit()]
    is_number = len(words) > len(letters) and _is_searchable("".join(words)) and len(letters) < 2
    return [
        f"%/{word.zfill(5)}" if _is_short_number([word]) else f"%{word}%"
        for word in (words if is_number else [])
    ]


def _is_searchable(whole: str) -> bool:
    """Tell whether an identifier is long enough to be looked for inside others."""
    return len(whole) >= SHORTEST_NUMBER and any(letter.isdigit() for letter in whole)


def _is_short_number(words: list[str]) -> bool:
    return any(word.isdigit() and len(word) < SHORTEST_NUMBER for word in words)


def phone_digits(number: str | None, region: str | None) -> str:
    """Return a telephone number as digits with its country's code, where it can be known.

    ``region``: ISO code of the country in which it is dialled. A number that is none there is
    kept without the zeros that it begins with.

    >>> phone_digits("0692 12 34 56", "RE")
    '262692123456'
    >>> phone_digits("+262 (0)692 12 34 56", None)
    '262692123456'
    >>> phone_digits("0692 12 34 56", "PL")  # dialled there, it is a Polish number
    '48692123456'
    >>> phone_digits("012", "FR")
    '12'
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
