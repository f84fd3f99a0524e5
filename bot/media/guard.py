"""Which addresses an outgoing download may dial, decided on the address itself in the moment of dialling.

Nothing about URLs, redirects or bodies belongs here (see download.py). A check of the URL, or of a DNS answer, is not
enough: literal addresses skip the resolver, and a name may resolve to something else the second time. aiohttp calls
`socket_factory` with each address it is about to connect to - literal, resolved, or of a redirect - so here nothing
slips past, and a refused address never gets as far as having a socket.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType

# Our own lists, because the tables behind ipaddress.is_global were corrected between patch releases of Python
# (CVE-2024-4032) and none of them knows the metadata services that clouds put on public-looking addresses.
DENIED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is Alibaba's metadata service
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host agent
        "169.254.0.0/16",  # link-local, with most metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is Oracle's metadata service
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
)

# Only global unicast is dialled in IPv6. That leaves out loopback, link-local, unique local, multicast, IPv4-mapped
# and -compatible addresses and both NAT64 prefixes (64:ff9b::/96, 64:ff9b:1::/48) without a line for each.
GLOBAL_V6 = IPv6Network("2000::/3")
DENIED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address inside
        "3ffe::/16",  # the abandoned 6bone
        "3fff::/20",  # documentation
    )
)


class AddressRefused(OSError):
    """The guard would not dial this address.

    The text is the same for all, because aiohttp keeps the class of an error only when a name's every address fails
    with the same words; `address` says which it was.
    """

    def __init__(self, address: str) -> None:
        super().__init__(errno.EACCES, "the download guard refuses this address")
        self.address = address


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the open internet and not to a network that only we are in."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in DENIED_V4)
    # Compared as a number: a zone such as %eth0 has no meaning on the open internet.
    return address.scope_id is None and address in GLOBAL_V6 and not any(address in network for network in DENIED_V6)


class AddressGuard:
    """A `socket_factory` for aiohttp.TCPConnector that raises AddressRefused instead of making a socket.

    `allowed` are the exact (literal address, port) pairs that may be dialled although they are private. With
    `public=False` these pairs are all that may be dialled.
    """

    def __init__(self, allowed: Iterable[tuple[str, int]] = (), *, public: bool = True) -> None:
        self._allowed = frozenset((ip_address(host), port) for host, port in allowed)
        self._public = public

    def __call__(self, addr_info: AddrInfoType) -> socket.socket:
        """Make the socket for one address, or raise AddressRefused before there is one."""
        family, kind, protocol, _, target = addr_info
        if family not in {socket.AF_INET, socket.AF_INET6} or not self._may_dial(str(target[0]), target[1]):
            raise AddressRefused(str(target[0]))
        return socket.socket(family=family, type=kind, proto=protocol)

    def _may_dial(self, host: str, port: int) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return (address, port) in self._allowed or (self._public and is_public(address))
