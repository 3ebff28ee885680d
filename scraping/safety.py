"""Which addresses may be asked: none inside the person's own network, whatever a stranger's page says.

An address is looked at three times: as text, before anything is asked; after name resolution, where only the addresses
that pass are handed on to connect to, so that a name which answers differently the second time gains nothing; and
again, both ways, on each redirect.
"""

import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.interfaces import IAddress, IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

PORTS = {"http": 80, "https": 443}
"""The schemes that are taken, each with its only port."""

_EMBEDDING = (
    (ipaddress.IPv6Network("::/96"), 0),  # IPv4-compatible
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4
)
"""IPv6 networks whose addresses hold an IPv4 one, and how many bits follow it."""
_REFUSED_V6 = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("64:ff9b:1::/48"))
"""Teredo, and NAT64 of the person's own network."""
_LOCAL_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa")


class Guard:
    """Says which addresses may be asked. `allow_private_hosts` are the person's exceptions, as host or host:port."""

    def __init__(self, allow_private_hosts: Sequence[str] = ()) -> None:
        self._allowed = {_host_and_port(entry) for entry in allow_private_hosts}
        self.resolved_to_private: set[str] = set()
        """Names that resolution has refused lately."""

    def allows_private(self, host: str, port: int) -> bool:
        """Whether the person has named this host."""
        host = host.lower().strip("[]")
        return (host, port) in self._allowed or (host, None) in self._allowed

    def named(self, url: str) -> bool:
        """Whether an address is one of a host that the person has named."""
        try:
            parts = urlsplit(url)
            return self.allows_private(parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0))
        except ValueError:
            return False

    def complaint(self, url: str) -> str | None:
        """What speaks against asking `url`, by its text alone; None where nothing does."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS.get(parts.scheme, 0)
        except ValueError:
            return "no valid address"
        host = parts.hostname or ""
        if parts.scheme not in PORTS:
            return "neither http nor https"
        if not host or any(character in url for character in " \t\r\n\\"):
            return "no valid address"
        if parts.username is not None or parts.password is not None:
            return "a name and password in the address"
        if self.allows_private(host, port):
            return None
        if port != PORTS[parts.scheme]:
            return f"port {port}"
        return "private address" if _is_private_name(host) else None


def is_private(address: str) -> bool:
    """Whether an IP address, as text, belongs to no one on the public internet; what is no address does too."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        for network, behind in _EMBEDDING:
            if ip in network:
                return is_private(str(ipaddress.IPv4Address(int(ip) >> behind & 0xFFFFFFFF)))
        if any(ip in network for network in _REFUSED_V6) or ip.is_site_local:
            return True
    return not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified


def _is_private_name(host: str) -> bool:
    """Whether a host is a private address, an oddly written one, or a name that only means something at home."""
    name = host.rstrip(".").lower()
    if any(name == local or name.endswith(f".{local}") for local in _LOCAL_NAMES):
        return True
    try:
        return is_private(str(ipaddress.ip_address(name)))
    except ValueError:
        pass
    last = name.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):  # 2130706433, 0177.0.0.1, 0x7f.1: no names, and no good reason for them
        return True
    return ":" in name or not name


def _host_and_port(entry: str) -> tuple[str, int | None]:
    parts = urlsplit(f"//{entry.strip().lower()}")
    return (parts.hostname or "", parts.port)


@implementer(IHostnameResolver)
class CheckedResolver:
    """Resolve names, and hand on only the addresses that may be connected to."""

    def __init__(self, inner: Any, guard: Guard) -> None:
        self.inner, self.guard = inner, guard

    def resolveHostName(  # noqa: N802 Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Do what the interface says, with addresses left out."""
        receiver = (
            resolutionReceiver
            if self.guard.allows_private(hostName, portNumber)
            else _CheckedReceiver(resolutionReceiver, hostName, self.guard)
        )
        return self.inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class _CheckedReceiver:
    def __init__(self, inner: Any, host: str, guard: Guard) -> None:
        self.inner, self.host, self.guard = inner, host, guard

    def resolutionBegan(self, resolutionInProgress: Any) -> None:  # noqa: N802, N803
        self.inner.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if is_private(getattr(address, "host", "")):
            self.guard.resolved_to_private.add(self.host.lower())
        else:
            self.inner.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.inner.resolutionComplete()


def host_of(url: str) -> str:
    """The host of an address, by which requests are counted and spaced; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
