"""From which network an Internet address comes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

HOME_PREFIX = 64  # what a provider gives one line at least; the rest changes daily (RFC 8981)


def get_network(address: str | None) -> str:
    """Return the network of an address as text, empty for what is no address.

    An IPv4 address is its own. Of IPv6 the first 64 bits count: one device has many addresses.

    >>> get_network("192.0.2.7"), get_network(" ::ffff:192.0.2.7 ")
    ('192.0.2.7', '192.0.2.7')
    >>> get_network("2001:db8:0:1::5") == get_network("2001:db8::1:aaaa:1:2:3")
    True
    >>> get_network("2001:db8:0:2::5") == get_network("2001:db8:0:1::5")
    False
    >>> get_network("fe80::1%eth0"), get_network(""), get_network(None), get_network("unknown")
    ('fe80::/64', '', '', '')
    """
    try:
        found: IPv4Address | IPv6Address = ip_address((address or "").strip().split("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found), HOME_PREFIX), strict=False))
    return str(found)
