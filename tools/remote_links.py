"""Links that open a remote control tool on a device, and links to what customers install (S26)."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

PLACE = "{id}"
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
HARMFUL = {"javascript", "data", "vbscript", "file", "blob", "about"}
SECRETS = re.compile(r"passw|passwd|pwd|secret|token", re.IGNORECASE)


def find_problem(pattern: str) -> str:
    """Return what speaks against a pattern: ``place``, ``scheme`` or ``secret``, else nothing.

    >>> find_problem("anydesk:{id}"), find_problem("teamviewer10://control?device={id}")
    ('', '')
    >>> find_problem("rustdesk://{id}"), find_problem("https://help.example.com/s/{id}")
    ('', '')
    >>> find_problem("anydesk:"), find_problem("javascript:alert({id})"), find_problem("{id}:x")
    ('place', 'scheme', 'scheme')
    >>> find_problem("rustdesk://{id}?password=x"), find_problem("JavaScript:{id}")
    ('secret', 'scheme')
    """
    if pattern.count(PLACE) != 1:
        return "place"
    scheme = pattern.partition(":")[0]
    if not SCHEME.fullmatch(scheme) or scheme in HARMFUL:
        return "scheme"
    return "secret" if SECRETS.search(pattern) else ""


def make_link(pattern: str, device: str) -> str:
    """Return the link that opens the tool on a device; spaces in its number do not count.

    >>> make_link("anydesk:{id}", "123 456 789"), make_link("rustdesk://{id}", "a/b?c")
    ('anydesk:123456789', 'rustdesk://a%2Fb%3Fc')
    """
    return pattern.replace(PLACE, quote("".join(device.split()), safe=""))


def is_download(url: str) -> bool:
    """Tell whether a link is one that a page may show to customers.

    >>> is_download("https://get.teamviewer.com/x"), is_download("http://example.com/x")
    (True, False)
    >>> is_download("javascript:alert(1)"), is_download("https:///x"), is_download("https://a b")
    (False, False, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", url)
