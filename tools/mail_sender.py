"""Whether an e-mail comes from whom it says, by what the receiving server wrote (RFC 8601, 7208).

Anybody can write such lines. Those of the configured server count alone, of several the topmost,
as a server writes above what it received; that it removes strangers' lines which bear its own
name is its duty (RFC 8601, 5). Nothing else about a sender can be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

VERIFIED = "verified"
FAILED = "failed"
UNKNOWN = "unknown"

COMMENT = re.compile(r"\([^()]*\)")
PAIR = re.compile(r'([\w.-]+)\s*=\s*("[^"]*"|[^\s;]+)')
REFUSED = {"fail", "softfail", "permerror", "policy"}
# Which property of a method names the domain that it speaks of.
DOMAINS = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}


def check_sender(headers: Iterable[tuple[str, str]], address: str, servers: Iterable[str]) -> str:
    """Return whether the server that received a mail found that it comes from ``address``.

    ``verified``: DMARC passed, else DKIM or SPF for the sender's own domain. ``failed``: it said
    that the mail does not. ``unknown``: it said nothing that proves either.

    :param headers: names and values of the mail, the topmost first
    :param servers: the names under which the own receiving server writes its results

    >>> def check(*lines, address="jo@customer.example", servers=("mx.example",)):
    ...     return check_sender([line.split(": ", 1) for line in lines], address, servers)
    >>> dmarc = "Authentication-Results: mx.example; dmarc=pass (p=none) header.from={}"
    >>> check(dmarc.format("customer.example")), check(dmarc.format("other.example"))
    ('verified', 'unknown')
    >>> check("Authentication-Results: mx.example 1; dkim=pass header.d=mail.customer.example")
    'verified'
    >>> check("Authentication-Results: mx.example; spf=pass smtp.mailfrom=a@other.example")
    'unknown'
    >>> check("Authentication-Results: mx.example; spf=softfail smtp.mailfrom=customer.example")
    'failed'
    >>> check("Authentication-Results: mx.example; none"), check()
    ('unknown', 'unknown')

    DMARC decides where it is; a broken signature alone, as lists leave it, proves nothing where
    another way passed.

    >>> check("Authentication-Results: mx.example; dkim=fail header.d=customer.example;"
    ...       " spf=pass smtp.mailfrom=jo@customer.example")
    'verified'
    >>> check("Authentication-Results: mx.example; dmarc=fail header.from=customer.example;"
    ...       " spf=pass smtp.mailfrom=jo@customer.example")
    'failed'

    What somebody else wrote counts for nothing, and the topmost line of the server alone.

    >>> forged = "Authentication-Results: evil.example; dmarc=pass header.from=customer.example"
    >>> check(forged), check(dmarc.format("customer.example"), servers=())
    ('unknown', 'unknown')
    >>> check("Authentication-Results: mx.example; dmarc=fail header.from=customer.example",
    ...       dmarc.format("customer.example"))
    'failed'

    >>> spf = 'Received-SPF: Pass (mx.example: domain) receiver={}; envelope-from="a@{}";'
    >>> check(spf.format("mx.example", "customer.example"))
    'verified'
    >>> check(spf.format("evil.example", "customer.example"))
    'unknown'
    """
    names = {name.strip().lower() for name in servers if name.strip()}
    domain = _get_domain(address)
    if not names or not domain:
        return UNKNOWN
    found: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        for method, result, about in _read(name.lower(), " ".join(str(value).split()), names):
            found.setdefault(method, (result, about))
    return _decide(found, domain)


def _decide(found: dict[str, tuple[str, str]], domain: str) -> str:
    """Return what the results of the methods say together of a sender's domain."""
    result, about = found.get("dmarc", ("", ""))
    if result == "pass" and _is_aligned(about, domain):
        return VERIFIED
    if result in REFUSED:
        return FAILED
    others = [found[method] for method in ("dkim", "spf") if method in found]
    if any(result == "pass" and _is_aligned(about, domain) for result, about in others):
        return VERIFIED
    return FAILED if any(result in REFUSED for result, _about in others) else UNKNOWN


def _read(name: str, value: str, servers: set[str]) -> list[tuple[str, str, str]]:
    """Return ``(method, result, domain)`` of what a line of a trusted server says."""
    if name == "authentication-results":
        return _read_results(_strip_comments(value), servers)
    if name == "received-spf":
        return _read_spf(_strip_comments(value), servers)
    return []


def _read_results(value: str, servers: set[str]) -> list[tuple[str, str, str]]:
    server, *results = value.split(";")
    if not server.split() or server.split()[0].lower() not in servers:
        return []
    read = []
    for result in results:
        pairs = [(key.lower(), _unquote(word)) for key, word in PAIR.findall(result)]
        if pairs and pairs[0][0] in DOMAINS:
            method, outcome = pairs[0]
            about = dict(pairs[1:])
            named = (about[key] for key in DOMAINS[method] if key in about)
            read.append((method, outcome, _get_domain(next(named, ""))))
    return read


def _read_spf(value: str, servers: set[str]) -> list[tuple[str, str, str]]:
    pairs = {key.lower(): _unquote(word) for key, word in PAIR.findall(value)}
    if pairs.get("receiver") not in servers or not value.split():
        return []
    return [("spf", value.split()[0].lower(), _get_domain(pairs.get("envelope-from", "")))]


def _strip_comments(value: str) -> str:
    while COMMENT.search(value):
        value = COMMENT.sub(" ", value)
    return value


def _unquote(word: str) -> str:
    return word.strip('"').lower()


def _get_domain(address: str) -> str:
    return address.rpartition("@")[2].strip("<> .").lower()


def _is_aligned(about: str, domain: str) -> bool:
    """Tell whether two domains are one, or one is under the other (DMARC's relaxed mode).

    A name of one word, such as a whole top-level domain, stands for nobody.

    >>> _is_aligned("mail.a.example", "a.example"), _is_aligned("a.example", "b.a.example")
    (True, True)
    >>> _is_aligned("example", "a.example"), _is_aligned("xa.example", "a.example")
    (False, False)
    """
    if "." not in about:
        return False
    return about == domain or about.endswith(f".{domain}") or domain.endswith(f".{about}")
