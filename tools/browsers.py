"""Which browser and operating system a request comes from, as far as it says so (S24).

Browsers write Windows 10 for every later one and macOS 10.15 for every later one; what they send as
client hints, if they are asked to, is more exact and goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import ua_parser

LONGEST = 500
WINDOWS_11 = 13  # the version of the platform from which on Windows is 11
NO_BRAND = re.compile(r"not.?a.?brand", re.IGNORECASE)
HINTS = (
    "Sec-CH-UA",
    "Sec-CH-UA-Platform",
    "Sec-CH-UA-Platform-Version",
    "Sec-CH-UA-Full-Version-List",
)


class Browser(NamedTuple):
    """A browser and its operating system in words, empty where nothing is known."""

    name: str
    system: str


def read_browser(user_agent: str | None, hints: Mapping[str, str] | None = None) -> Browser:
    """Return what a request says of its browser.

    >>> firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    >>> read_browser(firefox)
    Browser(name='Firefox 128.0', system='Linux')
    >>> chrome = (
    ...     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    ...     "Chrome/130.0.0.0 Safari/537.36"
    ... )
    >>> read_browser(chrome).system
    'Windows 10'
    >>> hints = {"Sec-CH-UA-Platform": '"Windows"', "Sec-CH-UA-Platform-Version": '"15.0.0"'}
    >>> read_browser(chrome, hints).system
    'Windows 11'
    >>> read_browser("", {"Sec-CH-UA-Full-Version-List": '"Edge";v="1.2", "Not(A:Brand";v="9"'})
    Browser(name='Edge 1.2', system='')
    >>> read_browser(None), read_browser("<script>")
    (Browser(name='', system=''), Browser(name='', system=''))
    """
    hints = hints or {}
    found = ua_parser.parse((user_agent or "")[:LONGEST])
    name = _read_brand(hints) or _join(found.user_agent, "family")
    system = _read_platform(hints) or _join(found.os, "family")
    return Browser(name[:LONGEST], system[:LONGEST])


def _join(part: object, name: str) -> str:
    if not part:
        return ""
    version = ".".join(filter(None, (getattr(part, key, None) for key in ("major", "minor"))))
    return f"{getattr(part, name)} {version}".strip()


def _read_brand(hints: Mapping[str, str]) -> str:
    """Return the browser's own name and version; the list names its engine and a decoy as well."""
    text = (hints.get("Sec-CH-UA-Full-Version-List") or "")[:LONGEST]
    brands = [
        (name, version)
        for name, version in re.findall(r'"([^"]*)";\s*v="([^"]*)"', text)
        if not NO_BRAND.search(re.sub(r"[^A-Za-z]", " ", name))
    ]
    own = [brand for brand in brands if brand[0] != "Chromium"] or brands
    return " ".join(own[0]) if own else ""


def _read_platform(hints: Mapping[str, str]) -> str:
    platform = (hints.get("Sec-CH-UA-Platform") or "").strip('" ')[:LONGEST]
    version = (hints.get("Sec-CH-UA-Platform-Version") or "").strip('" ')[:LONGEST]
    if not platform or not version:
        return ""
    if platform == "Windows":
        major = version.split(".")[0]
        return f"Windows {11 if major.isdecimal() and int(major) >= WINDOWS_11 else 10}"
    return f"{platform} {version}"
