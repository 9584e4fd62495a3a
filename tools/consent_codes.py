"""The code by which a customer opens the page of a session, and digests of what is kept (S24)."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

DIGITS = 8


def make_code() -> str:
    """Return a random code of eight digits.

    >>> len(make_code()), make_code().isdecimal(), make_code() == make_code()
    (8, True, False)
    """
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def read_code(text: str | None) -> str:
    """Return the code that somebody typed, with spaces, hyphens or not; empty where it is none.

    >>> read_code(" 1234 5678 "), read_code("1234-5678"), read_code("１２３４５６７８")
    ('12345678', '12345678', '12345678')
    >>> read_code("1234567"), read_code("123456789"), read_code("abcdefgh"), read_code(None)
    ('', '', '', '')
    """
    plain = unicodedata.normalize("NFKC", (text or "")[:40])
    code = re.sub(r"[\s.\-_/]", "", plain)
    return code if re.fullmatch(rf"[0-9]{{{DIGITS}}}", code) else ""


def show_code(code: str) -> str:
    """Return a code as it is read out on the telephone.

    >>> show_code("12345678")
    '1234 5678'
    """
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


def digest(parts: Iterable[str]) -> str:
    """Return the SHA-256 of texts in their order, each told apart from the next.

    >>> digest(["a", "b"]) == digest(["ab"]), digest(["a"]) == digest(["a"]), len(digest([]))
    (False, True, 64)
    """
    total = sha256()
    for part in parts:
        data = part.encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def read_lines(text: str | None) -> list[str]:
    r"""Return the lines of a text that say something.

    >>> read_lines(" One \n\n two"), read_lines(None)
    (['One', 'two'], [])
    """
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
